# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is held dies on its day, and not a day before."""

from __future__ import annotations

import pytest

from bot.fates import TRIES
from tests.service.house import picture
from tests.service.stories import HUMAN, MORE, THREAT, guided, lodged

pytestmark = pytest.mark.anyio
DAY = 24


@pytest.fixture
async def swept(house):
    """A house that sweeps every hour, as the running bot does."""
    await house.app.retention.schedule()
    await house.app.relay.drain()
    return house


async def test_a_silent_draft_and_its_contact_live_72_hours(swept):
    sara = swept.visitor()
    await guided(sara)
    await sara.sends(picture())
    await sara.presses("file_clean")
    await sara.sends(picture("held"))
    await swept.later(71)
    assert (swept.count("contact"), swept.count("cases"), swept.count("waiting")) == (1, 1, 1)
    await swept.later(2)
    assert (swept.count("contact"), swept.count("cases"), swept.count("waiting")) == (0, 0, 0)
    assert swept.count("entry") == 0
    await swept.later(2)
    assert swept.files() == []


async def test_whoever_writes_again_is_kept_from_then_on(swept):
    sara = swept.visitor()
    await guided(sara)
    await swept.later(60)
    await sara.says(MORE)
    await swept.later(60)
    assert swept.words("story") == [THREAT, MORE]
    await swept.later(14)
    assert swept.cases() == []


async def test_a_lodged_case_outlives_the_conversation_and_keeps_its_contact(swept):
    sara = swept.visitor()
    await lodged(sara)
    await sara.presses("noted")
    await swept.later(200)
    assert swept.case().stage == "filed"
    contact = swept.app.ledger.contact(sara.id)
    assert contact.case == swept.case().id
    assert contact.state["notes"] == {}
    await sara.says(MORE)
    assert MORE in [words.decode() for _, words in swept.sealed()]


async def test_whoever_returns_to_a_lodged_case_is_told_of_no_draft(swept):
    sara = swept.visitor()
    await lodged(sara)
    await swept.later(200)
    heard = "\n".join(await sara.says(THREAT))
    assert swept.text("talk.kept") not in heard
    assert swept.text("talk.kept", "ar") not in heard


async def test_a_closed_case_lives_90_days_and_nobody_is_linked_to_it(swept):
    sara = swept.visitor()
    digits = await lodged(sara)
    await sara.sends(picture())
    await sara.presses("file_clean")
    swept.closes()
    assert swept.app.ledger.contact(sara.id).case is None
    await swept.later(89 * DAY)
    assert swept.case().stage == "closed"
    assert swept.words("story") == [THREAT]
    await swept.later(2 * DAY)
    assert [swept.count(t) for t in ("cases", "entry", "answer", "contact")] == [0, 0, 0, 0]
    await swept.later(2)
    assert swept.files() == []
    other = swept.visitor()
    await other.says("Bonjour")
    assert swept.text("receipt.not_found") in "\n".join(await other.says(digits))


async def test_a_seen_id_lives_8_days(swept):
    await swept.visitor().says("Bonjour")
    await swept.later(8 * DAY - 2)
    assert swept.count("seen") == 1
    await swept.later(3)
    assert swept.count("seen") == 0


async def test_ids_of_sent_messages_live_47_hours(swept):
    sara = swept.visitor()
    await guided(sara)
    assert swept.count("sent") > 0
    await swept.later(45)
    assert swept.count("sent") > 0
    await swept.later(3)
    assert swept.count("sent") == 0
    await sara.says("sortie")
    assert swept.count("outbox") == 1  # the next sweep


async def test_an_address_in_a_row_nobody_can_deliver_does_not_live_for_ever(swept):
    sara, omar = swept.visitor(), swept.visitor()
    wrong = {"status": 400, "description": "Bad Request: BUTTON_DATA_INVALID"}
    swept.control.fault("sendMessage", "error", chat=sara.chat, **wrong)
    await sara.says("Bonjour")
    await guided(omar)
    swept.control.fault("deleteMessages", "html", times=TRIES, status=502)
    await omar.says("sortie")
    await swept.later(0.1)
    for _ in range(TRIES):
        await swept.later(0.2)
    parked = "select kind from outbox where parked is not null order by kind"
    assert swept.rows(parked) == [("say",), ("wipe",)]
    await swept.later(74)
    assert swept.rows("select kind from outbox") == [("retention",)]


async def test_an_alarm_is_not_swept_before_its_case(swept):
    sara = swept.visitor()
    await lodged(sara)
    await sara.says(HUMAN)
    await swept.later(100)
    before = len(swept.alarms_sent())
    await swept.later(1)
    assert len(swept.alarms_sent()) == before + 1
