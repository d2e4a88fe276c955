# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many people, many messages, some in danger: everybody in order, nobody behind anybody."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from bot.pace import BURST
from bot.relay import PATIENCE
from bot.vault import receipt
from tests.service.house import HOUR, RING, TEAM
from tests.service.stories import DANGER, HUMAN, THREAT, guided, lodged

pytestmark = pytest.mark.anyio
SECOND = 1 / HOUR


def to_whom(house):
    """The chats that were written to, in order."""
    return [int(call["chat_id"]) for call in house.control.calls("sendMessage")]


def before_others(house, visitor):
    """Whether this person had heard everything before anybody else heard a word."""
    people = [chat for chat in to_whom(house) if chat > 0]
    count = people.count(visitor.chat)
    return count > 0 and people[:count] == [visitor.chat] * count


async def test_a_backlog_gets_one_apology_each_and_dangers_first(idle):
    house = idle(alarms=(RING,))
    people = [house.visitor() for _ in range(12)]
    for visitor in people:
        if visitor is people[-1]:
            visitor.writes(DANGER, ago=2 * HOUR)
        for text in (THREAT, "il insiste encore chaque jour", "il veut 500 dh"):
            visitor.writes(text, ago=2 * HOUR)
    async with house.receiving():
        await house.settled()
        heard = {visitor.chat: visitor.heard() for visitor in people}
        assert before_others(house, people[-1])
        late = house.text("talk.late")
        assert [sum(late in text for text in texts) for texts in heard.values()] == [1] * 12
        recent = await people[0].says("d'accord merci")
        assert late not in "\n".join(recent)


async def test_a_danger_that_others_words_precede_is_still_answered_first(idle):
    house = idle(alarms=(RING,))
    people = [house.visitor() for _ in range(6)]
    for visitor in people:
        for text in (THREAT, "il insiste encore chaque jour", "il veut 500 dh"):
            visitor.writes(text, ago=2 * HOUR)
    people[-1].writes(DANGER, ago=2 * HOUR)
    async with house.receiving():
        await house.settled()
        assert before_others(house, people[-1])


async def test_a_danger_on_a_slow_line_holds_up_the_others_for_a_moment_only(idle):
    house = idle(alarms=(RING,))
    sara, omar = house.visitor(), house.visitor()
    house.telegram.hold(sara.chat)
    sara.writes(DANGER, ago=2 * HOUR)
    omar.writes("Bonjour", ago=2 * HOUR)
    async with house.receiving():
        await house.taken()
        began = monotonic()
        saying = asyncio.create_task(house.app.relay.drain())
        await house.telegram.there.wait()
        assert omar.heard() == []
        await asyncio.to_thread(house.control.until, "sendMessage", 2)  # the alarm, and omar's
        assert omar.heard()
        assert PATIENCE <= monotonic() - began < PATIENCE + 3
        house.telegram.go.set()
        await saying
        assert house.text("danger.numbers_self_harm") in "\n".join(sara.heard())


async def test_an_alarm_waits_for_no_bubble(idle):
    house = idle(alarms=(RING,))
    sara = house.visitor()
    house.telegram.hold(sara.chat)
    sara.writes(DANGER)
    async with house.receiving():
        await house.taken()
        saying = asyncio.create_task(house.app.relay.drain())
        await asyncio.to_thread(house.control.until, "sendMessage")
        assert to_whom(house) == [TEAM]
        house.telegram.go.set()
        await saying


async def test_a_flood_is_kept_whole_and_hardly_answered(house):
    sara = house.visitor()
    texts = [f"message {n} de mon histoire avec ce compte qui me menace" for n in range(60)]
    for text in texts:
        sara.writes(text)
    heard = await sara.answer()
    kept = [words.decode() for kind, words in house.sealed() if kind in {"story", "message"}]
    assert kept == texts
    assert sum(house.text("talk.slow") in text for text in heard) == 1
    assert house.text("talk.slow") in heard[-1]
    assert len(heard) <= 3 * BURST
    house.clock.now += 120
    assert house.text("talk.slow") not in "\n".join(await sara.says("vous êtes là ?"))


