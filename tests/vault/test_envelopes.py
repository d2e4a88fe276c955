# SPDX-License-Identifier: AGPL-3.0-or-later
"""An age file is known from outside, whoever made it, and nothing else is taken for one."""

from __future__ import annotations

import subprocess
from contextlib import suppress

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vault.envelope import Outside, Unfit, look, recipient, sealed_words, wrapped_identity
from bot.vault.padding import pad
from bot.vault.seal import new_case, seal, seal_many
from tests.journey.counsellor import AGE

KEYS = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(5)]
BLOCK = 64 * 1024
WHOLE = seal(b"x" * 40, KEYS[0])


@pytest.mark.parametrize("size", [0, 1, 75, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
@pytest.mark.parametrize("readers", [1, 2, 5])
def test_how_many_open_it_and_how_much_is_in_it(size, readers):
    assert look(seal_many(bytes(size), KEYS[:readers])) == Outside(readers, size)


@pytest.mark.skipif(
    AGE is None, reason="NO age FOUND: only our own library's files were looked at"
)
def test_files_of_plain_age_are_known_too():
    to = [word for key in KEYS[:3] for word in ("-r", key)]
    made = subprocess.run([AGE, *to], input=b"words", capture_output=True, check=True).stdout
    assert look(made) == Outside(3, 5)


def test_a_case_made_here_is_wrapped_as_a_case_must_be():
    wrapped = new_case(KEYS[:3], KEYS[3]).wrapped
    assert wrapped_identity(wrapped, 4) == wrapped
    for readers in (3, 5):
        with pytest.raises(Unfit):
            wrapped_identity(wrapped, readers)


@given(
    st.binary(max_size=300) | st.binary(max_size=300).map(lambda b: b"age-encryption.org/v1\n" + b)
)
def test_any_bytes_are_refused_and_nothing_else_happens(blob):
    with pytest.raises(Unfit) as fault:
        look(blob)
    assert str(fault.value) == "unfit"


@given(st.data())
def test_a_file_cut_short_never_passes_for_the_whole(data):
    cut = WHOLE[: data.draw(st.integers(0, len(WHOLE) - 1))]
    with suppress(Unfit):
        assert look(cut).plain < 40


@pytest.mark.parametrize(
    "kind", [b"scrypt c2FsdA 18", b"ssh-ed25519 AAAA BBBB", b"X25519", b"piv-p256 A B"]
)
def test_stanzas_of_other_kinds_are_refused(kind):
    first, rest = seal(b"words", KEYS[0]).split(b"\n", 1)
    strange = b"\n".join((first, b"-> " + kind, b"A" * 43, rest))
    with pytest.raises(Unfit):
        look(strange)


def test_words_must_fill_their_class():
    blob = seal(b"words", KEYS[0])
    padded = pad(blob)
    assert sealed_words(padded, len(blob)) == padded
    for wrong, length in ((blob, len(blob)), (padded + bytes(512), len(blob)), (padded, 0)):
        with pytest.raises(Unfit):
            sealed_words(wrong, length)
    two = seal_many(b"words", KEYS[:2])
    with pytest.raises(Unfit):
        sealed_words(pad(two), len(two))


def test_a_recipient_is_one():
    assert recipient(KEYS[0]) == KEYS[0]
    for wrong in ("", "age1", KEYS[0][:-1], str(pyrage.x25519.Identity.generate()), "age1é"):
        with pytest.raises(Unfit):
            recipient(wrong)
