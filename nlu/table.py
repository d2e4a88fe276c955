# SPDX-License-Identifier: AGPL-3.0-or-later
"""Phrases as one sparse table for training, its rows those that inference builds one by one."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, chain, islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nlu.features import (
    BITS,
    BLOCKS,
    SIZE,
    Floats,
    Grams,
    Ints,
    codes_of,
    counts_of,
    grams,
    pairs_of,
    shape,
    split,
)
from nlu.machine import Matrix, spread
from nlu.model import TINY, Rows
from nlu.normalize import normalize
from nlu.skeleton import skeletons

UNSEEN: Final = 0.5  # how much an unseen n-gram counts, beside a rare one
RARE: Final = 6  # of many phrases: what stands in fewer teaches nothing that carries, it is unseen
_TOGETHER: Final = 64  # phrases taken apart in one go: most of the cost is one a call
MOST: Final = 255  # times in one phrase
_BATCH: Final = 16  # of those, weighed in one go


@dataclass(frozen=True, slots=True)
class Table:
    """Phrases as a sparse table, and what inference needs to build the same rows."""

    matrix: Matrix
    place: dict[str, int]  # of a text
    rows: Rows
    gains: Floats

    def of(self, texts: Sequence[str]) -> Matrix:
        """Return the rows of *texts*."""
        places = [self.place[text] for text in texts]
        first = places[0] if places else 0
        if places == [*range(first, first + len(places))]:
            return self.matrix[first : first + len(places)]  # far quicker than one by one
        return self.matrix[places]


@dataclass(frozen=True, slots=True)
class Counted:
    """The n-grams of some phrases: whose each is, its bucket, how often it stands there."""

    phrases: int  # a phrase may have no n-gram at all
    owner: NDArray[np.integer[Any]]  # counted from zero
    buckets: NDArray[np.integer[Any]]
    counts: NDArray[np.number[Any]]


def tabulate(texts: Sequence[str], least: int = 1) -> Table:
    """Return the table of *texts*, each once; an n-gram weighs by its rarity.

    What stands in fewer than *least* texts has no column.
    """
    place = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    parts = [*chain.from_iterable(spread(_parted, list(place)))]
    frequency = np.zeros(BLOCKS * SIZE)
    for part in parts:  # what stands n times in a phrase counts n times one nth
        frequency += np.bincount(part.buckets, np.float32(1) / part.counts, len(frequency))
    frequency = np.rint(frequency)
    kept = np.flatnonzero(frequency >= least)
    # The commonest first: what most messages need lies together and stays at hand.
    kept = kept[np.argsort(-frequency[kept], kind="stable")]
    rows = np.zeros(BLOCKS * SIZE, np.int32)
    rows[kept] = np.arange(1, len(kept) + 1)
    seen = np.concatenate([[1 / UNSEEN], frequency[kept]])
    gains = (np.log((1 + len(place)) / (1 + seen)) + 1).astype(np.float32)
    gains[0] *= UNSEEN
    with ThreadPoolExecutor() as threads:
        weighed = list(threads.map(lambda part: _weighed(part, rows, gains), parts))
    return Table(_stacked(weighed), place, rows, gains)


def _parted(texts: Sequence[str]) -> list[Counted]:
    """Return the parts of *texts*, small enough to be handed from process to process."""
    normal = [normalize(text) for text in texts]
    return [
        Counted(
            part.phrases,
            part.owner.astype(np.int16),
            part.buckets.astype(np.int32),
            np.minimum(part.counts, MOST).astype(np.uint8),
        )
        for part in _batched(counted(normal))
    ]


def counted(texts: Sequence[str]) -> Iterator[Counted]:
    """Take *texts* in normal form apart: a word is looked at once, wherever it stands."""
    spoken = [split(text) for text in texts]
    place = {word: at for at, word in enumerate(dict.fromkeys(w for each in spoken for w in each))}
    bones = skeletons(list(place))
    each = _each(grams(list(place), bones), len(place))
    codes = codes_of([shape(bone) for bone in bones])
    for start in range(0, len(texts), _TOGETHER):
        some = spoken[start : start + _TOGETHER]
        words = np.array([place[word] for phrase in some for word in phrase], np.int64)
        owner = np.repeat(np.arange(len(some)), [len(phrase) for phrase in some])
        inside, whose = _gathered(*each, words)
        # Two words of which one ends a phrase and the next begins another are no pair.
        pairs = [(apart, owner[:-apart] == owner[apart:]) for apart in (1, 2)]
        paired = [pairs_of(codes[words], apart)[together] for apart, together in pairs]
        owners = [owner[:-apart][together] for apart, together in pairs]
        buckets = np.concatenate([inside, *paired])
        mine = np.concatenate([owner[whose], *owners])
        yield Counted(len(some), mine, buckets, counts_of(buckets, mine))


def _each(alone: Grams, words: int) -> tuple[Ints, Ints]:
    """Return the n-grams inside each word, word after word, and where those of each begin."""
    inside = alone.firsts == alone.lasts
    firsts = alone.firsts[inside]
    marks = np.concatenate([[0], np.cumsum(np.bincount(firsts, minlength=words))])
    return alone.buckets[inside][np.argsort(firsts, kind="stable")], marks


def _gathered(buckets: Ints, marks: Ints, words: Ints) -> tuple[Ints, Ints]:
    """Return the n-grams that *marks* divides among words, for each of *words* in turn.

    And the place among *words* that each is of.
    """
    many = np.diff(marks)[words]
    whose = np.repeat(np.arange(len(words)), many)
    first = np.repeat(marks[words] - np.concatenate([[0], np.cumsum(many)[:-1]]), many)
    return buckets[first + np.arange(len(whose))], whose


def joined(parts: Sequence[Counted]) -> Counted:
    """Return *parts*, of which there must be one at least, as one."""
    firsts = accumulate([part.phrases for part in parts], initial=0)
    return Counted(
        sum(part.phrases for part in parts),
        np.concatenate([part.owner + first for part, first in zip(parts, firsts, strict=False)]),
        np.concatenate([part.buckets for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )


def _batched(parts: Iterator[Counted]) -> Iterator[Counted]:
    """Yield *parts* as fewer and longer ones, of a length that a core has at hand at once.

    All together would wait for memory, each alone for Python.
    """
    while some := list(islice(parts, _BATCH)):
        yield joined(some)


def _weighed(found: Counted, rows: Rows, gains: Floats) -> Matrix:
    """Return the rows of the phrases of *found*; what stands twice in one is added up."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # noqa: PLC0415 - only training needs it

    row = rows[found.buckets]
    counts = found.counts.astype(np.float32)
    gain = gains[row] * (1 + np.log(counts)) / counts
    block = found.owner * BLOCKS + (found.buckets >> BITS)
    squares = np.bincount(block, gain * gain * counts)
    known = row > 0  # what is unseen counts in the length: it makes a phrase fainter
    values = (gain / np.sqrt(np.maximum(squares, TINY))[block])[known]
    shape = (found.phrases, len(gains) - 1)
    matrix = csr_matrix((values, (found.owner[known], row[known] - 1)), shape=shape)
    matrix.sum_duplicates()
    return matrix


def _stacked(parts: Sequence[Matrix]) -> Matrix:
    from scipy.sparse import vstack  # noqa: PLC0415 - only training needs it

    return vstack(parts, format="csr")
