# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the page derives and seals is, byte for byte, what the server's side derives and opens."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from bot.vault import envelope, receipt
from bot.vault.padding import size_class, trim
from bot.vault.seal import seal
from bot.vault.unseal import open_case, recipient_of, unseal
from tests.vault.test_receipts import GAPS, PINNED_LOOKUP, PINNED_RECIPIENT, SCRIPTS, VOCABULARY
from web.build import NODE

WEB = Path(__file__).parents[2] / "web"
SCRIPT = Path(__file__).with_name("door_vectors.mjs")
SALT = b"0123456789abcdef"
PINNED = "1234567890123456789011"
WORDS = ["", "oui", "Il a écrit :\n\t« 3000 dh » 😢\n ", "غادي ينشرهم ليلة الجمعة", "x" * 65_536]
LENGTHS = [*range(1, 9000, 7), *(2**n + d for n in range(9, 17) for d in (-1, 0, 1))]


@pytest.fixture(scope="module")
def people():
    """Two counsellors, a recovery key, and somebody with a receipt of their own."""
    return [str(pyrage.x25519.Identity.generate()) for _ in range(4)]


@pytest.fixture(scope="module")
def asked(people):
    team = [recipient_of(one) for one in people[:3]]
    digits = [PINNED, *(receipt.new() for _ in range(3))]
    typed = [
        gap.join(script[int(digit)] for digit in one)
        for one in digits[1:]
        for script in SCRIPTS
        for gap in GAPS
    ]
    wrong = [str((int(one[0]) + 1) % 10) + one[1:] for one in digits] + [
        digits[1][:-1],
        "",
        "اثنان",
    ]
    answers = [base64.b64encode(seal(w.encode(), recipient_of(people[3]))).decode() for w in WORDS]
    return {
        "salt": base64.b64encode(SALT).decode(),
        "digits": digits,
        "typed": [*typed, *wrong],
        "good": len(typed),
        "make": 300,
        "team": [*team, team[0]],
        "words": WORDS,
        "vocabulary": VOCABULARY,
        "lengths": LENGTHS,
        "identity": people[3],
        "answers": [*answers, base64.b64encode(seal(b"another's", team[0])).decode(), "AAAA"],
    }


@pytest.fixture(scope="module")
def page(asked):
    """What the page's own sources make of it."""
    subprocess.run([sys.executable, WEB / "build.py"], check=True)
    done = subprocess.run(
        [NODE, SCRIPT],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def test_a_receipt_leads_to_the_same_token_and_identity(asked, page):
    for digits, made in zip(asked["digits"], page["roots"], strict=True):
        root = receipt.root(digits, SALT)
        assert made["identity"] == root.identity
        assert made["recipient"] == root.recipient
        assert receipt.stored(base64.b64decode(made["token"]), b"pepper") == root.lookup(b"pepper")


def test_the_pinned_receipt_leads_where_it_always_did(page):
    made = page["roots"][0]
    assert made["recipient"] == PINNED_RECIPIENT
    assert receipt.stored(base64.b64decode(made["token"]), b"pepper").hex() == PINNED_LOOKUP


def test_receipts_of_the_page_are_receipts(page):
    assert len(set(page["made"])) == 300
    assert all(receipt.find(made) == made for made in page["made"])
    assert page["checks"] == [True] * 300
    assert {digit for made in page["made"] for digit in made} == set("0123456789")
    for made, groups, beside in zip(page["made"], page["groups"], page["beside"], strict=True):
        assert " ".join(groups) == receipt.shown(made)
        assert tuple(beside) == receipt.words(made, VOCABULARY)


def test_a_typed_receipt_is_found_as_the_server_finds_it(asked, page):
    for typed, (digits, checks) in zip(asked["typed"], page["typed"], strict=True):
        found = receipt.find(typed)
        assert checks is (found is not None)
        assert found in {digits, None}
    assert [checks for _, checks in page["typed"][: asked["good"]]] == [True] * asked["good"]
    assert not any(checks for _, checks in page["typed"][asked["good"] :])


def test_size_classes_are_the_same(page):
    assert page["classes"] == [size_class(length) for length in LENGTHS]


def test_everybody_of_the_team_opens_the_case_and_nobody_else(people, page):
    wrapped = base64.b64decode(page["fresh"]["wrapped"])
    assert envelope.look(wrapped) == envelope.Outside(readers=3, plain=envelope.IDENTITY)
    for identity in people[:3]:
        assert recipient_of(open_case(wrapped, identity)) == page["fresh"]["recipient"]
        assert unseal(wrapped, identity).endswith(b"\n")
    with pytest.raises(Exception, match="unopenable"):
        open_case(wrapped, people[3])


def test_the_words_come_out_byte_for_byte(people, page):
    identity = open_case(base64.b64decode(page["fresh"]["wrapped"]), people[0])
    for words, made in zip(WORDS, page["sealed"], strict=True):
        padded = base64.b64decode(made["words"])
        assert len(padded) == size_class(made["length"])
        assert unseal(trim(padded, made["length"]), identity) == words.encode()
        if words:
            assert envelope.sealed_words(padded, made["length"]) == padded


def test_the_page_opens_what_was_sealed_to_its_receipt_and_nothing_else(page):
    assert page["opened"] == [*WORDS, None, None]
