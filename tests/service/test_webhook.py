# SPDX-License-Identifier: AGPL-3.0-or-later
"""The webhook: no trace of whoever has not the secret; what we cannot handle is not lost."""

from __future__ import annotations

import json

import httpx
import pytest

from bot import webhook
from bot.understanding import Understanding
from tests.service.house import RING, SECRET
from tests.service.stories import THREAT
from tests.standins.serving import listen

pytestmark = pytest.mark.anyio
STONE = "Zagoundafa"  # the understanding stumbles over it
TABLES = ("contact", "cases", "entry", "seen", "outbox", "waiting", "sent")


class Stumbling(Understanding):
    """Understands everything but one word."""

    __slots__ = ()

    def read(self, text, now, lang):
        if STONE in text:
            raise ZeroDivisionError(text)
        return Understanding.read(self, text, now, lang)


def stumbling(house):
    """Puts a stone in the way of this house."""
    reader = house.app.runtime.understanding
    house.app.runtime.understanding = Stumbling(reader.reader, reader.labels)
    return house


def update(text, number=77):
    """One update, as Telegram posts it."""
    person = {"id": 5, "is_bot": False, "first_name": "Unread", "username": "unread_name"}
    chat = {"id": 5, "type": "private", "first_name": "Unread"}
    return {
        "update_id": number,
        "message": {"message_id": 1, "date": 1, "from": person, "chat": chat, "text": text},
    }


@pytest.fixture
async def post(idle):
    """Posts to a house of its own; ``post.house`` is it."""
    house = idle(mode="webhook", alarms=(RING,))
    async with house.serving(listen()) as url, httpx.AsyncClient(trust_env=False) as http:

        async def send(body, **headers):
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            answer = await http.post(f"{url}{webhook.PATH}", content=content, headers=headers)
            return answer.status_code

        send.house, send.http, send.url = house, http, url
        yield send
    await house.telegram.close()


def traces(house):
    return [table for table in TABLES if house.count(table)]


async def test_a_wrong_secret_leaves_no_trace(post):
    for told in (None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.lower()):
        headers = {} if told is None else {webhook.HEADER: told}
        assert await post(update(THREAT), **headers) == 403
        assert await post(b"{", **headers) == 403
    assert traces(post.house) == []


async def test_malformed_json_is_refused_without_a_trace(post):
    large = b'{"update_id": 1, "x": "' + b"a" * 2**20 + b'"}'
    for body in (b"", b"{", b"\xff\xfe", b"[" * 100_000, large):
        assert await post(body, **{webhook.HEADER: SECRET}) == 400
    assert traces(post.house) == []


async def test_what_is_no_message_is_taken_and_forgotten(post):
    poll, odd = {"update_id": 2, "poll": {"id": "1"}}, {"update_id": 1, "message": []}
    for body in (None, [], 7, "x", {}, {"update_id": "x"}, odd, poll):
        assert await post(body, **{webhook.HEADER: SECRET}) == 200
    assert traces(post.house) == []


async def test_only_a_post_is_answered(post):
    assert (await post.http.get(f"{post.url}{webhook.PATH}")).status_code == 404


async def test_200_means_kept(post):
    assert await post(update(THREAT), **{webhook.HEADER: SECRET}) == 200
    assert post.house.words("story") == [THREAT]
    assert await post(update(THREAT), **{webhook.HEADER: SECRET}) == 200
    assert post.house.words("story") == [THREAT]


async def test_a_faulty_update_is_sealed_apologised_for_and_a_human_alarmed(either):
    stumbling(either)
    sara, omar = either.visitor(), either.visitor()
    sara.writes(f"{STONE} {THREAT}")
    omar.writes(THREAT)
    heard = "\n".join(await sara.answer())
    assert either.text("talk.fault", "ar") in heard or either.text("talk.fault") in heard
    assert len(either.alarms_sent()) == 1
    assert omar.heard()
    faulty = [words for case in either.cases() for words in either.words("faulty", case)]
    assert len(faulty) == 1
    assert STONE in faulty[0]
    assert len(either.control.acknowledged()) == 2


async def test_counsellors_see_the_words_of_a_faulty_update_and_no_name(either):
    stumbling(either)
    sara = either.visitor()
    await sara.says(f"{STONE} {THREAT}")
    [words] = either.words("faulty")
    assert THREAT in words
    for named in ("Unread", "Name", "unread_name", str(sara.chat)):
        assert named not in words


async def test_a_conversation_goes_on_after_a_faulty_update(either):
    stumbling(either)
    sara = either.visitor()
    await sara.says(THREAT)
    heard = await sara.says(f"{STONE} {THREAT}")
    assert either.text("talk.fault") in heard[0]
    assert await sara.presses("safe_yes") == [either.text("talk.age")]
    assert either.words("story") == [THREAT]
