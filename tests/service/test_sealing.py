# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who can open what, and when: the server alone, a counsellor alone, whoever has the receipt."""

from __future__ import annotations

import pyrage
import pytest

from bot.vault import receipt
from bot.vault.faults import Unreadable
from bot.vault.service import ServiceKey
from bot.vault.unseal import Unopenable, open_case, unseal
from tests.service.stories import HUMAN, MORE, THREAT, guided, lodged

pytestmark = pytest.mark.anyio
ANSWER = "Bonjour, nous avons lu. Appelez quand vous voulez."


async def test_a_draft_opens_with_both_keys_and_with_neither_alone(house):
    await guided(house.visitor())
    case, ledger = house.case(), house.app.ledger
    for identity in (house.counsellor, house.recovery):
        with pytest.raises(Unopenable):
            open_case(case.wrapped, identity)
    inner = ledger.unwrap_draft(case)
    with pytest.raises(Unreadable):
        ledger.key.open_delivery(inner)
    with pytest.raises(Unreadable):
        ServiceKey(ServiceKey.make()).open(
            case.wrapped, table="cases", column="wrapped", row=case.id
        )
    assert open_case(inner, house.counsellor)
    with pytest.raises(Unopenable):
        open_case(inner, str(pyrage.x25519.Identity.generate()))


async def test_a_lodged_case_opens_with_a_counsellors_key_alone_or_the_recovery_key(house):
    await lodged(house.visitor())
    case = house.case()
    for identity in (house.counsellor, house.recovery):
        assert open_case(case.wrapped, identity)
    with pytest.raises(Unopenable):
        open_case(case.wrapped, str(pyrage.x25519.Identity.generate()))


async def test_an_alarm_opens_the_draft_and_its_recall_closes_it(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says(HUMAN)
    assert open_case(house.case().wrapped, house.counsellor)
    await sara.presses("recall")
    with pytest.raises(Unopenable):
        open_case(house.case().wrapped, house.counsellor)
    assert THREAT in house.words("story")


async def test_the_way_from_a_contact_to_its_case_is_one_sealed_cell(house):
    sara = house.visitor()
    await lodged(sara)
    case, key = house.case(), house.key
    [(link,)] = house.rows("select link from contact")
    assert case.id.encode() not in link
    assert key.open(link, table="contact", column="link", row=sara.id) == f'"{case.id}"'.encode()
    with pytest.raises(Unreadable):
        key.open(link, table="contact", column="link", row="0" * 64)
    with pytest.raises(Unreadable):
        key.open(link, table="contact", column="state", row=sara.id)
    for table in ("outbox", "sent", "waiting", "seen"):
        for row in house.rows(f"select * from {table}"):
            assert not {sara.id, case.id} <= set(map(str, row))


async def test_an_answer_to_somebody_who_is_there_is_told_once_and_protected(house):
    sara = house.visitor()
    await lodged(sara)
    assert house.answers(ANSWER) == "told"
    [heard] = await sara.answer()
    assert ANSWER in heard
    [call] = [c for c in house.control.calls("sendMessage") if ANSWER in c["text"]]
    assert call["protect_content"] is True
    [(visitor, delivery, read)] = house.rows("select visitor, delivery, read from answer")
    assert visitor
    assert delivery is None
    assert read is not None
    assert ANSWER.encode() in [words for kind, words in house.sealed() if kind == "answer"]


async def test_an_answer_to_somebody_who_left_waits_behind_a_neutral_line(house):
    sara = house.visitor()
    await lodged(sara)
    await sara.presses("noted")
    await sara.says(HUMAN)
    await sara.presses("ping_now")
    await house.later(5)
    assert house.answers(ANSWER) == "now"
    [ping] = await sara.answer()
    assert ping == house.text("human.ping")
    heard = "\n".join(await sara.presses("read"))
    assert ANSWER in heard
    assert house.rows("select delivery from answer") == [(None,)]


async def test_without_a_yes_there_is_silence(house):
    sara = house.visitor()
    await lodged(sara)
    await house.later(5)
    assert house.answers(ANSWER) == "silence"
    assert await sara.answer() == []


async def test_an_answer_to_nobody_opens_by_receipt_in_that_turn_only(house):
    sara = house.visitor()
    digits = await lodged(sara)
    await sara.presses("erase", "erase_yes")
    assert house.answers(ANSWER) == "nobody"
    assert house.rows("select delivery from answer") == [(None,)]
    other = house.visitor()
    await other.says("Bonjour")
    found = await other.says(receipt.shown(digits))
    assert house.text("receipt.answers_new") in "\n".join(found)
    assert ANSWER not in "\n".join(found)
    assert ANSWER in "\n".join(await other.presses("read"))
    assert house.rows("select delivery from answer") == [(None,)]
    again = await other.says(digits)
    assert house.text("receipt.answers_new") in "\n".join(again)


async def test_a_wrong_receipt_opens_nothing_and_a_slip_is_named(house):
    digits = await lodged(house.visitor())
    house.answers(ANSWER)
    other = house.visitor()
    await other.says("Bonjour")
    heard = await other.says(receipt.new())
    assert house.text("receipt.not_found") in "\n".join(heard)
    wrong = digits[:7] + str((int(digits[7]) + 1) % 10) + digits[8:]
    assert house.text("receipt.mistyped") in "\n".join(await other.says(wrong))
    assert house.app.ledger.contact(other.id).case is None
    assert house.rows("select count(*) from outbox where kind = 'answer'") == [(0,)]


async def test_the_receipt_opens_the_visitors_seal_and_the_row_does_not_name_it(house):
    digits = await lodged(house.visitor())
    house.answers(ANSWER)
    root = receipt.root(digits, house.app.runtime.salt)
    [(blob,)] = house.rows("select visitor from answer")
    assert root.open(blob) == ANSWER.encode()
    assert house.case().visitor == root.recipient
    [(lookup,)] = house.rows("select lookup from cases")
    assert lookup == root.lookup(house.key.pepper)
    everywhere = b"".join(p.read_bytes() for p in house.data.rglob("*") if p.is_file())
    for trace in (digits.encode(), receipt.shown(digits).encode(), root.identity.encode()):
        assert trace not in everywhere


async def test_what_is_added_by_receipt_lies_in_the_same_case(house):
    digits = await lodged(house.visitor())
    other = house.visitor()
    await other.says("Bonjour")
    await other.says(digits)
    await other.presses("add")
    await other.says(MORE)
    assert house.case().stage == "filed"
    assert house.words("message") == [MORE]


async def test_the_same_words_are_sealed_differently_and_in_classes_of_size(house):
    sara, omar = house.visitor(), house.visitor()
    for visitor in (sara, omar):
        await visitor.says(THREAT)
    blobs = [blob for (blob,) in house.rows("select blob from entry")]
    assert len(set(blobs)) == 2
    assert len({len(blob) for blob in blobs}) == 1
    assert len(blobs[0]) % 512 == 0
    with pytest.raises(Unopenable):
        unseal(blobs[0], house.counsellor)
