# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a message to what the dialogue knows of it: labels and numbers, never the words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from content import Catalog
from flows.model import Heard
from flows.script import Script
from nlu import Reader, Reading
from nlu.labels import Language
from nlu.normalize import normalize

HOUR_SAID = re.compile(r"\d")  # any script's digits: an hour was named, not its half of the day
FAINT = 0.4  # calibrated probability
READ: Mapping[str, Language] = {"ar": "ar", "fr": "fr"}  # the languages that are understood
LONGEST_LABEL = 40  # characters: a button typed by hand is short


@dataclass(frozen=True, slots=True)
class Understanding:
    """The reader of messages, and the buttons that people type instead of pressing."""

    reader: Reader
    labels: Mapping[str, tuple[str, ...]]  # normalised label -> option ids

    def read(self, text: str, now: float, lang: str | None) -> Reading:
        """What the message says; never raises on any text."""
        language = READ.get(lang or "")
        return self.reader.read(text, now=datetime.fromtimestamp(now, UTC), language=language)

    def option(self, text: str, script: Script, at: str | None) -> str | None:
        """The button whose label was typed: one of the present question, else a global one."""
        if len(text) > LONGEST_LABEL:
            return None
        ids = self.labels.get(normalize(text.strip(" .!؟?[]«»\"'")), ())
        node = script.nodes.get(at or "")
        here = {choice.id for choice in node.choices} if node else set()
        if node and node.situations:
            here |= {ident for ident in ids if ident.startswith("sit_")}
        near = next((ident for ident in ids if ident in here), None)
        return near or next((ident for ident in ids if ident in script.anywhere), None)


def understanding(reader: Reader, catalog: Catalog, script: Script) -> Understanding:
    """Index every label in every language."""
    labels: dict[str, list[str]] = {}
    for ident, key in _labels(script):
        for lang in catalog.languages:
            labels.setdefault(normalize(catalog.text(lang, key)), []).append(ident)
    return Understanding(reader, {label: tuple(ids) for label, ids in labels.items()})


def _labels(script: Script) -> Iterable[tuple[str, str]]:
    for node in script.nodes.values():
        yield from ((choice.id, choice.label) for choice in node.choices)
    yield from ((f"sit_{s}", f"label.sit_{s}") for s in script.situations)


def heard(reading: Reading, text: str, spoken: str | None = None) -> Heard:
    """The reading as the dialogue takes it; a language that nobody reads yet stays *spoken*."""
    entities = reading.entities
    deadline, amount = entities.deadline, entities.amount
    return Heard(
        lang=reading.language if reading.signal or spoken in {None, *READ} else str(spoken),
        signal=reading.signal,
        label=reading.label,
        doubt=reading.doubt,
        faint=reading.confidence < FAINT,
        runner_up=reading.runner_up,
        labels=tuple(reading.labels),
        risks=frozenset(reading.risks),
        signs=frozenset(reading.signs),
        platform=entities.platform,
        amount=f"{amount.value:g} {amount.currency}" if amount else None,
        deadline_hours=deadline.earliest_hours if deadline else None,
        half_day_open=bool(deadline and not deadline.sure and HOUR_SAID.search(deadline.text)),
        age=entities.age,
        number=entities.number,
        words=len(text.split()),
        letters=any(character.isalpha() for character in text),
    )
