# SPDX-License-Identifier: AGPL-3.0-or-later
"""What lies on the disk has one of few sizes, and gives back exactly what was sealed."""

from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vault.padding import STEP, pad, pad_file, size_class, trim, trim_file


@given(st.integers(0, 1 << 40))
def test_classes_waste_at_most_one_step_or_an_eighth(length):
    padded = size_class(length)
    assert padded >= length
    assert padded - length < max(STEP + 1, length / 8)
    assert padded % STEP == 0
    assert size_class(padded) == padded


@given(st.integers(0, 1 << 40), st.integers(0, 1 << 20))
def test_a_longer_text_never_has_a_smaller_class(length, more):
    assert size_class(length) <= size_class(length + more)


def test_classes_are_few():
    assert {size_class(n) for n in range(4097)} == set(range(512, 4097, 512))
    assert len({size_class(n) for n in range(4097, 8193)}) == 8
    assert len({size_class(n) for n in range(1 << 20, 1 << 21, 101)}) <= 9


@given(st.binary(max_size=9000))
def test_trim_gives_back_what_was_padded(blob):
    padded = pad(blob)
    assert len(padded) == size_class(len(blob))
    assert trim(padded, len(blob)) == blob


def test_the_padding_looks_random():
    filler = pad(b"x" * (1 << 20) + b"y")[(1 << 20) + 1 :]
    assert len(zlib.compress(filler)) > len(filler) * 0.99  # zeros would shrink to nothing


@pytest.mark.parametrize("length", [-1, 513])
def test_trim_refuses_a_length_that_cannot_be(length):
    with pytest.raises(ValueError, match="length"):
        trim(bytes(512), length)


@given(st.integers(1, 200_000))
def test_files_are_padded_and_trimmed_alike(length):
    padded, back = io.BytesIO(), io.BytesIO()
    padded.write(b"z" * length)
    pad_file(padded, length)
    assert len(padded.getvalue()) == size_class(length)
    padded.seek(0)
    trim_file(padded, length, back)
    assert back.getvalue() == b"z" * length


def test_a_file_shorter_than_its_length_is_noticed():
    with pytest.raises(EOFError):
        trim_file(io.BytesIO(b"short"), 6, io.BytesIO())
