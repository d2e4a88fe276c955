# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cross-validation that does not flatter: phrases of one meaning are never on both sides.

What is alike by its letters (:mod:`nlu.alike`) stays in one fold, in either script. Free
translations cannot be found that way, so the figures are still a little better than those on
phrases of other people.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from nlu.alike import Shelf
from nlu.evaluate import Clock, Outcome, outcomes
from nlu.labels import DANGER, RISKS
from nlu.normalize import normalize
from nlu.phrases import Phrase
from nlu.reader import Reader
from nlu.train import train_on

SAME: Final = 0.44  # likeness of phrases that may be one meaning


def dealt(phrases: Sequence[Phrase], folds: int) -> list[int]:
    """Return the fold of each of *phrases*: groups whole, labels and varieties spread evenly."""
    groups = Shelf([normalize(phrase.text) for phrase in phrases]).groups(SAME)
    members: dict[int, list[int]] = {}
    for at, group in enumerate(groups):
        members.setdefault(group, []).append(at)
    held: Counter[tuple[int, str, str | None]] = Counter()
    sizes = [0] * folds
    place = [0] * len(phrases)
    for mine in sorted(members.values(), key=len, reverse=True):
        kinds = Counter((phrases[at].label, phrases[at].variety) for at in mine)
        loads = [(sum(held[fold, *kind] for kind in kinds), sizes[fold]) for fold in range(folds)]
        chosen = min(range(folds), key=loads.__getitem__)
        held.update({(chosen, *kind): times for kind, times in kinds.items()})
        sizes[chosen] += len(mine)
        for at in mine:
            place[at] = chosen
    return place


def crossed(
    labelled: Sequence[Phrase], lessons: Sequence[Phrase], folds: int, clock: Clock
) -> Iterator[tuple[tuple[Outcome, ...], tuple[Outcome, ...]]]:
    """Return, fold after fold, what a model that never saw them makes of its phrases.

    The outcomes of *labelled* come first, those of *lessons* (on risks alone) beside them.
    Only the language columns learn from everything: they decide no label and no risk.
    """
    phrases = (*labelled, *lessons)
    place = dealt(phrases, folds)
    edge = len(labelled)
    risks = (*RISKS, DANGER) if lessons else ()
    for fold in range(folds):
        seen = [at for at, other in enumerate(place) if other != fold]
        model = train_on(
            [phrases[at] for at in seen if at < edge],
            [phrases[at] for at in seen if at >= edge],
            risks,
        )
        reader = Reader(model)
        held = [at for at, other in enumerate(place) if other == fold]
        parts = ([at for at in held if at < edge], [at for at in held if at >= edge])
        told, taught = (
            outcomes(reader, [phrases[at] for at in part], clock) if part else () for part in parts
        )
        yield told, taught
