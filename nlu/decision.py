# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the probabilities of a message's parts to one label, its company, and doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nlu.features import Span
from nlu.labels import COURTESIES, RANKS, is_situation
from nlu.model import Floats

SURE: Final = 0.6
MARGIN: Final = 0.15
KEPT: Final = 0.5  # a label beside the first
MOST: Final = 3
ASIDE: Final = 4  # words
HALF: Final = 0.5


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
    labels: Sequence[str], chances: Floats, parts: Sequence[Span], *, understood: bool
) -> Decision:
    """Return what a message says, from a row of *chances* for each of *parts*, the whole first.

    A label holds where its best part says so: the one sentence of a long story that tells
    what happened is not diluted by the others. Nothing is guessed from figures alone: such
    a message is not *understood*.
    """
    if not understood:
        return NOTHING
    chances = _discounted(labels, chances, parts)
    best = chances.max(axis=0)
    held = {labels[at]: float(best[at]) for at in np.flatnonzero(best >= KEPT).tolist()}
    kept = _ordered(held)
    first = kept[0] if kept else labels[int(best.argmax())]
    confidence = float(best[labels.index(first)])
    runner_up, distance = _runner_up(labels, chances, first, kept)
    doubt = confidence < SURE or distance < MARGIN
    return Decision(first, confidence, runner_up, doubt, kept[:MOST] or (first,))


def _discounted(labels: Sequence[str], chances: Floats, parts: Sequence[Span]) -> Floats:
    """Return *chances* where an aside of a few words may ask, but hardly tell a whole story."""
    asides = [at for at, (start, end) in enumerate(parts) if at and end - start < ASIDE]
    if not asides:
        return chances
    weights = np.array([HALF if is_situation(label) else 1 for label in labels], np.float32)
    chances = chances.copy()
    chances[asides] *= weights
    return chances


def _ordered(held: Mapping[str, float]) -> tuple[str, ...]:
    """Return the labels of *held* by the rules of precedence, best first."""
    serious = {label for label in held if label not in COURTESIES}
    kept = serious or set(held)
    return tuple(sorted(kept, key=lambda label: (_rank(label), -held[label], label)))


def _rank(label: str) -> int:
    if not is_situation(label):
        return max(RANKS.values()) + 1
    return RANKS.get(label, RANKS["already_published"])


def _runner_up(
    labels: Sequence[str], chances: Floats, first: str, kept: Sequence[str]
) -> tuple[str, float]:
    """Return the next label, and how far it lies behind in the part that speaks for *first*."""
    column = labels.index(first)
    part = chances[int(chances[:, column].argmax())]
    order = [labels[at] for at in np.argsort(-part, kind="stable").tolist() if labels[at] != first]
    rivals = [label for label in order if label not in kept] or order
    nearest = float(part[labels.index(rivals[0])])
    return (kept[1] if len(kept) > 1 else rivals[0]), float(part[column]) - nearest
