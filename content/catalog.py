# SPDX-License-Identifier: AGPL-3.0-or-later
"""The catalog: every text by language and key, facts already in it, only if nothing is wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from typing import Any

from content.advice import advice_faults
from content.facts import FILE, MARK, Fact, insert, mark_faults, read_facts, stale_faults
from content.languages import Language, read_languages
from content.launch import before_launch
from content.pages import Entry, Promise, read_texts, read_yaml
from content.pairs import Entries, pair_faults, promise_faults
from content.templates import Template, definition, read_templates, template_faults
from content.voices import Voices, read_voices, voice_faults
from content.wording import claim_faults, is_label, literal_faults, slots, text_faults

SOURCES = "sources.yaml"
MUST_REST_ON_FACTS = frozenset({"law", "report", "takedown", "goes_on", "letter", "form"})
"""Files and last parts of the keys that state what somebody else does: each needs a fact."""


class ContentError(ValueError):
    """The content cannot be shipped; ``faults`` names each one with its file and key."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the bot can say. Every key exists in every language with the same placeholders."""

    texts: Mapping[str, Mapping[str, str]]
    promises: Mapping[str, Promise]
    grounds: Mapping[str, frozenset[str]]
    facts: Mapping[str, Fact]
    tongues: Mapping[str, Language]
    voices: Voices = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages every text exists in."""
        return tuple(self.texts)

    @property
    def _any(self) -> Mapping[str, str]:
        """The texts of one language: what holds of its keys holds of all."""
        return next(iter(self.texts.values()), {})

    @property
    def keys(self) -> frozenset[str]:
        """Every key, ``file.name``."""
        return frozenset(self._any)

    def text(self, lang: str, key: str, /, **values: str) -> str:
        """Give a text with its placeholders filled; KeyError for an unknown key or no value."""
        return self.tongues[lang].joined(self.texts[lang][key].format_map(values))

    def joined(self, lang: str, key: str) -> str:
        """Give a text as it will stand, its placeholders still open."""
        return self.tongues[lang].joined(self.texts[lang][key])

    def rtl(self, lang: str) -> bool:
        """Tell whether a language reads from the right."""
        return self.tongues[lang].rtl

    def money(self, lang: str, amount: str) -> str:
        """Say an amount such as "500 MAD" as the language does."""
        return self.tongues[lang].money(amount)

    def voice(self, lang: str, key: str) -> bytes | None:
        """Give the recording of a text, None where there is none."""
        file = self.voices.get((lang, key))
        return file.read_bytes() if file else None

    def approved(self, lang: str, name: str) -> dict[str, Any]:
        """Give a template as Meta is asked to approve it."""
        return definition(self.templates[name], lang, self.texts[lang])

    def has(self, key: str) -> bool:
        """Tell whether the bot can say this."""
        return key in self._any

    def promise(self, key: str) -> Promise | None:
        """Give what a text claims about a row, None when it claims nothing."""
        return self.promises.get(key)

    def slots(self, key: str) -> frozenset[str]:
        """Give the names of the values a text needs."""
        return slots(self._any[key])

    def before_launch(self) -> str:
        """Give the page of everything a person must still phone, open, try or read."""
        return before_launch(self.facts, self.grounds)

    def facts_of(self, key: str) -> frozenset[str]:
        """Give the ids of the facts a text shows or rests on."""
        return self.grounds.get(key, frozenset())


def load(root: Traversable | None = None) -> Catalog:
    """Read the content under ``root`` (ours by default); raise `ContentError` with every fault.

    A fact whose check is overdue does not stop the bot: `faults` with a date names it.
    """
    catalog, found = _read(files(__package__) if root is None else root)
    if found:
        raise ContentError(found)
    return catalog


def faults(root: Traversable | None = None, *, today: date | None = None) -> list[str]:
    """Name everything wrong with the content; with ``today`` also the facts due for a check."""
    catalog, found = _read(files(__package__) if root is None else root)
    if today is not None:
        found += stale_faults(catalog.facts, today)
    return found


def survey(root: Traversable | None = None) -> tuple[Catalog, list[str]]:
    """Read what can be read, and name every fault: for checks, never for talking."""
    return _read(files(__package__) if root is None else root)


def _read(root: Traversable) -> tuple[Catalog, list[str]]:
    found: list[str] = []
    tongues = read_languages(root, found)
    facts = read_facts(root, tongues, found)
    entries = read_texts(root, tongues, found)
    voices = read_voices(root, tuple(tongues))
    templates = read_templates(root, found)
    listed = _listed(root, found)
    grounds = _grounds(entries, listed)
    found += sorted(
        chain(
            *(
                _entry_faults(one, facts, tongues[lang])
                for lang, texts in entries.items()
                for one in texts.values()
            ),
            voice_faults(voices, entries),
            template_faults(templates, entries),
            pair_faults(entries),
            *(promise_faults(texts) for texts in entries.values()),
            _ground_faults(entries, facts, listed, grounds),
        )
    )
    texts = {
        lang: {key: insert(entry.written, lang, facts) for key, entry in texts.items()}
        for lang, texts in entries.items()
    }
    first = next(iter(entries.values()), {})
    promises = {one.key: one.promise for one in first.values() if one.promise}
    return Catalog(texts, promises, grounds, facts, tongues, voices, templates), found


def _entry_faults(entry: Entry, facts: Mapping[str, Fact], language: Language) -> Iterator[str]:
    shown = insert(entry.written, entry.lang, facts)
    hotlines = {
        value
        for fact in facts.values()
        if fact.kind == "number"
        for value in fact.values[entry.lang].values()
    }
    wrong = [
        *text_faults(entry.key, shown),
        *advice_faults(entry.lang, shown),
        *literal_faults(entry.written, hotlines),
        *mark_faults(entry.written, entry.lang, facts),
    ]
    try:
        slots(entry.written)
    except ValueError:
        wrong.append("malformed placeholder")
    if entry.promise is None:
        wrong += claim_faults(language.done, shown)
    return (f"{entry.where}: {problem}" for problem in wrong)


def _listed(root: Traversable, found: list[str]) -> dict[str, list[str]]:
    """Read which facts a text rests on without showing them."""
    listed: dict[str, list[str]] = {}
    for key, ids in read_yaml(root / SOURCES, SOURCES, found).items():
        if isinstance(ids, list) and all(isinstance(one, str) for one in ids):
            listed[key] = ids
        else:
            found.append(f"{SOURCES}: {key}: not a list of facts")
    return listed


def _grounds(entries: Entries, listed: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    shown: dict[str, set[str]] = {key: set(ids) for key, ids in listed.items()}
    for texts in entries.values():
        for key, entry in texts.items():
            shown.setdefault(key, set()).update(name for name, _ in MARK.findall(entry.written))
    return {key: frozenset(ids) for key, ids in shown.items() if ids}


def _ground_faults(
    entries: Entries,
    facts: Mapping[str, Fact],
    listed: Mapping[str, list[str]],
    grounds: Mapping[str, frozenset[str]],
) -> Iterator[str]:
    keys = set().union(*entries.values())
    for key, ids in listed.items():
        if key not in keys:
            yield f"{SOURCES}: {key}: no such text"
        yield from (f"{SOURCES}: {key}: unknown fact {one}" for one in ids if one not in facts)
    used = set().union(*grounds.values()) if grounds else set()
    yield from (f"{FILE}: {one}: no text uses it" for one in facts if one not in used)
    for key in keys:
        states_facts = not MUST_REST_ON_FACTS.isdisjoint(key.split(".")) and not is_label(key)
        if states_facts and key not in grounds:
            yield f"{SOURCES}: {key}: states facts but lists none"
