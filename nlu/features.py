# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words as numbers: hashed n-grams of letters and consonants inside words, and pairs of words.

A pair is a word and the next one, or the one after: "n'a *jamais* été *battue*".

Consonants come from :mod:`nlu.skeleton`, which spells Arabic script and Latin letters alike:
a phrase learned in one is then known in the other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
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
LETTERS: Final = 4  # of an n-gram inside a word: two and three beside them teach hardly more
BLOCKS: Final = 4  # letters; consonants; words alone and with the next; with the one after
NEAR: Final = BLOCKS - 1  # blocks, the last left out: what says how alike two phrases are

_MULTIPLIER: Final = np.uint32(2654435761)
_SHIFT: Final = np.uint32(32 - BITS)
# One for each letter of an n-gram: odd, and far from each other's multiples.
_FACTORS: Final = tuple(np.array([2654435761, 2246822519, 3266489917, 668265263], np.uint32))
_SPACE: Final = ord(" ")
_ROUND: Final = np.uint32(15)
_PRIME: Final = np.uint32(31)
_SLOTS: Final = (1 << 13) - 1
_WORD: Final = re.compile(r"[^\W_]+|[?!.;\n,]|[^\w\s:()\[\]{}\"*#/\\<>=+_|~&%@^-]")


def split(text: str) -> list[str]:
    """Return the words, emoji, question and exclamation marks of *text* in normal form."""
    return _WORD.findall(text)


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of a message, block after block.

    *buckets* of block *b* lie in ``[b * SIZE, (b + 1) * SIZE)``. *firsts* and *lasts* are the
    words that each n-gram begins and ends in, *ends* where each block ends. *counts* is how
    often each n-gram stands in the message: *n* times weigh 1 + log *n* in all.
    """

    buckets: Ints
    counts: Floats
    firsts: Ints
    lasts: Ints
    ends: tuple[int, ...]

    def within(self, spans: Sequence[Span]) -> Floats:
        """Return a table, span by n-gram: one where the n-gram stands whole in the span."""
        starts, stops = np.array(spans).T[..., None]
        return np.asarray((self.firsts >= starts) & (self.lasts < stops), np.float32)

    def blocks(self) -> Iterator[slice]:
        """Yield where the n-grams of each block lie."""
        yield from (slice(start, end) for start, end in pairwise((0, *self.ends)))


def grams(words: Sequence[str], bones: Sequence[str]) -> Grams:
    """Return the n-grams of *words* and of their consonants (*bones*)."""
    words, bones = [shape(word) for word in words], [shape(word) for word in bones]
    ((inside, owner),) = letters_of([*words, *bones], LETTERS)
    letters = int(np.searchsorted(owner, len(words)))
    alone = codes_of(bones)
    pairs, apart = _pairs(alone, 1), _pairs(alone, 2)
    each = np.arange(len(words))
    buckets = buckets_of(np.concatenate([inside, alone, pairs, apart]))
    ends = letters, len(inside), len(buckets) - len(apart), len(buckets)
    for end in ends[:-1]:
        buckets[end:] += SIZE
    owner[letters:] -= len(words)
    return Grams(
        buckets,
        counts_of(buckets),
        np.concatenate([owner, each, each[: len(pairs)], each[: len(apart)]]),
        np.concatenate([owner, each, each[1:], each[2:]]),
        ends,
    )


def shape(word: str) -> str:
    """Return *word*, or of a number only how long it is: which one is for the entities."""
    return "0" * len(word) if word.isdigit() else word


def letters_of(words: Sequence[str], *lengths: int) -> list[tuple[Codes, Ints]]:
    """Return, for each of *lengths* (four at most), its n-grams and the words that they are of.

    An n-gram is a number. A word stands between two spaces, and none reaches over two words.
    """
    text = f" {'  '.join(words)} " if words else ""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    owner = (np.cumsum(codes == _SPACE) - 1) >> 1  # a word has a space before it and one behind
    found = []
    for length in lengths:
        room = max(0, len(codes) - length + 1)
        hashed: Codes = codes[:room] * _FACTORS[0]
        for at in range(1, length):
            hashed += codes[at : at + room] * _FACTORS[at]
        whole = owner[:room] == owner[len(owner) - room :]
        found.append((hashed[whole], owner[:room][whole]))
    return found


def codes_of(words: Sequence[str]) -> Codes:
    """Return a number for each of *words*."""
    return np.array([crc32(word.encode("utf-8", "replace")) for word in words], np.uint32)


def pairs_of(codes: Codes, apart: int) -> Ints:
    """Return the bucket of each word, by its number, with the next one or the one after.

    *apart* is 1 or 2.
    """
    return buckets_of(_pairs(codes, apart)) + (BLOCKS - 3 + apart) * SIZE


def _pairs(codes: Codes, apart: int) -> Codes:
    firsts, seconds = codes[:-apart], codes[apart:]
    return ((firsts ^ (firsts >> _ROUND)) * _PRIME + seconds) * _MULTIPLIER


def buckets_of(hashed: Codes) -> Ints:
    """Return the bucket of each number, within its block."""
    return (((hashed ^ (hashed >> _ROUND)) * _MULTIPLIER) >> _SHIFT).astype(np.int64)


def counts_of(buckets: Ints, owner: Ints | None = None) -> Floats:
    """Return how often each bucket stands here, or in the message whose number *owner* tells.

    Two that share a slot count as one: two or three in a hundred of a long message.
    """
    slots = buckets & _SLOTS
    if owner is not None:
        slots += owner * (_SLOTS + 1)
    return np.asarray(np.bincount(slots, minlength=_SLOTS + 1)[slots], np.float32)
