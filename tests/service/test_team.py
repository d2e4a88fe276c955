# SPDX-License-Identifier: AGPL-3.0-or-later
"""The counsellors' group: a room for each case, a button that takes it, a new address."""

from __future__ import annotations

import asyncio

import pytest

from bot.centre import Target
from bot.channels import Address
from tests.service.house import HOUR, RING, TEAM
from tests.service.stories import HUMAN, THREAT, guided, lodged

pytestmark = pytest.mark.anyio
MINUTES = 1 / 60
NEW_HOME = -1009000000088
OLD_HOME = -77


@pytest.fixture
def forum(house):
    house.control.forum(TEAM)
    return house


async def called(house, *, ping="ping_now"):
    """Somebody asked for a human; gives them and the case."""
    sara = house.visitor()
    await guided(sara)
    await sara.says(HUMAN)
    await sara.presses(ping)
    return sara, house.case()


def button(bubble):
    [[pressed]] = bubble["reply_markup"]["inline_keyboard"]
    return pressed["callback_data"]


async def test_a_case_has_a_room_of_its_own_that_says_nothing(forum):
    _, case = await called(forum)
    [topic] = forum.control.calls("createForumTopic")
    assert (int(topic["chat_id"]), topic["name"]) == (TEAM, case.id)
    [bubble] = forum.team()
    assert bubble["message_thread_id"] in forum.control.topics(TEAM)
    assert bubble["text"] == forum.app.delivery.alarm("normal", case.id)
    assert THREAT not in str(forum.control.journal()[-1])


async def test_every_alarm_of_a_case_rings_in_the_same_room(forum):
    await called(forum)
    await forum.later(11 * MINUTES)
    assert len(forum.control.calls("createForumTopic")) == 1
    assert len({bubble["message_thread_id"] for bubble in forum.team()}) == 1
    assert len(forum.team()) == 2


@pytest.mark.parametrize("fault", [
    {"kind": "error", "status": 400, "description": "Bad Request: not enough rights"},
    {"kind": "html", "status": 502},
    {"kind": "cut"},
])  # fmt: skip
async def test_without_a_room_the_alarm_rings_all_the_same(forum, fault):
    forum.control.fault("createForumTopic", **fault)
    await called(forum)
    assert [bubble.get("message_thread_id") for bubble in forum.team()] == [None]


async def test_a_room_that_was_removed_is_done_without(forum):
    await called(forum)
    [topic] = forum.control.topics(TEAM)
    forum.control.deletes_topic(TEAM, topic)
    await forum.later(11 * MINUTES)
    assert [bubble.get("message_thread_id") for bubble in forum.team()] == [topic, None]


async def test_the_room_closes_with_the_case_and_not_before(forum):
    _, case = await called(forum)
    forum.takes(case)
    await forum.later(0)
    assert list(forum.control.topics(TEAM).values()) == [True]
    forum.closes(case)
    await forum.later(0)
    assert list(forum.control.topics(TEAM).values()) == [False]
    assert forum.count("room") == 0


async def test_a_room_closes_when_the_person_withdraws(forum):
    sara = forum.visitor()
    await lodged(sara)
    await sara.presses("erase", "erase_both")
    assert list(forum.control.topics(TEAM).values()) == [False]
    [bubble] = forum.team()
    assert "reply_markup" not in bubble
    assert forum.text("human.alarm_over", case="x").partition("x")[0] in bubble["text"]


async def test_somebody_in_the_group_takes_the_case(either):
    sara, case = await called(either)
    [bubble] = either.team()
    either.pressed(button(bubble))
    heard = await sara.answer()
    assert either.case().taken == int(either.clock())
    assert either.text("human.ping") in heard
    [shown] = either.team()
    assert "reply_markup" not in shown
    assert case.id in shown["text"]
    assert either.text("human.alarm_taken", case="x", time="").partition("x")[0] in shown["text"]
    await either.later(1)
    assert len(either.alarms_sent()) == 1


def kept(house):
    """The whole of what a taken case leaves behind, but for random numbers."""
    house_rows = {
        "cases": house.rows("select stage, open, alarm, taken from cases"),
        "outbox": house.rows("select kind, channel, due, danger from outbox order by kind, due"),
        "entry": house.rows("select kind from entry order by id"),
    }
    contact = house.rows("select allow, tips, touched, version from contact")
    return {**house_rows, "contact": contact}


async def test_the_button_does_what_the_command_does(idle):
    left = []
    for by_button in (True, False):
        house = idle(alarms=(RING,))
        house.control.reset()
        house.control.group(TEAM)
        house.clock.now = 1_790_000_000.0
        async with house.receiving():
            _, case = await called(house)
            if by_button:
                house.pressed(f"take:{case.id}")
                await house.taken()
            else:
                house.takes(case)
            left.append(kept(house))
            house.sent = 0
    assert left[0] == left[1]


