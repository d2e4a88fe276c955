# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes through the door, as values: seals and public halves, never a word or a receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.clock import HOUR, hour
from bot.vault.envelope import Unfit, sealed_words
from flows.model import Lang

TICKS: Final = ("danger", "minor", "deadline")
TOKEN: Final = 32  # bytes that a browser derives from a receipt to find its case by
LARGEST: Final = 64 * 1024  # bytes of sealed words

Standing = Literal["none", "stored", "delivered", "taken", "closed"]


class OtherTeam(Exception):
    """It was sealed to people who are not the team of now: the page must ask again."""


class TooMany(Exception):
    """More comes than people write; a little later there is room again."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words sealed by a browser: an age file of ``length`` bytes, padded to its class."""

    blob: bytes = field(repr=False)
    length: int

    def check(self) -> None:
        """Raise `Unfit` if they are not what they say."""
        if len(self.blob) > LARGEST:
            raise Unfit
        sealed_words(self.blob, self.length)


@dataclass(frozen=True, slots=True)
class Filing:
    """A new case as a browser made it: public halves, seals, and what was ticked."""

    token: bytes = field(repr=False)
    visitor: str
    recipient: str
    wrapped: bytes = field(repr=False)
    words: Words
    team: Sequence[str]  # whom the browser sealed the case's identity to
    lang: Lang = "ar"
    situation: str | None = None
    ticks: frozenset[str] = frozenset()

    def notes(self, now: float) -> dict[str, str]:
        """What was ticked, in the words of a conversation's notes."""
        notes = {"situation": self.situation} if self.situation else {}
        if "danger" in self.ticks:
            notes["danger"] = "physical"
        if "minor" in self.ticks:
            notes["age_band"] = "minor"
        if "deadline" in self.ticks:  # "today or tomorrow": the earliest reading, as elsewhere
            notes["deadline_at"] = str(hour(now) + HOUR)
        return notes

    def summary(self, urgency: str) -> str:
        """What a counsellor reads first; each line was picked, none was understood from words."""
        ticked = ", ".join(tick for tick in TICKS if tick in self.ticks) or "-"
        about = self.situation or "-"
        return f"urgency: {urgency}\nsituation: {about}\nticked: {ticked}\nvia: door\n"


@dataclass(frozen=True, slots=True)
class Found:
    """What a token leads to, which is nothing for nearly all of them."""

    standing: Standing = "none"
    time: str = ""  # when it was taken
    recipient: str = ""  # to whom more words are sealed
    answers: tuple[bytes, ...] = field(default=(), repr=False)
