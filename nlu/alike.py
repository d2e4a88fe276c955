# SPDX-License-Identifier: AGPL-3.0-or-later
"""How alike two phrases are: the share of their n-grams of consonants that both have.

Consonants are spelled alike in both scripts, so a phrase and its transliteration are alike.
A translation is not: nobody finds that by letters.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from nlu.features import BLOCKS, NEAR, SIZE, Floats, Ints, grams, split
from nlu.skeleton import skeletons
from nlu.table import counted, joined

FEWEST: Final = 4  # n-grams: below, two phrases are alike by chance


class Shelf:
    """Phrases by their n-grams: which of them are alike, and which are like a new one."""

    def __init__(self, normals: Sequence[str]) -> None:
        rows = _rows(normals)
        self._sizes = np.array([len(row) for row in rows], np.int64)
        owners = np.repeat(np.arange(len(rows)), self._sizes)
        buckets = np.concatenate(rows) if rows else np.zeros(0, np.int64)
        order = np.argsort(buckets, kind="stable")
        self._buckets, self._owners = buckets[order], owners[order]
        self._rows = rows

    def likeness(self, normal: str) -> Floats:
        """Return how alike each phrase is to *normal*, a text in normal form: from 0 to 1."""
        return self._to(_shingles(normal))

    def pairs(self, least: float, every: int = 1) -> Iterator[tuple[int, int]]:
        """Return every two phrases whose likeness is *least* or more, the earlier first.

        The later one is looked for among *every* so many: of a long shelf that is enough to
        say how common it is.
        """
        for at in range(0, len(self._rows), every):
            row = self._rows[at]
            if len(row) >= FEWEST:
                for other in np.flatnonzero(self._to(row)[:at] >= least).tolist():
                    if self._sizes[other] >= FEWEST:
                        yield other, at

    def groups(self, least: float) -> list[int]:
        """Return for each phrase the first that it is alike to, directly or through others."""
        first = list(range(len(self._rows)))
        for one, other in self.pairs(least):
            low, high = sorted((_root(first, one), _root(first, other)))
            first[high] = low
        return [_root(first, at) for at in range(len(first))]

    def _to(self, row: Ints) -> Floats:
        starts = np.searchsorted(self._buckets, row, "left").tolist()
        ends = np.searchsorted(self._buckets, row, "right").tolist()
        held = [self._owners[start:end] for start, end in zip(starts, ends, strict=True)]
        both = np.bincount(np.concatenate(held or [self._owners[:0]]), minlength=len(self._rows))
        either = np.maximum(self._sizes + len(row) - both, 1)
        return np.asarray(both / either, np.float32)


def _rows(normals: Sequence[str]) -> list[Ints]:
    """Return the n-grams of consonants of each of *normals*, each once, the least first."""
    if not normals:
        return []
    found = joined(list(counted(normals)))
    some = (found.buckets >= SIZE) & (found.buckets < NEAR * SIZE)
    keys = np.sort(found.owner[some] * (BLOCKS * SIZE) + found.buckets[some])
    owners, buckets = np.divmod(keys[np.diff(keys, prepend=-1) > 0], BLOCKS * SIZE)
    return np.split(buckets, np.searchsorted(owners, np.arange(1, len(normals))))


def _shingles(normal: str) -> Ints:
    words = split(normal)
    buckets = np.unique(grams(words, skeletons(words)).buckets)
    return buckets[(buckets >= SIZE) & (buckets < NEAR * SIZE)]


def _root(first: list[int], at: int) -> int:
    while first[at] != at:
        first[at] = first[first[at]]
        at = first[at]
    return at