async def test_taking_twice_and_delivering_twice_change_nothing(house):
    sara, case = await called(house)
    house.control.double()
    house.pressed(f"take:{case.id}")
    await sara.answer()
    first = house.case().taken
    house.clock.now += HOUR
    house.pressed(f"take:{case.id}")
    assert await sara.answer() == []
    assert house.case().taken == first


@pytest.mark.parametrize("option", ["take:", "take:NOSUCHCASE", "take:' or 1=1 --"])
async def test_a_case_that_nobody_knows_is_not_taken(house, option):
    sara, _ = await called(house)
    house.pressed(option)
    assert await sara.answer() == []
    assert house.case().taken is None


async def test_a_press_anywhere_else_does_nothing(house):
    sara, case = await called(house)
    house.control.group(-1009000000099)
    house.pressed(f"take:{case.id}", chat=-1009000000099)
    house.pressed(f"take:{case.id}", chat=sara.chat)
    assert await sara.answer() == []
    assert house.case().taken is None
    assert house.count("contact") == 1


async def test_who_pressed_is_kept_nowhere(house):
    sara, case = await called(house)
    house.pressed(f"take:{case.id}")
    await sara.answer()
    kinds = [kind for kind, _ in house.sealed()]
    assert "taken" not in kinds
    assert house.count("contact") == 1


async def test_a_case_taken_while_its_alarm_was_on_its_way_leaves_no_button(house):
    sara, case = await called(house)
    house.telegram.hold(TEAM)
    house.clock.now += 11 * MINUTES * HOUR
    ringing = asyncio.create_task(house.app.relay.drain())
    await house.telegram.there.wait()
    house.takes(case)
    house.telegram.go.set()
    await ringing
    assert len(house.team()) == 2
    for bubble in house.team():
        assert "reply_markup" not in bubble
        assert "pris" in bubble["text"]
    assert sara.heard()


async def test_a_call_that_is_taken_back_leaves_no_button(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says(HUMAN)
    await sara.presses("recall")
    [bubble] = house.team()
    assert "reply_markup" not in bubble


async def test_a_call_that_died_with_its_draft_leaves_no_button(forum):
    sara = forum.visitor()
    await sara.says(THREAT)
    await sara.says(HUMAN)
    assert "reply_markup" in forum.team()[-1]
    await forum.app.retention.schedule()
    for _ in range(4):
        await forum.later(24)
    assert forum.cases() == []
    assert "reply_markup" not in forum.team()[-1]
    assert list(forum.control.topics(TEAM).values()) == [False]
    assert forum.count("room") == 0


async def test_a_group_that_becomes_a_supergroup_is_followed(opened):
    house = await opened(alarms=(Target("telegram", str(OLD_HOME)),))
    house.control.group(OLD_HOME, "group")
    house.telegram.stay(str(OLD_HOME))
    house.control.migrates(OLD_HOME, NEW_HOME)
    house.sent += 2
    _, case = await called(house)
    [bubble] = house.team(NEW_HOME)
    assert case.id in bubble["text"]
    assert house.control.calls("leaveChat") == []
    house.pressed(button(bubble), chat=NEW_HOME)
    await house.settled()
    assert house.case().taken is not None


async def test_a_group_that_moved_unseen_is_followed_by_the_refusal(opened):
    house = await opened(alarms=(Target("telegram", str(OLD_HOME)),))
    house.control.group(OLD_HOME, "group")
    house.control.act("migrates", chat=OLD_HOME, to=NEW_HOME)
    house.sent += 2
    house.app.store.write_now(lambda run: run.execute("delete from mark where name like 'moved%'"))
    await called(house)
    assert len(house.team(NEW_HOME)) == 1


async def test_what_was_said_where_the_group_was_is_let_be(opened):
    house = await opened(alarms=(Target("telegram", str(OLD_HOME)),))
    house.control.group(OLD_HOME, "group")
    await called(house)
    house.control.migrates(OLD_HOME, NEW_HOME)
    house.sent += 2
    await house.settled()
    house.takes()
    await house.later(0)
    assert house.rows("select kind from outbox where kind = 'amend'") == []


async def test_a_moved_group_is_still_known_after_a_restart(opened):
    house = await opened(alarms=(Target("telegram", str(OLD_HOME)),))
    house.control.group(OLD_HOME, "group")
    house.control.migrates(OLD_HOME, NEW_HOME)
    house.sent += 2
    await house.settled()
    again = house.built()
    try:
        found = again.ledger.whereabouts(Address("telegram", str(OLD_HOME)))
        assert found == Address("telegram", str(NEW_HOME))
    finally:
        again.close()


async def test_a_strangers_group_moves_nobody(house):
    house.control.group(-5, "group")
    house.control.migrates(-5, NEW_HOME)
    house.sent += 2
    await house.settled()
    assert house.rows("select count(*) from mark where name like 'moved%'") == [(0,)]
