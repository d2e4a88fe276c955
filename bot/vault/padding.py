# SPDX-License-Identifier: AGPL-3.0-or-later
"""Size classes: what lies on a disk says little about how much was written."""

from __future__ import annotations

import os
from typing import BinaryIO

STEP = 512  # bytes, up to 4 KiB
_PER_OCTAVE = 8  # classes between a size and its double, above: at most 12.5 % more
_BLOCK = 64 * 1024


def size_class(length: int) -> int:
    """Round a length in bytes up to its class; never 0."""
    length = max(length, 1)
    step = max(STEP, (1 << length.bit_length()) // (2 * _PER_OCTAVE))
    return -(-length // step) * step


def pad(ciphertext: bytes) -> bytes:
    """Append random bytes up to the size class.

    Random, because the end of an age file looks random too: zeros would show the true
    length. That length is the caller's to keep, encrypted; :func:`trim` needs it.
    """
    return ciphertext + os.urandom(size_class(len(ciphertext)) - len(ciphertext))


def trim(blob: bytes, length: int) -> bytes:
    """Give back the first ``length`` bytes: a plain age file again."""
    if not 0 <= length <= len(blob):
        raise ValueError("length")
    return blob[:length]


def pad_file(file: BinaryIO, length: int) -> None:
    """Append random bytes to an open file of ``length`` bytes, up to its size class."""
    missing = size_class(length) - length
    while missing:
        missing -= file.write(os.urandom(min(missing, _BLOCK)))


def trim_file(source: BinaryIO, length: int, target: BinaryIO) -> None:
    """Copy the first ``length`` bytes of a padded file; raise `EOFError` if there are fewer."""
    while length:
        block = source.read(min(length, _BLOCK))
        if not block:
            raise EOFError("length")
        target.write(block)
        length -= len(block)
