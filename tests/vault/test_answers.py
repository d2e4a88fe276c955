# SPDX-License-Identifier: AGPL-3.0-or-later
"""An answer reaches the visitor, the thread and the relay, each by a seal of its own."""

from __future__ import annotations

import json

import pytest

from bot.vault import receipt, seal, unseal
from bot.vault.answer import make_reply, read_reply
from bot.vault.faults import Unreadable
from bot.vault.service import ServiceKey

TEXT = "حنا معاك. On ne paie pas, on garde les preuves.".encode()
SALT = b"public, per site"


@pytest.fixture
def service():
    return ServiceKey(ServiceKey.make())


@pytest.fixture
def case(counsellor, recovery):
    return seal.new_case([counsellor.recipient], recovery.recipient)


def reply(case, service, visitor):
    return make_reply(
        TEXT,
        case_id="c7f",
        case_recipient=case.recipient,
        visitor_recipient=visitor,
        delivery_recipient=service.delivery,
    )


def test_each_seal_opens_for_its_reader_alone(case, counsellor, service):
    visitor = receipt.root(receipt.new(), SALT)
    got = read_reply(reply(case, service, visitor.recipient), service)
    assert got.case == "c7f"
    assert visitor.open(got.visitor) == TEXT
    key = unseal.open_case(case.wrapped, counsellor.identity)
    assert unseal.unseal(got.thread, key) == TEXT
    assert service.open_delivery(got.delivery) == TEXT
    for blob in (got.visitor, got.thread):
        with pytest.raises(Unreadable):
            service.open_delivery(blob)


def test_a_case_without_receipt_can_be_answered(case, service):
    got = read_reply(reply(case, service, None), service)
    assert got.visitor is None
    assert service.open_delivery(got.delivery) == TEXT


def test_nothing_of_an_answer_shows(case, service):
    blob = reply(case, service, None)
    got = read_reply(blob, service)
    assert TEXT not in blob
    assert "age-encryption" not in repr(got)
    assert repr(got) == "Reply(case='c7f')"


def test_a_reply_for_another_server_is_unreadable(case, service):
    with pytest.raises(Unreadable):
        read_reply(reply(case, service, None), ServiceKey(ServiceKey.make()))


@pytest.mark.parametrize(
    "parts",
    [
        [],
        "text",
        {},
        {"case": 7, "visitor": None, "thread": "", "text": ""},
        {"case": "c", "visitor": 7, "thread": "", "text": ""},
        {"case": "c", "visitor": None, "thread": "é", "text": ""},
        {"case": "c", "visitor": None, "thread": "a", "text": ""},
        {"case": "c", "visitor": None, "thread": ""},
    ],
)
def test_anything_else_in_the_envelope_is_unreadable(parts, service):
    with pytest.raises(Unreadable):
        read_reply(seal.seal(json.dumps(parts).encode(), service.delivery), service)


@pytest.mark.parametrize("inside", [b"", b"\xff\xfe", b"{", b"[" * 100_000])
def test_garbage_is_unreadable(inside, service):
    for blob in (inside, seal.seal(inside, service.delivery)):
        with pytest.raises(Unreadable):
            read_reply(blob, service)
