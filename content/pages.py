# SPDX-License-Identifier: AGPL-3.0-or-later
"""The text files as their authors wrote them: one entry a key, every unreadable one named."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any
from unicodedata import normalize

import yaml

try:
    from yaml import CBaseLoader as _Loader
except ImportError:  # a PyYAML built without libyaml reads the same, only slower
    from yaml import BaseLoader as _Loader  # type: ignore[assignment]

PROMISE_STATES = ("stored", "queued", "delivered", "taken")
"""What a row can be, weakest first; a promise may only fall back on a weaker one."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A text that claims something happened: the row state it needs, the text said without it."""

    needs: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of one language, with its fact marks and placeholders still in it."""

    lang: str
    key: str
    written: str
    promise: Promise | None = None

    @property
    def where(self) -> str:
        """File and key, as faults name them."""
        name, _, short = self.key.partition(".")
        return f"{self.lang}/{name}.yaml: {short}"


class _PlainLoader(_Loader):
    """Reads every scalar as text (``yes`` is a key, not a truth) and refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 — the parent's signature
        """Build one mapping, or fail on the second of two equal keys."""
        seen: set[str] = set()
        for name, _ in node.value:
            if name.value in seen:
                problem = f"key {name.value!r} given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, name.start_mark)
            seen.add(name.value)
        return super().construct_mapping(node, deep=deep)


def read_yaml(file: Traversable, where: str, faults: list[str]) -> dict[str, Any]:
    """Give the mapping a file holds, all scalars as text; {} and a fault when it holds none."""
    try:
        found = yaml.load(file.read_text(encoding="utf-8"), Loader=_PlainLoader)  # noqa: S506 — a BaseLoader builds nothing but text, lists and mappings
    except FileNotFoundError:
        faults.append(f"{where}: file missing")
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as cause:
        problem = getattr(cause, "problem", None) or "not UTF-8"
        mark = getattr(cause, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        faults.append(f"{where}: unreadable{line}: {problem}")
        return {}
    if not isinstance(found, dict):
        faults.append(f"{where}: not a mapping of keys")
        return {}
    return found


def read_texts(
    root: Traversable, languages: Iterable[str], faults: list[str]
) -> dict[str, dict[str, Entry]]:
    """Give language → full key → entry for every file of every language's folder."""
    return {
        lang: {entry.key: entry for entry in _entries(root / lang, lang, faults)}
        for lang in languages
    }


def _entries(folder: Traversable, lang: str, faults: list[str]) -> Iterator[Entry]:
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".yaml") or file.name.startswith("_"):
            continue
        name = file.name.removesuffix(".yaml")
        for short, found in read_yaml(file, f"{lang}/{file.name}", faults).items():
            entry = _entry(lang, f"{name}.{short}", found, faults)
            if entry is not None:
                yield entry


def _entry(lang: str, key: str, found: object, faults: list[str]) -> Entry | None:
    match found:
        case str():
            return Entry(lang, key, _clean(found))
        case {"text": str(text), "promise": str(needs), "otherwise": str(otherwise), **rest} if (
            not rest
        ):
            return Entry(lang, key, _clean(text), Promise(needs, otherwise))
        case {"text": str(text), **rest}:
            entry = Entry(lang, key, _clean(text))
            faults.append(f"{entry.where}: {_why_no_promise(rest)}")
            return entry
        case _:
            where = Entry(lang, key, "").where
            faults.append(f"{where}: neither a text nor a text with a promise")
            return None


def _why_no_promise(rest: Mapping[Any, object]) -> str:
    """Say what is wrong beside ``text:`` when the entry is no complete promise."""
    if unknown := sorted(set(map(str, rest)) - {"promise", "otherwise"}):
        return f"unknown field {', '.join(unknown)}"
    if "promise" not in rest:
        return "promise without a row state"
    return "promise without an 'otherwise'"


def _clean(text: str) -> str:
    """NFC, no spaces at the ends of lines: what is counted is what is shown."""
    return "\n".join(line.strip() for line in normalize("NFC", text).strip().split("\n"))
