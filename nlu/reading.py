# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was made of one message: a value without the message's own words in its repr."""

from dataclasses import dataclass, field
from typing import Any

from nlu.labels import Language, Variety


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money that the message names, in units of *currency* (ISO 4217)."""

    value: int = field(repr=False)
    currency: str = "MAD"

    def as_json(self) -> dict[str, Any]:
        """Return the shape that ``sanad read`` prints."""
        return {"value": self.value, "currency": self.currency}


@dataclass(frozen=True, slots=True)
class Deadline:
    """An ultimatum: the words that say it, and the fewest hours that may be left.

    *earliest_hours* is None when no hour can be computed; *sure* is False when the words
    allow a later reading ("at 8": morning or evening).
    """

    text: str = field(repr=False)
    earliest_hours: int | None = None
    sure: bool = False
    earliest_seconds: int | None = field(default=None, compare=False)  # the same, to the second

    def as_json(self) -> dict[str, Any]:
        """Return the shape that ``sanad read`` prints."""
        return {"text": self.text, "earliest_hours": self.earliest_hours, "sure": self.sure}


@dataclass(frozen=True, slots=True)
class Entities:
    """What the message names; *number* is a lone number that only its context explains."""

    platform: str | None = None
    amount: Amount | None = None
    deadline: Deadline | None = None
    age: int | None = field(default=None, repr=False)
    number: int | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return the entities that were found, and only those."""
        found: dict[str, Any] = {}
        if self.platform is not None:
            found["platform"] = self.platform
        if self.amount is not None:
            found["amount"] = self.amount.as_json()
        if self.deadline is not None:
            found["deadline"] = self.deadline.as_json()
        if self.age is not None:
            found["age"] = self.age
        return found


@dataclass(frozen=True, slots=True)
class Reading:
    """One message understood.

    *confidence* is a calibrated probability; *doubt* asks for one short question instead of
    an answer and is never set on danger; *signal* is False when the message decides no
    language, and *language* is then the conversation's.
    """

    language: Language
    variety: Variety
    label: str
    confidence: float
    runner_up: str
    doubt: bool
    labels: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    entities: Entities = field(default_factory=Entities)
    signal: bool = True
    signs: frozenset[str] = frozenset()

    def as_json(self) -> dict[str, Any]:
        """Return one line of ``sanad read --json``."""
        return {
            "language": self.language,
            "variety": self.variety,
            "label": self.label,
            "confidence": round(self.confidence, 3),
            "runner_up": self.runner_up,
            "doubt": self.doubt,
            "labels": list(self.labels),
            "risks": list(self.risks),
            "entities": self.entities.as_json(),
        }
