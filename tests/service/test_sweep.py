# SPDX-License-Identifier: AGPL-3.0-or-later
"""A chat that empties itself: both sides' words, in time, and the truth about what stays."""

from __future__ import annotations

import pytest

from tests.service.house import HOUR
from tests.service.stories import HUMAN, THREAT, guided, lodged

pytestmark = pytest.mark.anyio
NO = {"status": 400, "description": "Bad Request: message can't be deleted"}


def shown(house, visitor):
    return house.control.shown(visitor.chat)


async def each_time(visitor):
    await guided(visitor)
    await visitor.says("au revoir")
    await visitor.presses("wipe")
    return await visitor.presses("wipe_each")


async def test_a_goodbye_offers_to_empty_the_chat_now(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says("au revoir")
    await sara.presses("wipe")
    heard = await sara.presses("wipe_now")
    assert heard == [house.text("leave.wiped")]
    assert len(shown(house, sara)) == 1
    assert house.words("story") == [THREAT]
    assert house.rows("select count(*) from outbox where kind = 'sweep'") == [(0,)]


async def test_it_is_offered_where_questions_stop(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says("stop")
    assert await sara.presses("wipe") == [house.text("leave.wipe_when")]


async def test_it_is_asked_once_after_a_complaint_is_lodged(house):
    sara = house.visitor()
    await lodged(sara)
    await sara.presses("noted")
    heard = await sara.presses("stop_questions")
    assert house.text("leave.wipe_after") in heard[-1]
    heard = await sara.presses("wipe_now")
    assert house.text("leave.wiped") in heard[0]
    assert len(shown(house, sara)) == len(heard)
    assert house.case().stage == "filed"


async def test_no_answer_is_a_no_and_it_is_not_asked_again(house):
    sara = house.visitor()
    await lodged(sara)
    await sara.presses("noted", "stop_questions")
    heard = await sara.says("je ne sais pas quoi répondre à cela")
    assert house.text("leave.wipe_after") not in heard[-1]
    state = house.app.ledger.contact(sara.id).state
    assert state["notes"]["sweep"] == "silent"


async def test_each_time_empties_the_chat_when_the_conversation_is_over(house):
    sara = house.visitor()
    heard = await each_time(sara)
    assert house.text("leave.wiped_each") in heard[-1]
    await sara.presses("menu")
    await sara.says("c'est un délit ?")
    assert len(shown(house, sara)) > 1
    await house.later(5)
    assert len(shown(house, sara)) > 1
    await house.later(1.1)
    assert shown(house, sara) == []
    assert house.count("sent") == 0
    assert house.words("story")[0] == THREAT


async def test_a_goodbye_ends_it_sooner(house):
    sara = house.visitor()
    await each_time(sara)
    await sara.presses("menu")
    await sara.says("au revoir")
    await house.later(0.2)
    assert shown(house, sara) == []


async def test_nothing_grows_older_than_telegram_lets_us_remove(house):
    sara = house.visitor()
    await each_time(sara)
    await sara.presses("menu")
    first = set(shown(house, sara))
    for _ in range(12):  # every four hours: the conversation is never over
        await house.later(4)
        await sara.says("il insiste encore chaque jour")
    assert house.clock() > 0
    assert first.isdisjoint(shown(house, sara))
    assert shown(house, sara)


async def test_the_row_survives_a_restart(house):
    sara = house.visitor()
    await each_time(sara)
    await sara.presses("menu")
    again = house.built()
    try:
        house.clock.now += 7 * HOUR
        await again.relay.drain()
    finally:
        again.close()
    assert shown(house, sara) == []


async def test_a_message_that_comes_between_two_conversations_goes_too(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says(HUMAN)
    await sara.presses("ping_now")
    await sara.presses("menu")
    await sara.says("au revoir")
    await sara.presses("wipe")
    await sara.presses("wipe_each")
    await house.later(7)
    house.takes()
    await house.later(0)
    assert sara.heard()[-1] == house.text("human.ping")
    await house.later(45)
    assert len(shown(house, sara)) == 1
    await house.later(2)
    assert shown(house, sara) == []


async def test_whoever_changes_their_mind_keeps_the_chat(house):
    sara = house.visitor()
    await each_time(sara)
    await sara.presses("menu")
    await sara.says("au revoir")
    await sara.presses("wipe")
    heard = await sara.presses("wipe_off")
    assert house.text("leave.wipe_stopped") in heard[0]
    await house.later(48)
    assert shown(house, sara)


async def test_what_telegram_would_not_remove_is_said(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says("au revoir")
    await sara.presses("wipe")
    house.control.fault("deleteMessages", "error", **NO)
    house.control.fault("deleteMessage", "error", **NO)
    heard = await sara.presses("wipe_now")
    assert heard == [house.text("leave.wiped"), house.text("leave.not_wiped")]


async def test_after_erasing_too(house):
    sara = house.visitor()
    await guided(sara)
    house.control.fault("deleteMessages", "error", **NO)
    house.control.fault("deleteMessage", "error", **NO)
    heard = await sara.presses("erase", "erase_yes")
    assert heard[-1] == house.text("leave.not_wiped")
    assert house.count("outbox") == 0


async def test_never_after_a_quick_exit(house):
    sara = house.visitor()
    await guided(sara)
    house.control.fault("deleteMessages", "error", **NO)
    house.control.fault("deleteMessage", "error", times=9, **NO)
    assert await sara.says("sortie") == [house.text("leave.neutral")]


async def test_the_last_screen_says_that_older_messages_stay(house):
    sara = house.visitor()
    await guided(sara)
    heard = await sara.presses("erase", "erase_yes")
    assert house.text("leave.erased_telegram", until="x").rpartition("\n")[2] in heard[-1]


async def test_erasing_forgets_the_wish_as_well(house):
    sara = house.visitor()
    await each_time(sara)
    await sara.presses("menu", "erase", "erase_yes")
    assert house.rows("select kind from outbox") == []
