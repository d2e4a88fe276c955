# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words as numbers: hashed n-grams of letters and consonants inside words, and pairs of words.

Consonants come from :mod:`nlu.skeleton`, which spells Arabic script and Latin letters alike:
a phrase learned in one is then known in the other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.uint32]
Floats = NDArray[np.float32]
Span = tuple[int, int]

BITS: Final = 18  # buckets of one block: n-grams of the corpus then rarely share one
SIZE: Final = 1 << BITS
SIZES: Final = (2, 3, 4)  # of the n-grams of letters, and of consonants
BLOCKS: Final = 3  # letters, consonants, words by their consonants
# The block of each kind of n-gram, and how many words further it looks.
KINDS: Final = (*[(0, 0)] * len(SIZES), *[(1, 0)] * len(SIZES), (2, 0), (2, 1))
BLOCK_KINDS: Final = (range(3), range(3, 6), range(6, 8))  # those of each block lie together

_MULTIPLIER: Final = np.uint32(2654435761)
_SHIFT: Final = np.uint32(32 - BITS)
_ROUND: Final = np.uint32(15)
_PRIME: Final = np.uint32(31)
_SLOTS: Final = (1 << 14) - 1
_SHORTER: Final = np.array(SIZES)[:, None] - 1
_WORD: Final = re.compile(r"[^\W_]+|[?!.;\n,]|[^\w\s:()\[\]{}\"*#/\\<>=+_|~&%@^-]")


def split(text: str) -> list[str]:
    """Return the words, emoji, question and exclamation marks of *text* in normal form."""
    return _WORD.findall(text)


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of a message, kind after kind.

    *buckets* of block *b* lie in ``[b * SIZE, (b + 1) * SIZE)``. Row *k* of *marks* says where
    in *buckets* the n-grams of kind *k* of each word begin, and where the last ones end.
    *counts* is how often each n-gram stands in the message: *n* times weigh 1 + log *n* in all.
    """

    buckets: Ints
    counts: Floats
    marks: tuple[list[int], ...]

    def within(self, spans: Sequence[Span]) -> Iterator[tuple[slice, Floats]]:
        """Yield for each block where its n-grams lie, and its table of ones, span by n-gram.

        A one says that the n-gram stands whole in the span.
        """
        start = 0
        for kinds in BLOCK_KINDS:
            marks = self.marks[kinds.start : kinds.stop]
            here = slice(start, marks[-1][-1])
            ones = np.zeros((len(spans), here.stop - start), np.float32)
            for kind, places in zip(kinds, marks, strict=True):
                reach = KINDS[kind][1]
                for at, (first, last) in enumerate(spans):
                    if last - reach > first:
                        ones[at, places[first] - start : places[last - reach] - start] = 1
            yield here, ones
            start = here.stop


def grams(words: Sequence[str], bones: Sequence[str]) -> Grams:
    """Return the n-grams of *words* and of their consonants (*bones*)."""
    words, bones = [shape(word) for word in words], [shape(word) for word in bones]
    text = "".join([f" {word} " for word in (*words, *bones)])
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    lengths = np.fromiter(map(len, (*words, *bones)), np.int64, 2 * len(words)) + 2
    marks = np.zeros((len(SIZES), len(lengths) + 1), np.int64)
    np.cumsum(np.maximum(lengths - _SHORTER, 0), axis=1, out=marks[:, 1:])
    letters, consonants = [], []
    for hashed, row in zip(_inside(codes, lengths), marks.tolist(), strict=True):
        half = row[len(words)]
        letters.append((hashed[:half], row[: len(words) + 1]))
        consonants.append((hashed[half:], [mark - half for mark in row[len(words) :]]))
    alone, pairs = _words(bones)
    ones = list(range(len(words) + 1))
    kinds = [*letters, *consonants, (alone, ones), (pairs, ones[:-1] or ones)]
    buckets = ((np.concatenate([hashed for hashed, _ in kinds]) * _MULTIPLIER) >> _SHIFT).astype(
        np.int64
    )
    offset, found = 0, []
    for (block, _), (hashed, places) in zip(KINDS, kinds, strict=True):
        end = offset + len(hashed)
        buckets[offset:end] += block * SIZE
        found.append([offset + place for place in places])
        offset = end
    return Grams(buckets, counts_of(buckets), tuple(found))


def shape(word: str) -> str:
    """Return *word*, or of a number only how long it is: which one is for the entities."""
    return "0" * len(word) if word.isdigit() else word


def _inside(codes: Codes, lengths: Ints) -> Iterator[Codes]:
    """Return, for each of the sizes, the n-grams inside each word between its two spaces."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    rolled: Codes = codes * _MULTIPLIER
    for size in SIZES:
        head = rolled[:-1]
        rolled = ((head ^ (head >> _ROUND)) * _PRIME + codes[size - 1 :]) * _MULTIPLIER
        yield rolled[owner[: len(rolled)] == owner[size - 1 :]] ^ np.uint32(size)


def _words(words: Sequence[str]) -> tuple[Codes, Codes]:
    """Return each word, and each with the next one."""
    codes = codes_of(words)
    return codes, _pairs(codes)


def codes_of(words: Sequence[str]) -> Codes:
    """Return a number for each of *words*."""
    return np.fromiter((crc32(word.encode("utf-8", "replace")) for word in words), np.uint32)


def pairs_of(codes: Codes) -> Ints:
    """Return the bucket of each word, by its number, with the next one."""
    return _buckets(_pairs(codes), KINDS[-1][0])


def _pairs(codes: Codes) -> Codes:
    return ((codes[:-1] ^ (codes[:-1] >> _ROUND)) * _PRIME + codes[1:]) * _MULTIPLIER


def _buckets(hashed: Codes, block: int) -> Ints:
    return ((hashed * _MULTIPLIER) >> _SHIFT).astype(np.int64) + block * SIZE


def counts_of(buckets: Ints, owner: Ints | None = None) -> Floats:
    """Return how often each bucket stands here, or in the message whose number *owner* tells.

    Two that share a slot count as one (4 %).
    """
    slots = buckets & _SLOTS
    if owner is not None:
        slots += owner * (_SLOTS + 1)
    return np.asarray(np.bincount(slots, minlength=_SLOTS + 1)[slots], np.float32)
