# SPDX-License-Identifier: AGPL-3.0-or-later
"""The service key reads its own cells, in their own place, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.vault.faults import BadKey, Unreadable
from bot.vault.seal import seal
from bot.vault.service import ServiceKey

OLD, NEW = ServiceKey.make(), ServiceKey.make()
KEY = ServiceKey(NEW)
PLACE = st.tuples(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))


def put(key, data, place):
    table, column, row = place
    return key.seal(data, table=table, column=column, row=row)


def get(key, blob, place):
    table, column, row = place
    return key.open(blob, table=table, column=column, row=row)


@given(st.binary(max_size=2000), PLACE)
def test_a_cell_opens_where_it_was_sealed(data, place):
    assert get(KEY, put(KEY, data, place), place) == data


@given(PLACE, PLACE)
def test_a_cell_moved_elsewhere_is_unreadable(place, other):
    assume(place != other)
    with pytest.raises(Unreadable):
        get(KEY, put(KEY, b"words", place), other)


def test_letters_moved_between_table_column_and_row_change_the_place():
    blob = put(KEY, b"words", ("ab", "c", "d"))
    for other in [("a", "bc", "d"), ("ab", "cd", ""), ("abc", "", "d"), ("", "ab", "cd")]:
        with pytest.raises(Unreadable):
            get(KEY, blob, other)


@given(st.binary(max_size=60), st.data())
def test_a_changed_bit_is_unreadable(data, draw):
    blob = bytearray(put(KEY, data, ("t", "c", "r")))
    blob[draw.draw(st.integers(0, len(blob) - 1))] ^= 1 << draw.draw(st.integers(0, 7))
    with pytest.raises(Unreadable):
        get(KEY, bytes(blob), ("t", "c", "r"))


@pytest.mark.parametrize("blob", [b"", b"\1", b"\1" * 29, b"\1" * 30, b"\7" * 60])
def test_anything_else_is_unreadable(blob):
    with pytest.raises(Unreadable):
        get(KEY, blob, ("t", "c", "r"))


def test_the_same_words_are_never_sealed_alike():
    assert len({put(KEY, b"same", ("t", "c", "r")) for _ in range(100)}) == 100


def test_another_key_reads_nothing():
    place = ("t", "c", "r")
    with pytest.raises(Unreadable):
        get(ServiceKey(OLD), put(KEY, b"words", place), place)
    with pytest.raises(Unreadable):
        ServiceKey(OLD).open_delivery(seal(b"words", KEY.delivery))


def test_after_rotation_old_rows_open_and_new_rows_are_new():
    before, after = ServiceKey(OLD), ServiceKey(NEW, previous=(OLD,))
    place = ("contacts", "address", "7")
    old = put(before, b"words", place)
    assert get(after, old, place) == b"words"
    assert (after.version, ServiceKey.version_of(old)) == (2, 1)
    assert ServiceKey.version_of(put(after, b"words", place)) == 2
    assert after.former_contacts("telegram:1") == (before.contact("telegram:1"),)
    assert after.contact("telegram:1") != before.contact("telegram:1")
    assert after.peppers == (after.pepper, before.pepper)
    assert after.open_delivery(seal(b"answer", before.delivery)) == b"answer"
    with pytest.raises(Unreadable):
        get(ServiceKey(NEW, numbers=(2,)), old, place)


def test_a_version_byte_cannot_be_turned_to_another_key():
    both = ServiceKey(NEW, previous=(OLD,))
    blob = put(both, b"words", ("t", "c", "r"))
    with pytest.raises(Unreadable):
        get(both, b"\1" + blob[1:], ("t", "c", "r"))


def test_names_are_stable_distinct_and_say_nothing():
    assert KEY.contact("telegram:2125") == ServiceKey(NEW).contact("telegram:2125")
    names = {KEY.contact("telegram:2125"), KEY.contact("web:2125"), KEY.seen("telegram:2125")}
    assert len(names) == 3
    assert all(len(bytes.fromhex(name)) == 32 for name in names)


def test_every_use_has_a_key_of_its_own():
    assert KEY.pepper != ServiceKey(OLD).pepper
    assert NEW not in {KEY.pepper, bytes.fromhex(KEY.contact(""))}
    assert KEY.delivery.startswith("age1")
    assert KEY.open_delivery(seal(b"answer", KEY.delivery)) == b"answer"


@given(st.binary(min_size=32, max_size=32), st.integers(1, 255))
def test_the_written_form_reads_back(key, number):
    read = ServiceKey.read(f"# for the safe\n\n{ServiceKey.spell(key, number)}\n")
    assert read.version == number
    assert read.contact("web:a") == ServiceKey(key).contact("web:a")


def test_a_file_of_several_keys_is_a_rotation():
    text = f"{ServiceKey.spell(NEW, 2)}\n{ServiceKey.spell(OLD, 1).lower()}\n"
    place = ("t", "c", "r")
    assert get(ServiceKey.read(text), put(ServiceKey(OLD), b"words", place), place) == b"words"


def test_a_mistyped_key_is_refused_and_not_quoted():
    text = ServiceKey.spell(NEW)
    wrong = text[:30] + ("Q" if text[30] != "Q" else "P") + text[31:]
    twice = f"{text}\n{ServiceKey.spell(OLD)}"  # two keys cannot share a number
    for each in ("", "# nothing", "hello", wrong, text[:-1], twice):
        with pytest.raises(BadKey) as raised:
            ServiceKey.read(each)
        assert len(str(raised.value)) < 20


@pytest.mark.parametrize("key", [b"", b"short", bytes(31), bytes(33)])
def test_a_key_has_32_bytes(key):
    with pytest.raises(BadKey):
        ServiceKey(key)
    with pytest.raises(BadKey):
        ServiceKey.spell(key)
