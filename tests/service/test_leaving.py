# SPDX-License-Identifier: AGPL-3.0-or-later
"""Leaving: what is erased is gone, here and in the chat; what is lodged stays until withdrawn."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from bot.vault import receipt
from tests.service.house import picture
from tests.service.stories import HUMAN, THREAT, guided, lodged

pytestmark = pytest.mark.anyio
OF_A_PERSON = ("contact", "waiting", "sent")
OF_A_CASE = ("cases", "entry", "answer")


def left(house, *tables):
    return {table: count for table in tables if (count := house.count(table))}


def neutral(house, heard):
    """Whether the last screen, and nothing else, was said."""
    return len(heard) == 1 and heard[0] in {
        house.text("leave.neutral"), house.text("leave.neutral", "ar"),
    }  # fmt: skip


async def test_erasing_a_draft_leaves_nothing_of_the_person(either):
    sara = either.visitor()
    await guided(sara)
    await sara.sends(picture())
    await sara.presses("file_clean", "menu", "human")
    await sara.sends(picture("another"))
    assert either.files()
    heard = await sara.presses("erase", "erase_yes")
    assert heard[-1].startswith(either.text("leave.erased", until="x").partition("x")[0])
    assert left(either, *OF_A_PERSON, *OF_A_CASE, "outbox") == {}
    assert either.files() == []
    await either.later(1)
    assert len(either.alarms_sent()) == 1


async def test_the_chat_is_emptied_of_both_sides_but_for_the_last_word(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says("Bonjour")
    await sara.says("oui")
    await sara.sends(picture())
    await sara.says("effacer tout")
    await sara.says("oui")
    last = sara.bubbles()
    assert [bubble["message_id"] for bubble in last] == house.control.shown(sara.chat)
    assert len(last) == 1


async def test_one_word_is_enough_and_the_last_screen_betrays_nothing(house):
    sara = house.visitor()
    await guided(sara)
    heard = await sara.says("sortie")
    assert neutral(house, heard)
    assert left(house, *OF_A_PERSON, *OF_A_CASE, "outbox") == {}
    assert len(house.control.shown(sara.chat)) == 1


async def test_a_bubble_that_was_on_its_way_is_removed_when_it_arrives(house):
    sara = house.visitor()
    await guided(sara)
    house.telegram.hold(sara.chat)
    sara.writes("c'est un délit ?")
    await house.taken()
    saying = asyncio.create_task(house.app.relay.drain())
    await house.telegram.there.wait()
    sara.writes("sortie")
    await house.taken()
    house.telegram.go.set()
    await saying
    heard = [bubble["text"] for bubble in sara.bubbles()]
    assert neutral(house, heard)
    assert left(house, "outbox", *OF_A_PERSON) == {}


async def test_a_lodged_case_survives_erasing_and_opens_by_its_receipt(house):
    sara = house.visitor()
    digits = await lodged(sara)
    await sara.presses("erase", "erase_yes")
    assert left(house, *OF_A_PERSON) == {}
    assert house.case().stage == "filed"
    assert house.words("story") == [THREAT]
    other = house.visitor()
    await other.says("Bonjour")
    found = await other.says(receipt.shown(digits))
    assert house.text("receipt.answers_none") in "\n".join(found)


async def test_a_taken_draft_survives_erasing(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says(HUMAN)
    house.takes()
    await sara.presses("erase", "erase_yes")
    assert left(house, *OF_A_PERSON) == {}
    assert THREAT in house.words("story")


async def test_erasing_both_destroys_the_case_too(house):
    sara = house.visitor()
    digits = await lodged(sara)
    await sara.presses("erase", "erase_both")
    assert left(house, *OF_A_PERSON, *OF_A_CASE, "outbox") == {}
    other = house.visitor()
    await other.says("Bonjour")
    assert house.text("receipt.not_found") in "\n".join(await other.says(digits))


async def test_withdrawing_by_receipt_destroys_the_case_and_its_alarms(house):
    sara = house.visitor()
    digits = await lodged(sara)
    other = house.visitor()
    await other.says(digits)
    await other.presses("withdraw", "withdraw_yes")
    assert left(house, *OF_A_CASE) == {}
    rung = len(house.alarms_sent())
    await house.later(1)
    assert len(house.alarms_sent()) == rung
    assert await sara.says("vous avez des nouvelles ?")


async def test_the_receipt_disappears_from_the_chat_once_it_is_typed_back(house):
    sara = house.visitor()
    digits = await lodged(sara)
    shown = [b for b in sara.bubbles() if receipt.find(b["text"])]
    assert len(shown) == 1
    [call] = [c for c in house.control.calls("sendMessage") if receipt.find(c["text"])]
    assert call["protect_content"] is True
    heard = await sara.says(receipt.shown(digits))
    assert house.text("complaint.typed_right") in "\n".join(heard)
    assert not any(receipt.find(bubble["text"]) for bubble in sara.bubbles())
    assert sara.last["message_id"] not in house.control.shown(sara.chat)


async def test_a_wipe_that_fails_is_tried_again(house):
    sara = house.visitor()
    await guided(sara)
    house.control.fault("deleteMessages", "html", status=502)
    await sara.says("sortie")
    assert len(house.control.shown(sara.chat)) > 1
    await house.later(0.01)
    assert len(house.control.shown(sara.chat)) == 1
    assert house.count("outbox") == 0


async def test_erased_is_not_said_while_a_copy_is_still_in_the_log(house):
    sara = house.visitor()
    await guided(sara)
    await sara.presses("erase")
    reader = sqlite3.connect(house.app.store.path)
    try:
        reader.execute("begin")
        reader.execute("select count(*) from cases").fetchone()
        sara.presses_on("erase_yes")
        await house.taken()
        saying = asyncio.create_task(house.app.relay.drain())
        await asyncio.to_thread(house.control.until, "deleteMessages")
        assert sara.bubbles() == []
        assert house.rows("select count(*) from outbox where kind = 'say'") == [(1,)]
    finally:
        reader.close()
    await saying
    assert sara.heard()[0].startswith(house.text("leave.erased", until="x").partition("x")[0])


async def test_a_reader_of_the_database_stops_nobody_elses_conversation(idle):
    house = idle()
    await house.telegram.close()
    reader = sqlite3.connect(house.app.store.path)
    reader.execute("begin")
    reader.execute("select count(*) from cases").fetchone()
    house.app.store.write_now(lambda run: run.execute("insert into seen values ('x', 1)"))
    looking = asyncio.create_task(house.app.store.shredded())
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    took = asyncio.get_running_loop().time() - began
    reader.close()
    assert await looking
    assert took < 2


async def test_nobody_is_known_again_after_erasing(house):
    sara = house.visitor()
    await guided(sara)
    await sara.presses("erase", "erase_yes")
    heard = await sara.says("Bonjour")
    assert house.text("talk.hello") in heard[0]
    assert house.app.ledger.contact(sara.id).case is None
