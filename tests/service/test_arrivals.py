# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people send reaches the bot once and whole, polled or posted."""

from __future__ import annotations

import asyncio

import pytest

from tests.service.house import TEAM, picture
from tests.service.stories import MORE, THREAT, guided

pytestmark = pytest.mark.anyio


async def test_words_are_answered_and_sealed(either):
    sara = either.visitor()
    heard = await sara.says(THREAT)
    assert either.text("talk.safe") in "\n".join(heard)
    assert either.case().stage == "draft"
    assert either.words("story") == [THREAT]
    assert either.control.refused() == []


async def test_a_press_is_heard_and_its_button_rests(either):
    sara = either.visitor()
    await sara.says(THREAT)
    assert either.text("talk.age") in (await sara.presses("safe_yes"))[-1]
    presses = await asyncio.to_thread(either.control.until, "answerCallbackQuery")
    assert len(presses) == 1


async def test_a_file_is_held_and_its_caption_heard(either):
    for held, kind in enumerate(("photo", "document", "voice"), 1):
        heard = await either.visitor().sends(picture(), kind, caption=THREAT)
        assert either.text("media.age") in "\n".join(heard)
        assert either.words("caption", either.cases()[-1]) == [THREAT]
        assert either.count("waiting") == held
    assert either.control.calls("getFile") == []


async def test_an_edit_is_sealed_beside_what_it_replaces(either):
    sara = either.visitor()
    await sara.says(THREAT)
    heard = await sara.edits(sara.last["message_id"], f"{THREAT}, {MORE}")
    assert heard == [either.text("talk.edit_kept")]
    assert either.words("story") == [THREAT]
    assert either.words("edit") == [f"{THREAT}, {MORE}"]


async def test_what_is_delivered_twice_counts_once(either):
    sara = either.visitor()
    either.control.double(4)
    first = await sara.says(THREAT)
    either.control.double(4)
    await sara.presses("safe_yes")
    assert either.words("story") == [THREAT]
    assert len(sara.bubbles()) == len(first) + 1


async def test_what_is_delivered_again_after_the_answer_counts_once(house):
    said = {"message_id": 4001, "date": int(house.clock()), "text": THREAT}
    sara = house.visitor()
    said |= {"chat": {"id": sara.chat, "type": "private"}}
    number = house.control.update({"message": said})
    house.sent += 1
    assert await sara.answer()
    house.control.update({"message": said}, number)
    house.sent += 1
    assert await sara.answer() == []
    assert house.words("story") == [THREAT]


async def test_a_group_is_left_without_a_word_or_a_trace(either):
    either.control.group(-5)
    message = {"message_id": 1, "date": int(either.clock()), "text": THREAT}
    for chat in (-5, TEAM):
        place = {"chat": {"id": chat, "type": "supergroup"}, "from": {"id": 9, "is_bot": False}}
        either.control.update({"message": message | place})
    either.sent += 2
    await either.settled()
    [left] = await asyncio.to_thread(either.control.until, "leaveChat")
    assert str(left["params"]["chat_id"]) == "-5"
    assert either.control.calls("sendMessage") == []
    assert [either.count(t) for t in ("contact", "cases", "seen", "outbox")] == [0, 0, 0, 0]


async def test_no_bubble_shows_a_preview_of_where_it_points_to(house):
    sara = house.visitor()
    await guided(sara)
    await sara.presses("report", "takedown")
    sent = house.control.calls("sendMessage")
    assert any(".ma" in call["text"] for call in sent)
    assert all(call["link_preview_options"] == {"is_disabled": True} for call in sent)


async def test_what_cannot_be_read_is_said_so_and_the_question_stands(house):
    sara = house.visitor()
    await sara.says(THREAT)
    sticker = {"file_id": "S1", "file_unique_id": "u", "width": 1, "height": 1}
    sara._sent(sara.person.sends({"sticker": sticker, "date": int(house.clock())}))
    heard = "\n".join(await sara.answer())
    assert house.text("talk.unreadable") in heard
    assert house.text("talk.safe") in heard


STRANGE = ("🙏🙏", "\u200b\u200d\u200b", "\u202e\u2066منعكس\u202c", "x" * 4096, "a\u0000b")


async def test_strange_words_are_answered_gently(house):
    for text in STRANGE:
        assert await house.visitor().says(text)
    assert house.control.refused() == []
    assert house.rows("select count(*) from outbox where parked is not null") == [(0,)]
