# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a message to what the dialogue knows of it: labels and numbers, never the words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from bot.clock import HOUR
from bot.commands import named, spoken
from content import Catalog
from flows.model import Heard
from flows.script import Script
from nlu import Reader, Reading
from nlu.labels import Language
from nlu.normalize import normalize
from nlu.reading import Deadline

# A figure of its own, "8" or "8h30" in any script: an hour was named, not its half of the day.
HOUR_SAID = re.compile(r"(?<!\w)\d{1,2}(?:[h:]\d*)?(?!\w)", re.IGNORECASE)
FAINT = 0.4  # calibrated probability
HAZY = 0.6
READ: Mapping[str, Language] = {"ar": "ar", "fr": "fr"}  # the languages that are understood
LONGEST_LABEL = 40  # characters: a button typed by hand is short


class Ranks(Protocol):
    """An engine beside the embedded one, asked for labels; it may take a moment."""

    def ranking(self, text: str) -> Mapping[str, float] | None:
        """The probability of each label, two or more; None when there is no answer."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """The reader of messages, and the buttons that people type instead of pressing."""

    reader: Reader
    labels: Mapping[str, tuple[str, ...]]  # normalised label -> option ids
    beside: Ranks | None = None

    def read(
        self, text: str, now: float, lang: str | None, ranking: Mapping[str, float] | None = None
    ) -> Reading:
        """What the message says, by the embedded engine; never raises on any text."""
        language = READ.get(lang or "")
        heard_at = datetime.fromtimestamp(now, UTC)
        return self.reader.read(text, heard_at, language, ranking)

    async def read_fully(self, text: str, now: float, lang: str | None) -> Reading:
        """The same, with the labels of the engine beside it, if one is there and answers."""
        if self.beside is not None:
            ranking = await asyncio.to_thread(self.beside.ranking, text)
            return self.read(text, now, lang, ranking)
        if self.reader.sense is not None:  # long enough for others to be kept waiting
            return await asyncio.to_thread(self.read, text, now, lang)
        return self.read(text, now, lang)

    def option(self, text: str, script: Script, at: str | None) -> str | None:
        """The command or the button that was typed: of the present question, else a global one."""
        if command := named(text):
            return command
        if len(text) > LONGEST_LABEL:
            return None
        ids = self.labels.get(normalize(text.strip(" .!؟?[]«»\"'")), ())
        node = script.nodes.get(at or "")
        here = {choice.id for choice in node.choices} if node else set()
        if node and node.situations:
            here |= {ident for ident in ids if ident.startswith("sit_")}
        near = next((ident for ident in ids if ident in here), None)
        return near or next((ident for ident in ids if ident in script.anywhere), None)


def understanding(
    reader: Reader, catalog: Catalog, script: Script, beside: Ranks | None = None
) -> Understanding:
    """Index every label in every language."""
    labels: dict[str, list[str]] = {}
    for ident, key in _labels(script):
        for lang in catalog.languages:
            labels.setdefault(normalize(catalog.text(lang, key)), []).append(ident)
    for word, ident in spoken():
        labels.setdefault(normalize(word), []).append(ident)
    known = {label: tuple(ids) for label, ids in labels.items()}
    return Understanding(reader, known, beside)


def _labels(script: Script) -> Iterable[tuple[str, str]]:
    for node in script.nodes.values():
        yield from ((choice.id, choice.label) for choice in node.choices)
    yield from ((f"sit_{s}", f"label.sit_{s}") for s in script.situations)


def _hours(deadline: Deadline) -> float | None:
    """What is left at the least, to the minute: "at 8" stays 8 o'clock."""
    if deadline.earliest_seconds is None:
        return deadline.earliest_hours
    return deadline.earliest_seconds / HOUR


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
        hazy=reading.confidence < HAZY,
        runner_up=reading.runner_up,
        labels=tuple(reading.labels),
        risks=frozenset(reading.risks),
        signs=frozenset(reading.signs),
        platform=entities.platform,
        amount=f"{amount.value:g} {amount.currency}" if amount else None,
        deadline_hours=_hours(deadline) if deadline else None,
        half_day_open=bool(deadline and not deadline.sure and HOUR_SAID.search(deadline.text)),
        age=entities.age,
        number=entities.number,
        words=len(text.split()),
        letters=any(character.isalpha() for character in text),
    )
