# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text as numbers: hashed n-grams of letters and words, of the words as typed and of their bones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from nlu.skeleton import skeleton

Ints = NDArray[np.int64]
Codes = NDArray[np.uint32]

BITS: Final = 18  # buckets of one block; few n-grams of a small corpus then share one
SIZE: Final = 1 << BITS
LETTERS: Final = (2, 3, 4, 5)
BONES: Final = (2, 3, 4)
BLOCKS: Final = 3  # letters, bones, words

_MULTIPLIER: Final = np.uint32(2654435761)
_MASK: Final = np.uint32(SIZE - 1)
_SHIFT: Final = np.uint32(32 - BITS)


@dataclass(frozen=True, slots=True)
class Counted:
    """The buckets of several texts: those of text *i* lie between two neighbouring *starts*."""

    buckets: Ints
    starts: Ints


def count(texts: Sequence[str]) -> tuple[Counted, ...]:
    """
    Return one :class:`Counted` per block for *texts* in normal form.

    Buckets of block *b* lie in ``[b * SIZE, (b + 1) * SIZE)``; a bucket may come twice.
    """
    bones = [skeleton(text) for text in texts]
    return (
        _grams([f" {text} " for text in texts], LETTERS, 0),
        _grams([f" {text} " for text in bones], BONES, 1),
        _words(texts, bones),
    )


def _grams(texts: Sequence[str], sizes: Sequence[int], block: int) -> Counted:
    # All texts are hashed as one array; an n-gram that would cross into the next is dropped.
    joined = "".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)
    ends = np.cumsum([len(text) for text in texts])
    owner = np.repeat(np.arange(len(texts)), np.diff(ends, prepend=0))
    rolled = codes * _MULTIPLIER
    hashes, owners = [], []
    for size in range(2, max(sizes) + 1):
        if len(codes) < size:
            break
        rolled = _roll(rolled[: len(codes) - size + 1], codes[size - 1 :])
        if size in sizes:
            inside = owner[: len(rolled)] == owner[size - 1 :]
            hashes.append((rolled ^ np.uint32(size))[inside])
            owners.append(owner[: len(rolled)][inside])
    return _sorted(hashes, owners, len(texts), block)


def _roll(rolled: Codes, added: Codes) -> Codes:
    mixed: Codes = (rolled ^ (rolled >> np.uint32(15))) * np.uint32(31) + added
    return mixed * _MULTIPLIER


def _sorted(hashes: list[Codes], owners: list[Ints], texts: int, block: int) -> Counted:
    if not hashes:
        return Counted(np.empty(0, np.int64), np.zeros(texts + 1, np.int64))
    buckets = (np.concatenate(hashes) * _MULTIPLIER >> _SHIFT).astype(np.int64) + block * SIZE
    owner = np.concatenate(owners)
    if texts > 1:
        order = np.argsort(owner, kind="stable")
        buckets, owner = buckets[order], owner[order]
    return Counted(buckets, np.searchsorted(owner, np.arange(texts + 1)))


def _words(texts: Sequence[str], bones: Sequence[str]) -> Counted:
    buckets: list[int] = []
    starts = [0]
    for text, bare in zip(texts, bones, strict=True):
        for mark, words in (("w", text.split()), ("b", bare.split())):
            buckets += [_bucket(f"{mark} {word}") for word in words]
            pairs = zip(words, words[1:], strict=False)
            buckets += [_bucket(f"{mark} {first} {second}") for first, second in pairs]
        starts.append(len(buckets))
    return Counted(np.array(buckets, np.int64), np.array(starts, np.int64))


def _bucket(feature: str) -> int:
    return (crc32(feature.encode("utf-8", "replace")) & (SIZE - 1)) + (BLOCKS - 1) * SIZE
