# SPDX-License-Identifier: AGPL-3.0-or-later
"""A new service key, the old one still held: nobody is a stranger and nothing counts twice."""

from __future__ import annotations

import pytest

from bot.centre import Target
from bot.channels import Address
from tests.service.house import RING
from tests.service.stories import HUMAN, MORE, THREAT, guided, lodged

pytestmark = pytest.mark.anyio
ANSWER = "Bonjour, nous avons lu. Appelez quand vous voulez."


async def test_a_receipt_opens_under_a_key_that_came_after_it(idle):
    house = idle()
    async with house.receiving():
        sara = house.visitor()
        digits = await lodged(sara)
        house.answers(ANSWER)
    house.rekeyed()
    async with house.receiving():
        other = house.visitor()
        await other.says("Bonjour")
        found = await other.says(digits)
        assert house.text("receipt.answers_new") in "\n".join(found)
        assert ANSWER in "\n".join(await other.presses("read"))
        assert house.words("story") == [THREAT]


async def test_a_conversation_goes_on_under_a_new_key(idle):
    house = idle()
    async with house.receiving():
        sara = house.visitor()
        await guided(sara)
    house.rekeyed()
    async with house.receiving():
        await sara.says(MORE)
        assert house.words("story") == [THREAT, MORE]
        await sara.presses("complaint", "send")
        assert house.case().stage == "filed"
        assert house.count("contact") == 1


async def test_an_answer_reaches_somebody_known_by_the_key_before(idle):
    house = idle()
    async with house.receiving():
        sara = house.visitor()
        await lodged(sara)
    house.rekeyed()
    async with house.receiving():
        assert house.answers(ANSWER) == "told"
        [heard] = await sara.answer()
        assert ANSWER in heard


async def test_whoever_erases_under_a_new_key_leaves_no_name_of_either(idle):
    house = idle()
    async with house.receiving():
        sara = house.visitor()
        await guided(sara)
    house.rekeyed()
    async with house.receiving():
        await sara.says(MORE)
        await sara.presses("erase", "erase_yes")
        assert [house.count(table) for table in ("contact", "alias", "cases")] == [0, 0, 0]
        assert await sara.says("Bonjour")
        assert house.cases() == [] or house.words("story") == []


async def test_what_is_delivered_again_after_a_rotation_counts_once(idle):
    house = idle()
    async with house.receiving():
        sara = house.visitor()
        said = {"message_id": 4001, "date": int(house.clock()), "text": THREAT}
        said |= {"chat": {"id": sara.chat, "type": "private"}}
        number = house.control.update({"message": said})
        house.sent += 1
        assert await sara.answer()
    house.rekeyed()
    async with house.receiving():
        house.control.update({"message": said}, number)
        house.sent += 1
        assert await sara.answer() == []
        assert house.words("story") == [THREAT]


async def test_a_group_that_moved_before_a_rotation_is_still_found(idle):
    old, new = -77, -1009000000088
    house = idle(alarms=(Target("telegram", str(old)),))
    house.control.group(old, "group")
    async with house.receiving():
        house.control.migrates(old, new)
        house.sent += 2
        await house.settled()
    house.rekeyed()
    found = house.app.ledger.whereabouts(Address("telegram", str(old)))
    assert found == Address("telegram", str(new))


async def test_an_alarm_goes_on_ringing_after_a_rotation(idle):
    house = idle(alarms=(RING,))
    async with house.receiving():
        sara = house.visitor()
        await guided(sara)
        await sara.says(HUMAN)
    rung = len(house.alarms_sent())
    house.rekeyed()
    async with house.receiving():
        await house.later(11 / 60)
        assert len(house.alarms_sent()) == rung + 1
