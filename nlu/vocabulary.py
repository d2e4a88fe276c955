# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words that the convolution learns from, each as the n-grams it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nlu.convolution import KINDS, units
from nlu.features import SIZE, Ints
from nlu.model import Rows
from nlu.skeleton import skeletons

RARE: Final = 5  # phrases: what stands in fewer is not learned


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words by number, and the rows of their n-grams.

    *rows* is the row of each bucket, 0 where it is too rare; *each* the rows of the n-grams of
    one word after another, *marks* where those of each begin.
    """

    rows: Rows
    each: Ints
    marks: Ints

    @property
    def size(self) -> int:
        """How many rows there are, the first for what is unknown."""
        return int(self.rows.max()) + 1

    def of(self, words: Ints) -> tuple[Ints, Ints]:
        """Return the rows of all n-grams of *words*, and the place of the word each is of."""
        firsts, many = self.marks[words], np.diff(self.marks)[words]
        starts = np.cumsum(many) - many
        places = np.repeat(firsts - starts, many) + np.arange(many.sum())
        return self.each[places], np.repeat(np.arange(len(words)), many)


def vocabulary(words: Sequence[str], spoken: Sequence[Ints]) -> Vocabulary:
    """Return the vocabulary of *words*, of which *spoken* phrases are made, by number."""
    buckets, owner = units(words, skeletons(words))
    order = np.argsort(owner, kind="stable")
    buckets, owner = buckets[order], owner[order]
    said = [np.unique(each) for each in spoken]
    often = np.bincount(np.concatenate(said), minlength=len(words))
    counted = np.bincount(buckets, often[owner], KINDS * SIZE)
    kept = np.flatnonzero(counted >= RARE)
    # The commonest first: what most messages need lies together and stays at hand.
    kept = kept[np.argsort(-counted[kept], kind="stable")]
    rows = np.zeros(KINDS * SIZE, np.int32)
    rows[kept] = np.arange(1, len(kept) + 1)
    each = rows[buckets].astype(np.int64)
    known = each > 0
    marks = np.concatenate([[0], np.cumsum(np.bincount(owner[known], minlength=len(words)))])
    return Vocabulary(rows, each[known], marks)
