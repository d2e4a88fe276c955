# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training of the embedded classifier: the same files give the same model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from zlib import crc32

import numpy as np

from nlu.alarms import Alarms
from nlu.labels import DANGER, DANGERS, RISKS, Variety
from nlu.machine import (
    MANY,
    STRENGTH,
    Call,
    Matrix,
    Name,
    Truth,
    fit,
    side_by_side,
    warmth,
    yes,
)
from nlu.model import Model, packed
from nlu.phrases import (
    UNLABELLED,
    BadPhrases,
    Phrase,
    Source,
    packaged,
    packaged_risks,
    read,
)
from nlu.router import document
from nlu.table import RARE, Table, tabulate

_LABELS: Final = ("all", "labels")
_WARMTH: Final = ("all", "temperature")
_TONGUES: Final[tuple[Name, ...]] = (("fr", "arabizi"), ("msa", "darija"))
_ARABIC: Final = re.compile(r"[\u0621-\u064a]")


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is to learn from: labelled phrases, then lessons that teach risks alone."""

    labels: tuple[str, ...]
    phrases: tuple[Phrase, ...]  # the labelled ones first
    truth: Truth  # the label of each labelled phrase, by its place in *labels*
    tongues: Sequence[tuple[str, Variety]]  # what teaches the languages
    table: Table
    known: Matrix  # the labelled phrases
    everything: Matrix  # all of them

    def near(self) -> Any:
        """Tell of each phrase whether it was written for a risk, or to look like one."""
        return np.array([phrase.label == UNLABELLED for phrase in self.phrases])

    def dealt(self) -> Any:
        """Tell of each phrase in which of two halves it is, by its words alone."""
        return np.array([crc32(phrase.text.encode()) % 2 == 0 for phrase in self.phrases])

    def told(self, risk: str) -> Truth:
        """Return 1 for each phrase that tells *risk*, else 0."""
        meant = DANGERS if risk == DANGER else {risk}
        return np.array([int(not meant.isdisjoint(phrase.risks)) for phrase in self.phrases])


def train(sources: Sequence[Source] | None = None) -> Model:
    """Return a model of the phrases in *sources*, or of the product's own, risks included.

    Deterministic. Needs scikit-learn, which running the bot does not.
    """
    return learned(*school(sources))


def school(sources: Sequence[Source] | None = None) -> tuple[Ground, tuple[str, ...]]:
    """Return what *sources* teach, or the product's own files, and the risks they teach."""
    if sources is None:
        return ground(*_household()), (*RISKS, DANGER)
    return ground(read(sources)), ()


def train_on(
    phrases: Sequence[Phrase], lessons: Sequence[Phrase] = (), risks: Sequence[str] = ()
) -> Model:
    """Return a model of the labels of *phrases*, and of *risks* by these and by *lessons*.

    Raises :class:`BadPhrases` for fewer than two labels.
    """
    return learned(ground(phrases, lessons), risks)


def ground(phrases: Sequence[Phrase], lessons: Sequence[Phrase] = ()) -> Ground:
    """Return *phrases* and *lessons* as a table; raise :class:`BadPhrases` for too few labels."""
    labels = tuple(sorted({phrase.label for phrase in phrases} - {UNLABELLED}))
    if len(labels) < 2:  # noqa: PLR2004 - one label is nothing to tell apart
        raise BadPhrases("at least two labels are needed")
    labelled = [phrase for phrase in phrases if phrase.label != UNLABELLED]
    texts = [phrase.text for phrase in labelled]
    lesson_texts = [phrase.text for phrase in lessons]
    tongues = _tongues()
    many = len(phrases) + len(lessons) > MANY
    table = tabulate([*texts, *lesson_texts, *dict(tongues)], RARE if many else 1)
    return Ground(
        labels=labels,
        phrases=(*labelled, *lessons),
        truth=np.array([labels.index(phrase.label) for phrase in labelled]),
        tongues=tongues,
        table=table,
        known=table.of(texts),
        everything=table.of([*texts, *lesson_texts]),
    )


def learned(school: Ground, risks: Sequence[str]) -> Model:
    """Return the model of a ground."""
    table, taught = school.table, (school.known, school.truth, len(school.labels))
    told = {risk: school.told(risk) for risk in risks}
    alarms = Alarms(school.everything, told, school.near(), school.dealt())
    calls: dict[Name, Call] = {
        _LABELS: (fit, *taught),
        _WARMTH: (warmth, *taught),
        **alarms.calls(),
        **{tongue: _apart(table, school.tongues, *tongue) for tongue in _TONGUES},
    }
    found = side_by_side(calls, len(school.phrases))
    columns = [found[_LABELS], *alarms.columns(found), *(found[tongue] for tongue in _TONGUES)]
    weights = np.vstack([each.weights for each in columns])
    stored = np.zeros((len(table.gains), len(weights)), np.float32)
    stored[1:] = weights.T
    packed_weights, scales = packed(stored)
    return Model(
        labels=school.labels,
        risks=tuple(risks),
        rows=table.rows,
        gains=table.gains,
        weights=packed_weights,
        scales=scales,
        bias=np.concatenate([each.bias for each in columns]).astype(np.float32),
        temperature=found[_WARMTH],
    )


@cache
def _household() -> tuple[tuple[Phrase, ...], tuple[Phrase, ...]]:
    """Return the product's own phrases, and those that teach risks alone."""
    return read(packaged()), read(packaged_risks())


def _tongues() -> list[tuple[str, Variety]]:
    """Return what teaches the languages: our phrases and everyday sentences, each once."""
    ours = (*_household()[0], *_household()[1])
    examples = document()["examples"].items()
    spoken = [
        *((phrase.text, phrase.variety) for phrase in ours if phrase.variety),
        *((line, variety) for variety, text in examples for line in text.splitlines()),
    ]
    # Arabic script says itself what it is: of the mixed phrases only Latin ones teach.
    return [
        (text, variety)
        for text, variety in dict.fromkeys(spoken)
        if variety != "mixed" or not _ARABIC.search(text)
    ]


def _apart(table: Table, tongues: Sequence[tuple[str, Variety]], wanted: str, other: str) -> Call:
    """Return how to learn weights that are above zero for *wanted* and below for *other*."""
    meant = [(text, variety) for text, variety in tongues if variety in {wanted, other}]
    truth = np.array([int(variety == wanted) for _, variety in meant])
    return yes, table.of([text for text, _ in meant]), truth, STRENGTH
