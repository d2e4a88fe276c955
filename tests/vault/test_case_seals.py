# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case is opened by its counsellors and the recovery key, with plain age, and by nobody else."""

from __future__ import annotations

import pytest

from bot.vault import seal, unseal
from bot.vault.faults import BadKey

WORDS = "صاحبي القديم كيهددني باش ينشر تصاوري. Il veut 2000 dh avant demain.\r\n\0\u202e".encode()


@pytest.fixture
def case(counsellor, recovery):
    return seal.new_case([counsellor.recipient], recovery.recipient)


def test_plain_age_opens_case_then_words_byte_for_byte(case, counsellor, age, tmp_path):
    wrapped, words = tmp_path / "case.age", tmp_path / "words.age"
    wrapped.write_bytes(case.wrapped)
    sealed = seal.seal(WORDS, case.recipient)
    words.write_bytes(seal.trim(seal.pad(sealed), len(sealed)))
    key = age(wrapped, counsellor.identity)
    assert key.returncode == 0, key.stderr
    opened = age(words, key.stdout.decode().strip())
    assert opened.returncode == 0, opened.stderr
    assert opened.stdout == WORDS


def test_plain_age_opens_nothing_with_a_foreign_identity(case, stranger, age, tmp_path):
    for name, blob in (("case", case.wrapped), ("words", seal.seal(WORDS, case.recipient))):
        file = tmp_path / name
        file.write_bytes(blob)
        opened = age(file, stranger.identity)
        assert opened.returncode != 0
        assert opened.stdout == b""


@pytest.mark.parametrize("who", ["counsellor", "recovery"])
def test_everybody_named_opens_alone(who, case, request):
    reader = request.getfixturevalue(who)
    key = unseal.open_case(case.wrapped, reader.identity)
    assert unseal.recipient_of(key) == case.recipient
    assert unseal.unseal(seal.seal(WORDS, case.recipient), key) == WORDS


def test_nobody_else_opens(case, stranger, counsellor):
    with pytest.raises(unseal.Unopenable):
        unseal.open_case(case.wrapped, stranger.identity)
    with pytest.raises(unseal.Unopenable):  # a counsellor needs the case's own key
        unseal.unseal(seal.seal(WORDS, case.recipient), counsellor.identity)


def test_every_case_has_its_own_keys(counsellor, recovery):
    made = {seal.new_case([counsellor.recipient], recovery.recipient).recipient for _ in range(20)}
    assert len(made) == 20


def test_a_case_that_no_counsellor_could_open_is_refused(recovery):
    with pytest.raises(seal.NoTeam):
        seal.new_case([], recovery.recipient)


@pytest.mark.parametrize("bad", ["", "age1", "age1qqqq", "not a key", "AGE-SECRET-KEY-1QQQQ"])
def test_a_recipient_that_is_none_is_refused_without_being_quoted(bad, counsellor):
    with pytest.raises(BadKey) as raised:
        seal.new_case([counsellor.recipient, bad], counsellor.recipient)
    assert str(raised.value) == "recipient"


def test_a_case_wrapping_that_holds_something_else_is_unopenable(counsellor):
    with pytest.raises(unseal.Unopenable):
        unseal.open_case(seal.seal(b"\xff hello", counsellor.recipient), counsellor.identity)


def test_seal_many_opens_for_each_and_counts_nobody_twice(counsellor, stranger):
    twice = seal.seal_many(WORDS, [counsellor.recipient, stranger.recipient, counsellor.recipient])
    assert twice.count(b"-> X25519 ") == 2
    for reader in (counsellor, stranger):
        assert unseal.unseal(twice, reader.identity) == WORDS


def test_a_changed_byte_or_a_missing_end_opens_nothing(counsellor):
    blob = seal.seal(WORDS, counsellor.recipient)
    spoiled = [blob[:-1], blob[: len(blob) // 2], b"", blob + b"\0", seal.pad(blob)]
    spoiled += [blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :] for at in (30, -40, -1)]
    for each in spoiled:
        with pytest.raises(unseal.Unopenable):
            unseal.unseal(each, counsellor.identity)