async def test_danger_in_a_flood_is_answered(house):
    sara = house.visitor()
    for number in range(60):
        sara.writes(f"message {number} de mon histoire avec ce compte")
    heard = await sara.says(DANGER)
    assert house.text("danger.numbers_self_harm") in "\n".join(heard[-3:])


async def test_a_flood_of_stickers_is_hardly_answered(house):
    sara = house.visitor()
    sticker = {"file_id": "S1", "file_unique_id": "u", "width": 1, "height": 1}
    for _ in range(90):
        sara._sent(sara.person.sends({"sticker": sticker, "date": int(house.clock())}))
    assert len(await sara.answer()) <= 2 * BURST + 1


async def test_words_that_were_not_understood_are_kept(house):
    sara = house.visitor()
    await sara.says(THREAT)
    await sara.presses("safe_yes", "adult")
    await sara.says("morceau 7 de mon histoire")
    assert house.words("story") == [THREAT, "morceau 7 de mon histoire"]


async def test_each_persons_order_is_kept_whatever_the_order_of_delivery(house):
    house.control.shuffle(11)
    people = [house.visitor() for _ in range(4)]
    words = "il me menace de publier mes photos depuis lundi"
    stories = {v.chat: [f"{v.chat} {n} {words}" for n in range(8)] for v in people}
    for number in range(8):
        for visitor in people:
            visitor.writes(stories[visitor.chat][number])
    await house.settled()
    found = {}
    for case in house.cases():
        told = [words.decode() for kind, words in house.sealed(case) if kind != "summary"]
        found[int(told[0].split()[0])] = told
    assert found == stories


async def test_a_slow_conversation_holds_up_nobody(house):
    sara, omar = house.visitor(), house.visitor()
    house.telegram.hold(sara.chat)
    sara.writes("Bonjour")
    omar.writes("Bonjour")
    await house.taken()
    saying = asyncio.create_task(house.app.relay.drain())
    await house.telegram.there.wait()
    await asyncio.to_thread(house.control.until, "sendMessage", 2)
    assert set(to_whom(house)) == {omar.chat}
    house.telegram.go.set()
    await saying
    assert sara.heard() == omar.heard()


async def test_danger_does_not_wait_behind_older_bubbles(house):
    sara = house.visitor()
    house.control.fault("sendMessage", "html", status=502, chat=sara.chat)
    await sara.says(THREAT)
    await house.later(1 * SECOND)
    assert sara.heard() == []
    heard = await sara.says(DANGER)
    await house.later(10 * SECOND)
    heard += sara.heard()
    assert house.text("danger.numbers_self_harm") in heard[0]
    assert house.text("talk.safe") not in "\n".join(heard)


async def test_danger_never_removes_a_receipt_not_yet_shown(house):
    sara = house.visitor()
    await guided(sara)
    await sara.presses("complaint")
    house.control.fault("sendMessage", "html", status=502, chat=sara.chat)
    sara.writes("merci")
    await house.settled()  # its answer waits for another try, and the receipt behind it
    assert await sara.presses("send") == []
    heard = await sara.says(DANGER)
    await house.later(30 * SECOND)
    heard += sara.heard()
    assert any(receipt.find(text) for text in heard)
    assert house.text("danger.numbers_self_harm") in "\n".join(heard)


async def test_what_is_due_later_delays_nothing(house):
    sara = house.visitor()
    await lodged(sara)
    await sara.presses("noted")
    await sara.says(HUMAN)
    await sara.presses("ping_after9")
    house.takes()
    [(due,)] = house.rows("select due from outbox where kind = 'say'")
    assert due > house.clock()
    assert await sara.presses("menu")
    house.clock.now = due
    assert house.text("human.ping") in "\n".join(await _drained(house, sara))


async def _drained(house, visitor):
    await house.app.relay.drain()
    return visitor.heard()
