# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Telegram refuses is tried again at its pace, given up when it must be, never doubled."""

from __future__ import annotations

import pytest

from bot.fates import TRIES
from tests.service.house import HOUR
from tests.service.stories import HUMAN, MORE, THREAT, guided, lodged

pytestmark = pytest.mark.anyio
SECOND = 1 / HOUR


async def test_telegrams_own_delay_is_kept_and_the_order_too(house):
    sara = house.visitor()
    house.control.fault("sendMessage", "error", status=429, retry_after=30, chat=sara.chat)
    sara.writes("Bonjour")
    sara.writes(THREAT)
    assert await sara.answer() == []
    await house.later(29 * SECOND)
    assert sara.heard() == []
    await house.later(2 * SECOND)
    heard = sara.heard()
    assert house.text("talk.hello") in heard[0]
    assert house.text("talk.safe") in heard[-1]
    assert len(house.control.calls("sendMessage")) == len(heard)


async def test_one_persons_delay_is_nobody_elses(house):
    sara, omar = house.visitor(), house.visitor()
    house.control.fault("sendMessage", "error", status=429, retry_after=300, chat=sara.chat)
    sara.writes(THREAT)
    assert await omar.says(THREAT)
    assert sara.heard() == []


FAILURES = [
    ("error", {"status": 500}, 1),
    ("html", {"status": 502}, 1),
    ("null", {"status": 503}, 1),
    ("odd", {"body": {"ok": True, "result": None}}, 1),
    ("cut", {}, 1),
    ("lost", {}, 2),  # it had arrived: a bubble twice is better than none
]


async def test_a_failure_is_tried_again_until_it_arrives(house):
    for kind, detail, copies in FAILURES:
        sara = house.visitor()
        house.control.fault("sendMessage", kind, chat=sara.chat, **detail)
        sara.writes("Bonjour")
        await house.settled()
        await house.later(10 * SECOND)
        heard = sara.heard()
        assert heard.count(heard[0]) == copies, kind
        assert house.text("talk.what") in heard[-1]
        assert house.count("outbox") == 0


async def test_a_refused_bubble_is_parked_with_its_reason_and_releases_the_next(house):
    sara = house.visitor()
    wrong = {"status": 400, "description": "Bad Request: message is too long"}
    house.control.fault("sendMessage", "error", chat=sara.chat, **wrong)
    heard = await sara.says(THREAT)
    assert house.text("talk.safe") in heard[-1]
    assert house.rows("select kind, parked from outbox") == [("say", "too_long")]
    assert await sara.presses("safe_yes") == [house.text("talk.age")]


async def test_after_many_tries_a_person_must_look_and_the_next_bubble_goes(house):
    sara = house.visitor()
    house.control.fault("sendMessage", "html", times=TRIES, status=502, chat=sara.chat)
    await sara.says(THREAT)
    for _ in range(TRIES):
        await house.later(0.2)
    assert house.text("talk.safe") in sara.heard()[-1]
    assert house.rows("select parked from outbox where parked is not null") == [("platform",)]


async def test_nothing_more_is_sent_to_somebody_who_is_gone_and_their_case_stays(house):
    sara = house.visitor()
    await lodged(sara)
    sara._sent(sara.person.blocks())
    await house.settled()
    before = len(house.control.calls("sendMessage"))
    house.takes()
    house.answers("Bonjour, nous sommes là.")
    await house.later(1)
    refused = [one for one in house.control.refused() if one["method"].lower() == "sendmessage"]
    assert len(refused) <= 1  # whoever unblocks hears us again, so one try is fair
    assert len(house.control.calls("sendMessage")) == before
    assert house.case().stage == "filed"
    assert house.words("story") == [THREAT]
    assert house.rows("select count(*) from outbox where kind in ('say', 'answer')") == [(0,)]


async def test_a_403_is_believed_at_once(house):
    sara = house.visitor()
    gone = {"status": 403, "description": "Forbidden: bot was blocked by the user"}
    house.control.fault("sendMessage", "error", chat=sara.chat, **gone)
    assert await sara.says(THREAT) == []
    assert house.count("outbox") == 0
    assert house.words("story") == [THREAT]
    assert await sara.says(MORE)  # back again, and heard


async def test_a_proxys_403_page_makes_us_forget_nobody(house):
    sara = house.visitor()
    house.control.fault("sendMessage", "html", status=403, chat=sara.chat)
    await sara.says("Bonjour")
    await house.later(10 * SECOND)
    assert sara.heard()


async def test_alarms_of_somebody_who_is_gone_go_on(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says(HUMAN)
    sara._sent(sara.person.blocks())
    await house.settled()
    before = len(house.alarms_sent())
    await house.later(0.25)
    assert len(house.alarms_sent()) == before + 1
