# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the probabilities of a message's parts to one label, its company, and doubt."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, cast

import numpy as np

from nlu.features import Span
from nlu.labels import COURTESIES, RANKS, is_situation
from nlu.model import Floats

SURE: Final = 0.6
MARGIN: Final = 0.15
KEPT: Final = 0.7  # of one part: a label beside the first
CLEAR: Final = 0.9  # of one part: a situation that a question beside it does not hide
MOST: Final = 3
ASIDE: Final = 4  # words
PIECE: Final = 9  # words: a shorter piece of a sentence hardly says anything by itself
HALF: Final = 0.5
PARTS: Final = np.float32(0.5)  # what the parts weigh together, beside the whole
TINY: Final = np.float32(1e-6)


@dataclass(frozen=True, slots=True)
class Decision:
    """A label with its calibrated probability, and whether to ask instead of answering."""

    label: str
    confidence: float
    runner_up: str
    doubt: bool
    labels: tuple[str, ...]


NOTHING: Final = Decision("out_of_scope", 0.0, "out_of_scope", doubt=True, labels=())


def decide(
    labels: Sequence[str],
    chances: Floats,
    parts: Sequence[Span],
    *,
    understood: bool,
    pieces: Collection[int] = (),
) -> Decision:
    """Return what a message says, from a row of *chances* for each of *parts*, the whole first.

    *pieces* are the places of those parts that are no whole sentence.

    The first label is read from the whole and from its parts together, the clearest parts
    counting most: the one sentence of a long story that tells what happened is not diluted
    by the others. Further labels are kept where one part says so by itself. Nothing is
    guessed from figures alone: such a message is not *understood*.
    """
    if not understood:
        return NOTHING
    pooled = _pooled(chances)
    best = _discounted(labels, chances, parts, pieces) if len(chances) > 1 else pooled
    order = sorted(range(len(labels)), key=pooled.__getitem__, reverse=True)
    held = {labels[at]: chance for at, chance in enumerate(best) if chance >= KEPT}
    first = _first(labels[order[0]], held)
    kept = (first, *(label for label in _ordered(held) if label != first))[:MOST]
    confidence = pooled[labels.index(first)]
    nearest = next((pooled[at] for at in order if labels[at] not in kept), 0.0)
    runner_up = next(labels[at] for at in order if labels[at] != first)
    polite = first in COURTESIES and runner_up in COURTESIES  # either answer would do
    doubt = confidence < SURE or (confidence - nearest < MARGIN and not polite)
    return Decision(first, confidence, runner_up, doubt, kept)


def ranked(ranking: Mapping[str, float], *, understood: bool) -> Decision:
    """Return what a message says by the *ranking* of another engine, which saw it whole."""
    chances = np.array([list(ranking.values())], np.float32)
    return decide(tuple(ranking), chances, [(0, 1)], understood=understood)


def _pooled(chances: Floats) -> list[float]:
    """Return one row of probabilities out of the whole's and its parts'."""
    if len(chances) == 1:
        return cast("list[float]", chances[0].tolist())
    logs = np.log(chances + TINY)
    clear = chances[1:].max(axis=1) ** 2
    logs = logs[0] + PARTS * (clear @ logs[1:] / clear.sum())
    pooled = np.exp((logs - logs.max()) / (1 + PARTS))
    return cast("list[float]", (pooled / pooled.sum()).tolist())


def _first(likely: str, held: Mapping[str, float]) -> str:
    """Return what a message is about: a question gives way to a situation clearly told."""
    if is_situation(likely):
        return likely
    clear = {label: chance for label, chance in held.items() if chance >= CLEAR}
    return next(filter(is_situation, _ordered(clear)), likely)


def _discounted(
    labels: Sequence[str], chances: Floats, parts: Sequence[Span], pieces: Collection[int]
) -> list[float]:
    """Return each label's best chance, where an aside of a few words hardly tells a story."""
    words = [end - start for start, end in parts]
    asides = [at for at, many in enumerate(words) if at and many < ASIDE]
    torn = [at for at in pieces if words[at] < PIECE]
    if asides or torn:
        chances = chances.copy()
        chances[asides] *= _halved(tuple(labels))
        chances[torn] *= HALF
    return cast("list[float]", chances.max(axis=0).tolist())


@cache
def _halved(labels: tuple[str, ...]) -> Floats:
    return np.array([HALF if is_situation(label) else 1 for label in labels], np.float32)


def _ordered(held: Mapping[str, float]) -> tuple[str, ...]:
    """Return the labels of *held* by the rules of precedence, best first."""
    serious = {label for label in held if label not in COURTESIES}
    kept = serious or set(held)
    return tuple(sorted(kept, key=lambda label: (_rank(label), -held[label], label)))


def _rank(label: str) -> int:
    if not is_situation(label):
        return max(RANKS.values()) + 1
    return RANKS.get(label, RANKS["already_published"])
