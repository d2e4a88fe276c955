# SPDX-License-Identifier: AGPL-3.0-or-later
"""The messages WhatsApp approves beforehand: which there are, and what Meta would refuse of them.

``templates.yaml`` names them; their words are texts like all others, ``templates.<name>``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

from content.pages import Entry, read_yaml

FILE = "templates.yaml"
PAGE = "templates"
"""The text file whose keys are the words of templates."""
CATEGORIES = ("utility", "marketing")
LONGEST_TEXT = 1024
LONGEST_BUTTON = 25
MOST_BUTTONS = 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,511}")
_HOLE = re.compile(r"\{(\w+)\}")
_FIELDS = frozenset({"category", "buttons", "example"})


@dataclass(frozen=True, slots=True)
class Template:
    """One approved message; ``example`` gives Meta a value for every placeholder of its words."""

    name: str
    category: str
    buttons: tuple[str, ...] = ()
    example: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """The content key of its words."""
        return f"{PAGE}.{self.name}"


def read_templates(root: Traversable, found: list[str]) -> dict[str, Template]:
    """Give name → template; content without the file has none."""
    if not (root / FILE).is_file():
        return {}
    known = {}
    for name, raw in read_yaml(root / FILE, FILE, found).items():
        if not isinstance(raw, dict) or not isinstance(raw.get("buttons", []), list):
            found.append(f"{FILE}: {name}: not a category with buttons")
            continue
        if unknown := sorted(set(raw) - _FIELDS):
            found.append(f"{FILE}: {name}: unknown field {', '.join(unknown)}")
        example = raw.get("example") or {}
        pairs = tuple(example.items()) if isinstance(example, dict) else ()
        labels = tuple(map(str, raw.get("buttons", ())))
        known[name] = Template(name, str(raw.get("category")), labels, pairs)
    return known


def template_faults(
    templates: Mapping[str, Template], entries: Mapping[str, Mapping[str, Entry]]
) -> Iterator[str]:
    """Name what Meta would refuse, and words that no template says."""
    for one in templates.values():
        where = f"{FILE}: {one.name}"
        yield from (f"{where}: {problem}" for problem in _own_faults(one))
        for lang, texts in entries.items():
            yield from (f"{lang}: {where}: {problem}" for problem in _said_faults(one, texts))
    for lang, texts in entries.items():
        for key, entry in texts.items():
            page, _, name = key.partition(".")
            if page == PAGE and name not in templates:
                yield f"{entry.where}: no template of this name in {FILE}"
            if page == PAGE and entry.promise:
                yield f"{lang}: {FILE}: {name}: an approved message cannot hold a promise"


def definition(one: Template, lang: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Give what Meta is asked to approve; ``texts``: the words of this language, by key."""
    words, holes = texts[one.key], _HOLE.findall(texts[one.key])
    order = {name: f"{{{{{n}}}}}" for n, name in enumerate(dict.fromkeys(holes), 1)}
    body: dict[str, Any] = {"type": "BODY"}
    body["text"] = _HOLE.sub(lambda found: order[found[1]], words)
    if order:
        values = dict(one.example)
        body["example"] = {"body_text": [[values[name] for name in order]]}
    parts = [body]
    if one.buttons:
        buttons = [{"type": "QUICK_REPLY", "text": texts[label]} for label in one.buttons]
        parts.append({"type": "BUTTONS", "buttons": buttons})
    asked = {"name": one.name, "language": lang, "category": one.category.upper()}
    return {**asked, "components": parts}


def _own_faults(one: Template) -> Iterator[str]:
    if not _NAME.fullmatch(one.name):
        yield "a name is a-z 0-9 _ and begins with a letter"
    if one.category not in CATEGORIES:
        yield f"category {one.category!r}, {' or '.join(CATEGORIES)} is needed"
    if len(one.buttons) > MOST_BUTTONS:
        yield f"{len(one.buttons)} buttons, at most {MOST_BUTTONS}"
    if len(set(one.buttons)) < len(one.buttons):
        yield "a button twice"


def _said_faults(one: Template, texts: Mapping[str, Entry]) -> Iterator[str]:
    entry = texts.get(one.key)
    if entry is None:
        yield f"no words: {one.key}"
        return
    words = entry.written
    if len(words) > LONGEST_TEXT:
        yield f"text of {len(words)} characters, at most {LONGEST_TEXT}"
    if re.match(r"\W*\{", words) or re.search(r"\}\W*$", words):
        yield "a placeholder at the beginning or the end"
    if re.search(r"\n{3,}|\t| {4,}", words):
        yield "a tab, four spaces or two empty lines"
    holes, given = set(_HOLE.findall(words)), {name for name, _ in one.example}
    if holes != given:
        yield "an example for every placeholder, and no other"
    for label in one.buttons:
        if label not in texts:
            yield f"no such button text: {label}"
        elif len(texts[label].written) > LONGEST_BUTTON:
            yield f"button {label} of more than {LONGEST_BUTTON} characters"
