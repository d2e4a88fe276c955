# SPDX-License-Identifier: AGPL-3.0-or-later
"""What comes together is answered once; where a forwarded thing comes from stays in the seal."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json

import pytest

from tests.service.house import picture
from tests.service.stories import DANGER, THREAT, guided, lodged

pytestmark = pytest.mark.anyio
STICKER = {"file_id": "S", "file_unique_id": "u", "width": 1, "height": 1}
ODD = {
    "sticker": STICKER,
    "location": {"latitude": 33.9, "longitude": -6.8},
    "contact": {"phone_number": "0", "first_name": "Unread"},
    "poll": {"id": "1", "question": "Unread", "options": []},
    "dice": {"emoji": "🎲", "value": 3},
    "game": {"title": "Unread", "description": "Unread", "photo": []},
}


def odd(house, visitor, *kinds):
    for kind in kinds:
        date = int(house.clock())
        visitor._sent(visitor.person.sends({kind: ODD[kind], "date": date}))


def album(house, visitor, count, **first):
    for number in range(count):
        ref = f"A{number}"
        sizes = [{"file_id": ref, "file_unique_id": ref, "width": 9, "height": 9}]
        content = {"photo": sizes, "media_group_id": "7", "date": int(house.clock())}
        visitor._sent(visitor.person.sends(content | (first if number == 0 else {})))


@pytest.mark.parametrize("kind", ODD)
async def test_what_we_cannot_read_is_answered_gently(house, kind):
    sara = house.visitor()
    await guided(sara)
    odd(house, sara, kind)
    [bubble] = [b for b in await sara.answer() if house.text("talk.unreadable") in b]
    assert bubble


async def test_a_row_of_stickers_is_answered_once(house):
    sara = house.visitor()
    await guided(sara)
    odd(house, sara, *["sticker"] * 5, "dice", "location")
    heard = await sara.answer()
    assert sum(house.text("talk.unreadable") in text for text in heard) == 1


async def test_the_next_row_is_answered_again(house):
    sara = house.visitor()
    await guided(sara)
    odd(house, sara, "sticker")
    await sara.answer()
    await house.later(0.1)
    odd(house, sara, "sticker", "sticker")
    assert house.text("talk.unreadable") in "\n".join(await sara.answer())


async def test_words_between_two_stickers_are_heard(house):
    sara = house.visitor()
    await guided(sara)
    odd(house, sara, "sticker")
    sara.writes(DANGER)
    odd(house, sara, "sticker")
    heard = "\n".join(await sara.answer())
    assert house.text("danger.numbers_self_harm") in heard
    assert house.text("danger.short") in heard


async def test_an_album_is_answered_once_and_every_file_is_taken(house):
    sara = house.visitor()
    await guided(sara)
    for number in range(4):  # four files that the platform holds
        house.control.act("holds", name=f"A{number}", data=base64.b64encode(picture()).decode())
    album(house, sara, 4)
    heard = await sara.answer()
    assert sum(house.text("media.no_intimate") in text for text in heard) == 1
    assert not any(house.text("media.held") in text for text in heard)
    assert house.count("waiting") == 4
    await sara.presses("file_clean")
    assert len(house.files()) == 4


async def test_words_under_an_album_are_kept(house):
    sara = house.visitor()
    album(house, sara, 3, caption=THREAT)
    await sara.answer()
    assert house.words("caption") == [THREAT]


async def test_an_album_in_danger_is_refused_once(house):
    sara = house.visitor()
    await sara.says(DANGER)
    album(house, sara, 4)
    heard = await sara.answer()
    assert sum(house.text("media.danger") in text for text in heard) == 1
    assert house.count("waiting") == 0


async def test_an_album_of_somebody_under_18_is_refused_once(house):
    sara = house.visitor()
    await sara.says("j'ai 15 ans et il menace de publier mes photos")
    await sara.presses("safe_yes")
    album(house, sara, 4)
    heard = await sara.answer()
    assert sum(house.text("media.minor") in text for text in heard) == 1
    assert house.count("waiting") == 0


async def test_the_rest_of_an_album_is_not_lost_when_the_gate_opens_in_between(house):
    sara = house.visitor()
    await guided(sara)
    album(house, sara, 1)
    await sara.answer()
    await sara.presses("file_clean")
    album(house, sara, 1)
    assert house.text("media.no_intimate") in "\n".join(await sara.answer())
    assert house.count("waiting") == 1


# Forwards

HIDDEN = {"type": "hidden_user", "sender_user_name": "Zmerroukech", "date": 1_789_990_000}


async def test_where_a_forwarded_threat_comes_from_is_sealed_beside_it(house):
    sara = house.visitor()
    await sara.says(THREAT, forward_origin=HIDDEN)
    [told] = house.words("origin")
    assert json.loads(told) == {
        "forwarded_from": "hidden person",
        "first_sent": "2026-09-21 12:26 (Africa/Casablanca)",
    }
    everything = b"".join(path.read_bytes() for path in house.data.glob("sanad.db*"))
    assert b"hidden person" not in everything
    assert all(b"Zmerroukech" not in data for _, data in house.sealed())


async def test_of_a_forwarded_file_as_well(house):
    sara = house.visitor()
    await guided(sara)
    house.control.act("holds", name="F", data=base64.b64encode(picture()).decode())
    file = {"file_id": "F", "file_unique_id": "uF", "file_size": len(picture())}
    content = {"document": file, "forward_origin": HIDDEN, "date": int(house.clock())}
    sara._sent(sara.person.sends(content))
    await sara.answer()
    await sara.presses("file_clean")
    [told] = map(json.loads, house.words("about"))
    assert told["forwarded_from"] == "hidden person"
    assert told["sha256"] == hashlib.sha256(picture()).hexdigest()


# A slow turn


async def test_a_slow_turn_shows_that_it_is_worked_on(house):
    sara = house.visitor()
    digits = await lodged(sara)
    await asyncio.sleep(0.05)
    assert len(house.control.calls("sendChatAction")) == 1
    omar = house.visitor()
    await omar.says(digits)
    await omar.sends(picture())
    await omar.presses("adult", "file_clean")
    await asyncio.to_thread(house.control.until, "sendChatAction", 3)


async def test_nobody_waits_for_that_courtesy(house):
    house.control.fault("sendChatAction", "html", times=9, status=502)
    sara = house.visitor()
    assert await lodged(sara)
