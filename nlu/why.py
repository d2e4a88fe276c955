# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why a message was read as it was: the same parts that read it, looked at one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

import numpy as np

from nlu.belief import believed
from nlu.features import BLOCKS, SIZE, Floats, Grams, grams, split
from nlu.labels import DANGER, DANGERS, RISKS
from nlu.model import TINY, Model, Rows
from nlu.net import Fired
from nlu.normalize import normalize
from nlu.patterns import CRY, HINT, entries, net
from nlu.phrases import Phrase, packaged, read
from nlu.reader import Reader
from nlu.reading import Reading
from nlu.skeleton import skeletons
from nlu.windows import ends, spans

NEAREST: Final = 5
HEAVIEST: Final = 6
_FAINT: Final = 0.005  # a weight that shows as nothing

Weighed = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A phrase of the package, and the cosine of its n-grams with the message's: 0 to 1."""

    phrase: Phrase
    likeness: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was found: what it stands for, in which file, why, and in which words.

    A name with a question mark is a hint: believed where the classifier leans so too. One with
    an exclamation mark is a cry: no score silences it.
    """

    name: str
    file: str
    reason: str
    pattern: str = field(repr=False)
    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Why:
    """A reading, and what it came from.

    *words* are, for the label and for the runner-up, the words of the whole message that
    weigh most for it (above zero) or against it. *risks* says of each risk who heard it:
    the net, the classifier, or a number or a label of the reading.
    """

    reading: Reading
    nearest: tuple[Near, ...]
    fired: tuple[Pattern, ...]
    stopped: tuple[Pattern, ...]
    words: Mapping[str, Weighed] = field(repr=False)
    risks: Mapping[str, tuple[str, ...]]


def explain(reader: Reader, text: str, now: datetime) -> Why:
    """Return what *reader* makes of *text*, and why."""
    reading = reader.read(text, now)
    words = split(normalize(text))
    bones = skeletons(words)
    spoke, stopped = net().explain(words)
    told, told_bones = [*ends(words)], [*ends(bones)]
    counted = grams(told, told_bones)
    judged = reader.judged(told, told_bones, spans(told))
    return Why(
        reading=reading,
        nearest=_nearest(reader.model, counted),
        fired=_patterns(spoke),
        stopped=_patterns(stopped),
        words={
            label: _heaviest(reader.model, counted, told, label)
            for label in dict.fromkeys((reading.label, reading.runner_up))
            if label in reader.model.labels
        },
        risks=_heard(
            reading,
            believed(frozenset(fired.rule.name for fired in spoke), judged, len(words)),
            frozenset(fired.rule.name for fired in spoke),
            judged.risks,
        ),
    )


def _patterns(fired: Sequence[Fired]) -> tuple[Pattern, ...]:
    found: dict[tuple[str, int], Pattern] = {}
    for each in fired:
        entry = entries()[each.rule.group]
        name = each.rule.name
        pattern = Pattern(name, entry.file, entry.reason, each.rule.pattern, each.words)
        known = found.setdefault((name, entry.group), pattern)
        if len(each.words) > len(known.words):
            found[name, entry.group] = pattern
    return tuple(found.values())


def _heard(
    reading: Reading, learned: set[str], by_net: frozenset[str], scores: Mapping[str, float]
) -> dict[str, tuple[str, ...]]:
    """Return who heard each risk, also of one that was dropped in the end."""
    told: dict[str, tuple[str, ...]] = {}
    for risk in RISKS:
        who = ["net"] if risk in by_net else []
        if risk + CRY in by_net:
            who.append("a cry that the net knows")
        if risk + HINT in by_net:
            who.append("a hint of the net")
        if risk in learned:
            score = scores[DANGER if risk in DANGERS and DANGER in scores else risk]
            who.append(f"{'classifier' if score > 0 else 'leaning classifier'} ({score:+.2f})")
        if risk in reading.risks:
            told[risk] = tuple(who) or ("an age, a sum, a deadline or the label",)
        elif who:
            told[risk] = (*who, "not believed in the end")
    return told


@cache
def _phrases() -> tuple[tuple[Phrase, Grams], ...]:
    found = []
    for phrase in read(packaged()):
        words = split(normalize(phrase.text))
        found.append((phrase, grams(words, skeletons(words))))
    return tuple(found)


def _nearest(model: Model, counted: Grams) -> tuple[Near, ...]:
    mine = np.zeros(len(model.gains), np.float32)
    rows, values = _values(model, counted)
    np.add.at(mine, rows, values)
    mine[0] = 0  # what training never saw is like nothing
    found = []
    for phrase, theirs in _phrases():
        rows, values = _values(model, theirs)
        found.append(Near(phrase, min(1.0, float(mine[rows] @ values) / BLOCKS)))
    found.sort(key=lambda near: (-near.likeness, near.phrase.text))
    return tuple(near for near in found[:NEAREST] if near.likeness > _FAINT)


def _values(model: Model, counted: Grams) -> tuple[Rows, Floats]:
    """Return the row and the value of each n-gram, as the model weighs a whole message."""
    rows = model.rows[counted.buckets]
    gains = model.gains[rows] * (1 + np.log(counted.counts)) / counted.counts
    block = counted.buckets // SIZE
    squares = np.bincount(block, gains * gains * counted.counts, BLOCKS)
    lengths = np.sqrt(np.maximum(squares, TINY))
    return rows, np.asarray(gains / lengths[block], np.float32)


def _heaviest(model: Model, counted: Grams, words: Sequence[str], label: str) -> Weighed:
    """Return the words whose n-grams weigh most for or against *label*, the heaviest first.

    A pair of words counts half for each of them.
    """
    column = model.labels.index(label)
    rows, values = _values(model, counted)
    weights = values * model.weights[rows, column] * model.scales[column]
    found: dict[str, float] = {}
    for weight, *places in zip(weights.tolist(), counted.firsts, counted.lasts, strict=True):
        for at in places:
            found[words[at]] = found.get(words[at], 0.0) + weight / 2
    order = sorted(found.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    return tuple((word, weight) for word, weight in order[:HEAVIEST] if abs(weight) > _FAINT)
