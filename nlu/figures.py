# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures of an evaluation, each with its n and its 95 % bounds: a share alone proves little."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final, TypeVar

from nlu.evaluate import Outcome
from nlu.labels import DANGER, DANGERS, RISKS

_Key = TypeVar("_Key", str, tuple[str, str])

_Z: Final = 1.959964  # of the normal distribution: 95 % lie within


@dataclass(frozen=True, slots=True)
class Share:
    """*hits* of *n*; true of the next phrases, with 95 % confidence, between *low* and *high*."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """Return the share, 0 of nothing."""
        return self.hits / self.n if self.n else 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        """Return Wilson's interval, which holds for few phrases and near 0 and 1 too."""
        if not self.n:
            return 0.0, 1.0
        square = _Z * _Z
        middle = (self.hits + square / 2) / (self.n + square)
        spread = self.hits * (self.n - self.hits) / self.n + square / 4
        half = _Z * sqrt(spread) / (self.n + square)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.bounds
        return f"{self.value:6.1%}  [{low:.1%}, {high:.1%}]  n {self.n}"

    def as_json(self) -> dict[str, Any]:
        """Return the share and its bounds as plain values."""
        low, high = self.bounds
        rounded = {"value": self.value, "low": low, "high": high}
        return {**{name: round(each, 4) for name, each in rounded.items()}, "n": self.n}


@dataclass(frozen=True, slots=True)
class RiskScore:
    """How one risk was heard: of the phrases that show it, and of those that do not."""

    heard: Share
    false_alarms: Share

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        both = self.heard.hits + self.false_alarms.hits + self.heard.n
        return 2 * self.heard.hits / both if both else 0.0

    @property
    def precision(self) -> Share:
        """Return how often it was there when it was heard."""
        return Share(self.heard.hits, self.heard.hits + self.false_alarms.hits)


@dataclass(frozen=True, slots=True)
class Pair:
    """A label that was taken for another one: how often, of how many phrases of the first."""

    label: str
    read_as: str
    share: Share


Cells = dict[tuple[str, str], Share]  # label, variety


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that one evaluation counted, best read from top to bottom."""

    right: Share
    runner_up: Share  # the label or the runner-up is right
    coverage: Share  # not in doubt
    sure: Share  # right, where not in doubt
    also: Share  # further labels of the metadata that were kept as well
    varieties: dict[str, Share]
    cells: Cells
    pairs: tuple[Pair, ...]
    risks: dict[str, RiskScore]
    wrong: tuple[Outcome, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values, without a word of any phrase."""
        shares = {name: getattr(self, name).as_json() for name in SHARES}
        risks = {
            risk: {"recall": each.heard.as_json(), "precision": each.precision.as_json(),
                   "false_alarms": each.false_alarms.as_json(), "f1": round(each.f1, 4)}
            for risk, each in self.risks.items()
        }  # fmt: skip
        cells: dict[str, dict[str, Any]] = {}
        for (label, variety), share in self.cells.items():
            cells.setdefault(label, {})[variety] = share.as_json()
        return {
            **shares,
            "varieties": {name: share.as_json() for name, share in self.varieties.items()},
            "cells": cells,
            "confusions": [[each.label, each.read_as, each.share.hits] for each in self.pairs],
            "risks": risks,
        }


SHARES: Final = {
    "right": "label right",
    "runner_up": "label or runner-up right",
    "coverage": "answered without doubt",
    "sure": "right where without doubt",
    "also": "further labels kept",
}


def figures(found: Sequence[Outcome]) -> Figures:
    """Return the figures of *found*."""
    sure = [each for each in found if not each.reading.doubt]
    beside = [(label, each) for each in found for label in each.phrase.also]
    return Figures(
        right=share(found, _right),
        runner_up=share(found, lambda each: _right(each) or _second(each)),
        coverage=Share(len(sure), len(found)),
        sure=share(sure, _right),
        also=Share(sum(label in each.reading.labels for label, each in beside), len(beside)),
        varieties=_by(found, _variety),
        cells=_by(found, lambda each: (each.phrase.label, _variety(each))),
        pairs=confusions(found),
        risks=_risks(found),
        wrong=tuple(each for each in found if not each.right),
    )


def share(found: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> Share:
    """Return of how many of *found* something *holds*."""
    return Share(sum(map(holds, found)), len(found))


def confusions(found: Iterable[Outcome]) -> tuple[Pair, ...]:
    """Return every label that was taken for another, the most frequent first."""
    taken = Counter((each.phrase.label, each.reading.label) for each in found)
    support: Counter[str] = Counter()
    for (label, _), times in taken.items():
        support[label] += times
    wrong = [
        Pair(label, other, Share(times, support[label]))
        for (label, other), times in taken.items()
        if label != other
    ]
    return tuple(sorted(wrong, key=lambda p: (-p.share.hits, -p.share.value, p.label, p.read_as)))


def _right(each: Outcome) -> bool:
    return each.right


def _second(each: Outcome) -> bool:
    return each.reading.runner_up == each.phrase.label


def _variety(each: Outcome) -> str:
    """Return what the file says, or else what was heard."""
    return each.phrase.variety or each.reading.variety


def _by(found: Iterable[Outcome], key: Callable[[Outcome], _Key]) -> dict[_Key, Share]:
    kept: dict[_Key, list[Outcome]] = defaultdict(list)
    for each in found:
        kept[key(each)].append(each)
    return {name: share(kept[name], _right) for name in sorted(kept)}


def _risks(found: Sequence[Outcome]) -> dict[str, RiskScore]:
    """Return the scores of each risk that some phrase's metadata give, of either danger first."""
    scores = {}
    for name, kinds in ((DANGER, DANGERS), *((risk, frozenset({risk})) for risk in RISKS)):
        shown = [each for each in found if kinds & each.phrase.risks]
        others = [each for each in found if not kinds & each.phrase.risks]
        if shown:
            scores[name] = RiskScore(
                Share(sum(not kinds.isdisjoint(each.reading.risks) for each in shown), len(shown)),
                Share(
                    sum(not kinds.isdisjoint(each.reading.risks) for each in others), len(others)
                ),
            )
    return scores
