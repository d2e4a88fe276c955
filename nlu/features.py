# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words as numbers: hashed n-grams of letters and consonants inside words, and pairs of words.

Consonants come from :mod:`nlu.skeleton`, which spells Arabic script and Latin letters alike:
a phrase learned in one is then known in the other.
"""

import re
from collections.abc import Sequence
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
LETTERS: Final = (2, 3, 4)
BONES: Final = (2, 3, 4)
BLOCKS: Final = 3  # letters, consonants, words by their consonants

_MULTIPLIER: Final = np.uint32(2654435761)
_SHIFT: Final = np.uint32(32 - BITS)
_ROUND: Final = np.uint32(15)
_PRIME: Final = np.uint32(31)
_WORD: Final = re.compile(r"[^\W_]+|[?!.;\n,]|[^\w\s:()\[\]{}\"*#/\\<>=+_|~&%@^-]")


def split(text: str) -> list[str]:
    """Return the words, emoji, question and exclamation marks of *text* in normal form."""
    return _WORD.findall(text)


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of a message, kind after kind.

    *buckets* of block *b* lie in ``[b * SIZE, (b + 1) * SIZE)``. Row *k* of *marks* says where
    in *buckets* the n-grams of kind *k* of each word begin, and where the last ones end;
    *reach* is how many words further they look, *firsts* the first kind of each block.
    *counts* is how often each n-gram stands in the message: *n* times weigh 1 + log *n* in all.
    """

    buckets: Ints
    counts: Floats
    marks: Ints
    reach: Ints
    firsts: tuple[int, ...]

    def edges(self, spans: Sequence[Span]) -> tuple[Ints, Ints]:
        """Return where the n-grams lie that stand whole in each span: kind by span."""
        bounds = np.array(spans, np.int64)
        stops = np.maximum(bounds[:, 1] - self.reach[:, None], bounds[:, 0])
        kinds = np.arange(len(self.marks))[:, None]
        return self.marks[kinds, bounds[:, 0]], self.marks[kinds, stops]


def grams(words: Sequence[str], bones: Sequence[str]) -> Grams:
    """Return the n-grams of *words* and of their consonants (*bones*)."""
    letters, letter_marks = _inside(words, LETTERS, 0)
    consonants, consonant_marks = _inside(bones, BONES, SIZE)
    pairs, pair_marks = _words(bones, 2 * SIZE)
    parts, marks, offset = [], [], 0
    for hashed, each in (
        *zip(letters, letter_marks, strict=True),
        *zip(consonants, consonant_marks, strict=True),
        *zip(pairs, pair_marks, strict=True),
    ):
        parts.append(hashed)
        marks.append(each + offset)
        offset += len(hashed)
    firsts = (0, len(letters), len(letters) + len(consonants))
    reach = np.array([0] * (len(parts) - 1) + [1])
    buckets = np.concatenate(parts)
    _, places, counts = np.unique(buckets, return_inverse=True, return_counts=True)
    return Grams(buckets, counts.astype(np.float32)[places], np.array(marks), reach, firsts)


def _inside(words: Sequence[str], sizes: Sequence[int], base: int) -> tuple[list[Ints], list[Ints]]:
    """Return, for each of *sizes*, the n-grams inside each of *words* between two spaces."""
    text = "".join([f" {word} " for word in words])
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    lengths = np.fromiter(map(len, words), np.int64, len(words)) + 2
    owner = np.repeat(np.arange(len(words)), lengths)
    found, marks = [], []
    rolled: Codes = codes * _MULTIPLIER
    for size in range(2, max(sizes) + 1):
        head = rolled[:-1]
        rolled = ((head ^ (head >> _ROUND)) * _PRIME + codes[size - 1 :]) * _MULTIPLIER
        if size in sizes:
            whole = owner[: len(rolled)] == owner[size - 1 :]
            hashed = (rolled[whole] ^ np.uint32(size)) * _MULTIPLIER >> _SHIFT
            found.append(hashed.astype(np.int64) + base)
            marks.append(_marks(np.maximum(lengths - (size - 1), 0)))
    return found, marks


def _words(words: Sequence[str], base: int) -> tuple[list[Ints], list[Ints]]:
    """Return each word, and each with the next one."""
    codes = np.fromiter(map(_code, words), np.uint32, len(words))
    pairs = ((codes[:-1] ^ (codes[:-1] >> _ROUND)) * _PRIME + codes[1:]) * _MULTIPLIER
    alone = codes * _MULTIPLIER
    hashed = [(each >> _SHIFT).astype(np.int64) + base for each in (alone, pairs)]
    ones = np.ones(len(words), np.int64)
    return hashed, [_marks(ones), _marks(ones[1:], len(words) + 1)]


def _code(word: str) -> int:
    return crc32(word.encode("utf-8", "replace"))


def _marks(counts: Ints, length: int | None = None) -> Ints:
    """Return where each word's n-grams begin, one mark more than there are words."""
    marks = np.zeros(length or len(counts) + 1, np.int64)
    np.cumsum(counts, out=marks[1 : len(counts) + 1])
    marks[len(counts) + 1 :] = marks[len(counts)]
    return marks
