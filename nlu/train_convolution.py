# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training of the convolution, on every phrase: on those too many for the lines as well."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from nlu.convolution import HEARD, Convolution
from nlu.features import Floats, Ints, split
from nlu.labels import DANGER, DANGERS
from nlu.learner import BATCH, Learner
from nlu.model import packed
from nlu.normalize import normalize
from nlu.phrases import (
    UNLABELLED,
    BadPhrases,
    Phrase,
    Source,
    packaged,
    packaged_network,
    packaged_risks,
    read,
)
from nlu.vocabulary import vocabulary

TIMES: Final = 6  # that every phrase is seen
COMMON: Final = 20_000  # words kept whole: nine of ten that are said

Progress = Callable[[int], None]  # told how many more phrases were seen


def lessons(sources: Sequence[Source] = ()) -> list[Phrase]:
    """Return the phrases of *sources*, or all of the product's, those with a label twice.

    They are what most messages are like, and few beside all that was written for a risk.
    """
    found = read(sources or (*packaged(), *packaged_risks(), *packaged_network()))
    return [*found, *(phrase for phrase in found if phrase.label != UNLABELLED)]


def train_convolution(
    phrases: Sequence[Phrase], progress: Progress, times: int = TIMES
) -> Convolution:
    """Return the convolution that *phrases* teach; the same phrases on one machine, the same.

    Twenty minutes on two cores for 375,000 of them. Needs JAX, which reading does not.
    Raises :class:`BadPhrases` for too few.
    """
    if len(phrases) < BATCH:
        raise BadPhrases(f"at least {BATCH} phrases are needed")
    words, spoken = numbered(phrases)
    learner = Learner(vocabulary(words, spoken))
    for seen in learner.learn(spoken, told_by(phrases), times):
        progress(seen)
    often = np.bincount(np.concatenate([np.unique(each) for each in spoken]), minlength=len(words))
    commonest = np.argsort(-often, kind="stable")[:COMMON]
    return finished(learner).keeping([words[at] for at in commonest])


def finished(learner: Learner) -> Convolution:
    """Return what *learner* learned."""
    vectors, scales = packed(np.asarray(learner.layers["vectors"]))
    vectors[0] = 0  # what was not learned says nothing
    layers = {name: np.asarray(e) for name, e in learner.layers.items() if name != "vectors"}
    return Convolution(learner.vocabulary.rows, vectors, scales, layers)


def numbered(phrases: Sequence[Phrase]) -> tuple[list[str], list[Ints]]:
    """Return the words of all *phrases*, and each phrase by the numbers of its words."""
    number: dict[str, int] = {}
    spoken = [split(normalize(phrase.text)) for phrase in phrases]
    numbers = [np.array([number.setdefault(w, len(number)) for w in each]) for each in spoken]
    return list(number), [each.astype(np.int64) for each in numbers]


def told_by(phrases: Sequence[Phrase]) -> Floats:
    """Return 1 for each of HEARD that a phrase tells, else 0; a row a phrase."""
    meant = [DANGERS if risk == DANGER else {risk} for risk in HEARD]
    told = [[not risks.isdisjoint(phrase.risks) for risks in meant] for phrase in phrases]
    return np.array(told, np.float32)
