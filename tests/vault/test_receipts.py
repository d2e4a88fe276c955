# SPDX-License-Identifier: AGPL-3.0-or-later
"""A receipt is found however it is typed, and a wrong digit is told from no receipt at all."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vault import receipt
from bot.vault.faults import Unopenable
from bot.vault.seal import seal

PINNED_RECIPIENT = "age170ut37m07lxtkt3huj6dsqmgarevce88wy37v96e2r78tqrg3p4sq0zx3m"
PINNED_LOOKUP = "4eda80beb9e60afde83e2af89fd0114779901ef2925f4d5a6e8f4cb6f4bb469f"
SALT = b"public, per site"
SCRIPTS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"]
GAPS = [
    "",
    " ",
    "-",
    "\u00a0",
    "\u202f",
    " – ",
    "\n",
    "\u200f",
    "\u2066",
    ". ",
    "_",
    "\u0640-"[1:],
]
VOCABULARY = [f"kelma{chr(97 + n)}" for n in range(26)]


@st.composite
def receipts(draw):
    body = draw(st.integers(0, 10**20 - 1))
    return f"{body:020d}{98 - body * 100 % 97:02d}"


def test_new_receipts_check_and_differ():
    made = [receipt.new() for _ in range(300)]
    assert len(set(made)) == 300
    assert all(len(each) == 22 and int(each) % 97 == 1 for each in made)


@given(receipts(), st.data())
def test_found_in_any_digits_and_any_spacing(digits, data):
    typed = "".join(
        data.draw(st.sampled_from(SCRIPTS))[int(digit)] + data.draw(st.sampled_from(GAPS))
        for digit in digits
    )
    assert receipt.find(typed) == digits
    assert not receipt.looks_like(typed)


@given(
    receipts(), st.sampled_from(["رقمي هو {} شكرا", "mon reçu: {}", "{} svp", "3ndi had raqm {}"])
)
def test_found_among_words(digits, around):
    assert receipt.find(around.format(receipt.shown(digits))) == digits
    assert receipt.find(around.format(digits)) == digits


@given(receipts())
def test_found_with_its_words_beside_the_groups(digits):
    beside = zip(receipt.shown(digits).split(), receipt.words(digits, VOCABULARY), strict=True)
    assert receipt.find("\n".join(f"{group} {word}" for group, word in beside)) == digits


@given(receipts(), st.integers(0, 21), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(digits, at, by):
    wrong = digits[:at] + str((int(digits[at]) + by) % 10) + digits[at + 1 :]
    assert receipt.find(wrong) is None
    assert receipt.looks_like(wrong)
    assert receipt.looks_like("mon reçu " + receipt.shown(wrong))


@given(receipts(), st.integers(0, 20))
def test_two_swapped_digits_are_noticed(digits, at):
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    assert receipt.find(swapped) == (digits if swapped == digits else None)


@given(receipts(), st.integers(0, 21))
def test_a_lost_or_doubled_digit_is_noticed(digits, at):
    for wrong in (digits[:at] + digits[at + 1 :], digits[:at] + digits[at] + digits[at:]):
        assert receipt.find(wrong) is None
        assert receipt.looks_like(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "il demande 2000 dh avant le 12/05/2025 a 20h30",
        "عيط ليا من 0612345678 و عاود من 0698765432 و بغا 5000 درهم",
        "RIB 022 780 0001234567890123 45 67",
        "carte 4111 1111 1111 1111",
        "²³¹ ½ ⅷ",
    ],
)
def test_other_numbers_are_no_receipt(text):
    assert receipt.find(text) is None
    assert not receipt.looks_like(text)


@given(st.text(max_size=300))
def test_any_text_is_answered(text):
    found = receipt.find(text)
    assert found is None or len(found) == 22
    assert receipt.looks_like(text) in {True, False}


def test_a_hundred_thousand_digits_do_no_harm():
    for text in ("7" * 100_000, "7 " * 50_000, "1234 x " * 15_000):
        assert receipt.find(text) is None or text[1] == " "
        receipt.looks_like(text)


@given(receipts())
def test_shown_in_groups_with_a_word_for_each(digits):
    groups = receipt.shown(digits).split(" ")
    assert [len(group) for group in groups] == [4, 4, 4, 4, 4, 2]
    assert "".join(groups) == digits
    words = receipt.words(digits, VOCABULARY)
    assert len(words) == 6
    assert words == receipt.words(digits, VOCABULARY)


def test_a_receipt_opens_its_answers_in_any_process_and_no_other_does():
    digits, other = receipt.new(), receipt.new()
    root, again = receipt.root(digits, SALT), receipt.root(digits, SALT)
    assert again.open(seal(b"answer", root.recipient)) == b"answer"
    assert again.lookup(b"pepper") == root.lookup(b"pepper")
    assert asyncio.run(receipt.root_soon(digits, SALT)) == root
    wrong = receipt.root(other, SALT)
    with pytest.raises(Unopenable):
        wrong.open(seal(b"answer", root.recipient))
    assert wrong.lookup(b"pepper") != root.lookup(b"pepper")


def test_salt_pepper_and_use_all_count():
    root = receipt.root("0" * 22, SALT)
    assert root.lookup(b"one") != root.lookup(b"two")
    assert receipt.root("0" * 22, b"another salt....").recipient != root.recipient
    assert root.lookup(b"one").hex() not in root.identity.lower()


def test_the_derivation_is_pinned():
    """The door's browser derives the same: these bytes may never change."""
    root = receipt.root("1234567890123456789011", b"0123456789abcdef")
    assert root.recipient == PINNED_RECIPIENT
    assert root.lookup(b"pepper").hex() == PINNED_LOOKUP


_MANY = """
import resource, threading
from bot.vault import receipt
receipt.root("1" * 22, b"0123456789abcdef")
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
attempt = lambda: receipt.root("1" * 22, b"0123456789abcdef")
work = [threading.Thread(target=attempt) for _ in range(32)]
[thread.start() for thread in work]
[thread.join() for thread in work]
print(peak() - before)
"""


def test_thirty_two_attempts_cost_the_memory_of_one():
    done = subprocess.run(
        [sys.executable, "-c", _MANY], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(done.stdout) < 10 * 1024  # KiB more than the first one, which took 19 MiB
