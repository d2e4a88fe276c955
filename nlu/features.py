# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words as numbers: hashed n-grams of letters, consonants, words and meanings."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.uint32]
Span = tuple[int, int]

BITS: Final = 17  # buckets of one block: n-grams of a small corpus then rarely share one
SIZE: Final = 1 << BITS
LETTERS: Final = (2, 3, 4)
BONES: Final = (2, 3, 4)
BLOCKS: Final = 4

_MULTIPLIER: Final = np.uint32(2654435761)
_SHIFT: Final = np.uint32(32 - BITS)
_ROUND: Final = np.uint32(15)
_PRIME: Final = np.uint32(31)
_WORD: Final = re.compile(r"[^\W_]+|[?!.;\n,]|[^\w\s:()\[\]{}\"*#/\\<>=+_|~&%@^-]")


def split(text: str) -> list[str]:
    """Return the words, emoji, question and exclamation marks of *text* in normal form."""
    return _WORD.findall(text)


@dataclass(frozen=True, slots=True)
class Block:
    """The buckets of one kind of n-gram, all sizes one after the other.

    Of each size, *sizes* holds where it begins in *buckets*, how long its n-grams are, and
    *marks* where each word begins in the string (or row) that the n-grams were cut from.
    """

    buckets: Ints
    sizes: tuple[Span, ...]
    marks: Sequence[int]

    def reach(self, span: Span) -> Iterator[Span]:
        """Return, size by size, where in *buckets* the n-grams of a span of words lie."""
        first, last = self.marks[span[0]], self.marks[span[1]]
        for offset, size in self.sizes:
            stop = max(last + 2 - size, 0)
            yield offset + min(first, stop), offset + stop


def blocks(
    words: Sequence[str], bones: Sequence[str], concepts: Sequence[tuple[int, str]]
) -> tuple[Block, ...]:
    """Return the blocks of *words*: letters, consonants (*bones*), words, *concepts* by place.

    Buckets of block *b* lie in ``[b * SIZE, (b + 1) * SIZE)``.
    """
    return (
        _grams(words, LETTERS, 0),
        _grams(bones, BONES, SIZE),
        _rows([words, bones], range(len(words) + 1), 2 * SIZE, apart=(1,)),
        _meanings(len(words), concepts, 3 * SIZE),
    )


def _meanings(words: int, concepts: Sequence[tuple[int, str]], base: int) -> Block:
    places = [place for place, _ in concepts]
    marks = [bisect_left(places, word) for word in range(words + 1)]
    return _rows([[name for _, name in concepts]], marks, base, apart=(1, 2))


def _grams(words: Sequence[str], sizes: Sequence[int], base: int) -> Block:
    text = " ".join(("", *words, ""))
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    marks = [0, *accumulate(len(word) + 1 for word in words)]
    parts, places, offset = [], [], 0
    rolled: Codes = codes * _MULTIPLIER
    for size in range(2, max(sizes) + 1):
        if len(codes) < size:
            break
        head = rolled[:-1]
        rolled = ((head ^ (head >> _ROUND)) * _PRIME + codes[size - 1 :]) * _MULTIPLIER
        if size in sizes:
            parts.append(rolled ^ np.uint32(size))
            places.append((offset, size))
            offset += len(rolled)
    if not parts:
        return Block(np.empty(0, np.int64), (), marks)
    hashed = np.concatenate(parts) * _MULTIPLIER >> _SHIFT
    return Block(hashed.astype(np.int64) + base, tuple(places), marks)


def _rows(
    lists: Sequence[Sequence[str]], marks: Sequence[int], base: int, apart: Sequence[int]
) -> Block:
    """Return the words of each list, alone and with the word that stands *apart* from them."""
    rows: list[str] = []
    sizes: list[Span] = []
    for kind, words in enumerate(lists):
        # Block.reach() counts letters between marks: one word is as a string of two letters.
        sizes.append((len(rows), 2))
        rows += [f"{kind} {word}" for word in words]
        for step in apart:
            sizes.append((len(rows), 2 + step))
            pairs = zip(words, words[step:], strict=False)
            rows += [f"{kind} {step} {first} {second}" for first, second in pairs]
    buckets = [base + (crc32(row.encode("utf-8", "replace")) & (SIZE - 1)) for row in rows]
    return Block(np.array(buckets, np.int64), tuple(sizes), marks)
