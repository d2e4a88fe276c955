# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people of the storm: what each writes, in order, decided by a seed and by nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import content
from bot.vault import receipt

Lang = Literal["ar", "fr"]
PEOPLE, KEEPERS = 24, 8  # keepers never erase: every word of theirs must still be there
FIRST = 700_001
LAST_WORD = "salam"
QUESTIONS = ("law", "evidence", "report", "takedown", "secure", "secret")
_MARKS = re.compile("[\u200e\u200f\u2066-\u2069]")
_LETTERS = str.maketrans("0123456789", "bcdfghjklm")  # no digits: a story is no receipt

# Long enough not to be taken for an answer to a question; one for each way of writing.
STORIES: dict[Lang, tuple[str, ...]] = {
    "ar": (
        "هذا الجزء {mark} من حكايتي مع صاحب المحل الذي أصلح هاتفي وأخذ منه صوري",
        "had l jiz2 {mark} mn l qissa dyali m3a wahed 3reftou f instagram w baqi kaykteb liya",
    ),
    "fr": ("voici le morceau {mark} de mon histoire avec ce compte inconnu qui garde mes photos",),
}


@dataclass(frozen=True, slots=True)
class Says:
    """Words, typed; with ``after`` only once this text has been heard since the last words."""

    text: str = field(repr=False)
    after: str = ""  # a content key


@dataclass(frozen=True, slots=True)
class TypesReceipt:
    """The receipt shown last is typed back; until it is shown there is nothing to type."""

    number: int  # of this person's receipts, from 1


Act = Says | TypesReceipt


def mark(person: int, number: int) -> str:
    """A word that occurs once in the whole storm."""
    return f"qz{person:03}{number:04}".translate(_LETTERS)


@dataclass(slots=True)
class Actor:
    """One person: tells, asks, lodges, types the receipt back, erases, begins anew."""

    person: int
    seed: str
    catalog: content.Catalog
    receipts: int = 0
    _told: int = 0
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(f"{self.seed} {self.person}")  # noqa: S311

    @property
    def chat(self) -> int:
        """Their chat's id."""
        return FIRST + self.person

    @property
    def keeps(self) -> bool:
        """Whether they never erase."""
        return self.person < KEEPERS

    @property
    def lang(self) -> Lang:
        """The language of the buttons they type."""
        return "fr" if self.person % 3 == 2 else "ar"

    def acts(self) -> Iterator[Act]:
        """What they do, without end."""
        filed = False
        while True:
            yield from self._tell(self._chance.randint(1, 3))
            if not filed and self._chance.random() < 0.6:
                yield from self._lodge()
                filed = True
            if not self.keeps and self._chance.random() < 0.4:
                yield from self._leave(filed=filed)
                filed = False

    def _tell(self, times: int) -> Iterator[Act]:
        for _ in range(times):
            self._told += 1
            story = self._chance.choice(STORIES[self.lang])
            yield Says(story.format(mark=mark(self.person, self._told)))
            if self._chance.random() < 0.4:
                yield self._types(self._chance.choice(QUESTIONS))

    def _lodge(self) -> Iterator[Act]:
        yield self._types("complaint")
        yield self._types("send")
        self.receipts += 1
        if self._chance.random() < 0.7:
            yield TypesReceipt(self.receipts)
        else:
            yield self._types("noted")
        yield from self._tell(1)

    def _leave(self, *, filed: bool) -> Iterator[Act]:
        """Erase; what was not said yet is then never said, so they hear everything first."""
        asked = "leave.erase_lodged" if filed else "leave.erase_sure"
        yield self._types("erase")
        if self._chance.random() < 0.3:
            yield self._types("quick_exit", asked)
            yield Says(LAST_WORD, "leave.neutral")
        else:
            yield self._types("erase_chat" if filed else "erase_yes", asked)
            yield Says(LAST_WORD, "leave.erased")

    def _types(self, label: str, after: str = "") -> Says:
        return Says(self.catalog.text(self.lang, f"label.{label}"), after)


def cast(seed: str) -> list[Actor]:
    """Everybody, the same for the same seed."""
    catalog = content.load()
    return [Actor(person, seed, catalog) for person in range(PEOPLE)]


def shown_receipt(bubble: str) -> str | None:
    """The receipt that a bubble shows."""
    found = (receipt.find(line) for line in bubble.splitlines())
    return next((digits for digits in found if digits), None)


def plain(bubble: str) -> str:
    """A bubble without the marks that only turn its direction."""
    return _MARKS.sub("", bubble).strip()
