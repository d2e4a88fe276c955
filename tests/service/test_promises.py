# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nobody is told that somebody was alerted unless somebody was."""

from __future__ import annotations

import asyncio
from itertools import combinations

import httpx
import pytest

from bot.channels import Address, Inbound
from bot.channels.telegram_wire import Wire
from bot.fates import TRIES
from bot.render import ORDER, Standing, honest, render
from content import load
from tests.service.house import HOUR, RING, TEAM, picture
from tests.service.stories import DANGER, DELIVERED, HUMAN, TAKEN, THREAT, claims, guided, lodged

pytestmark = pytest.mark.anyio
MINUTE = 60 / HOUR
CATALOG = load()
STATES = [frozenset(some) for n in range(5) for some in combinations(ORDER, n)]
PROMISES = sorted(CATALOG.promises)
FAULTS = [
    ("error", {"status": 403, "description": "Forbidden: bot was kicked"}),
    ("error", {"status": 400, "description": "Bad Request: chat not found"}),
    ("error", {"status": 429, "retry_after": 3000}),
    ("error", {"status": 500}),
    ("cut", {}),
]


class Hasty(Wire):
    """Waits a fifth of a second for an answer, so that a test need not wait for twenty."""

    __slots__ = ()

    async def call(self, method, body, *, wait=0):
        return await super().call(method, body, wait=wait if method == "getUpdates" else -19.8)


async def everything_about_a_human(visitor):
    """All the ways in which somebody can ask whether a human knows; gives what they heard."""
    heard = await visitor.says(THREAT)
    heard += await visitor.presses("safe_yes", "adult", "human", "ping_now")
    heard += await visitor.presses("complaint", "send")
    heard += await visitor.presses("noted")
    heard += await visitor.says(HUMAN)
    heard += await visitor.says(DANGER)
    return heard


@pytest.mark.parametrize(("kind", "detail"), FAULTS)
async def test_an_alarm_that_fails_is_never_said_to_have_arrived(house, kind, detail):
    house.control.fault("sendMessage", kind, times=-1, chat=TEAM, **detail)
    sara = house.visitor()
    heard = await everything_about_a_human(sara)
    await house.later(5 * MINUTE)
    heard += await sara.says(HUMAN)
    assert house.alarms_sent() == []
    assert claims(heard) == []
    assert house.text("human.status_queued") in "\n".join(heard)
    assert house.case().alarm == "queued"


async def test_an_alarm_that_times_out_is_not_said_to_have_arrived(idle):
    house = idle(alarms=(RING,))
    await house.telegram._wire.hang_up()
    told = (house.control.token, house.control.base_url)
    house.telegram._wire = Hasty(*told, httpx.create_ssl_context())
    house.control.fault("sendMessage", "delay", times=-1, seconds=0.6, chat=TEAM)
    async with house.receiving():
        sara = house.visitor()
        await guided(sara)
        heard = await sara.says(HUMAN)
        said = len(sara.bubbles())
        await asyncio.to_thread(house.control.until, "sendMessage", said + 1)
        assert len(house.alarms_sent()) == 1  # it has arrived, and we cannot know
        assert claims(heard) == []
        assert house.case().alarm == "queued"


@pytest.mark.parametrize("status", [400, 403])
async def test_an_alarm_is_tried_until_it_arrives_and_then_said(house, status):
    house.control.fault("sendMessage", "error", times=-1, status=status, chat=TEAM)
    sara = house.visitor()
    await guided(sara)
    assert claims(await sara.says(HUMAN)) == []
    await house.later(100 * MINUTE)
    house.control.calm()
    await house.later(2 * MINUTE)
    assert len(house.alarms_sent()) == 1
    told = await sara.says(HUMAN)
    assert len(claims(told)) == 1
    said = [call["chat_id"] for call in house.control.calls("sendMessage")]
    texts = [call["text"] for call in house.control.calls("sendMessage")]
    first = next(n for n, text in enumerate(texts) if DELIVERED.search(text))
    assert said.index(str(TEAM)) < first


async def test_without_a_target_nobody_has_been_alerted_and_the_numbers_are_given(opened):
    house = await opened(alarms=())
    heard = await everything_about_a_human(house.visitor())
    assert claims(heard) == []
    none = house.text("human.status_none")
    assert none in "\n".join(heard)
    assert all(number in none for number in ("19", "177", "15"))
    assert house.rows("select count(*) from outbox where kind = 'alarm'") == [(0,)]


async def test_a_target_whose_channel_is_not_there_is_never_said_to_be_reached(idle):
    house = idle(alarms=(RING,))
    del house.app.relay.channels["telegram"]
    sara, heard = Address("web", "a-token"), []
    for number, text in enumerate((THREAT, HUMAN, DANGER)):
        await house.app.runtime.receive(Inbound(sara, str(number), "text", text))
        await house.app.relay.drain()
        parcels = await house.app.mailbox.collect(sara)
        heard += [parcel.message.text for parcel in parcels]
        await house.app.mailbox.acknowledge(sara, [parcel.id for parcel in parcels])
    assert heard
    assert claims(heard) == []
    await house.telegram.close()


async def test_an_alarm_repeats_until_somebody_takes_the_case(house):
    sara = house.visitor()
    await guided(sara)
    heard = await sara.says(HUMAN)
    for times in (1, 2, 3):
        assert len(house.alarms_sent()) == times
        await house.later(10 * MINUTE)
    assert not any(TAKEN.search(text) for text in heard + await sara.says(HUMAN))
    house.takes()
    before = len(house.alarms_sent())
    await house.later(3)
    assert len(house.alarms_sent()) == before
    assert any(TAKEN.search(text) for text in await sara.says(HUMAN))
    await house.later(1)
    assert len(house.alarms_sent()) == before


async def test_crying_twice_rings_once_and_danger_rings_louder(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says(HUMAN)
    await sara.says(HUMAN)
    assert len(house.alarms_sent()) == 1
    await sara.says(DANGER)
    await sara.says(DANGER)
    levels = [house.text(f"human.level_{level}") for level in ("normal", "danger")]
    assert [level in text for level, text in zip(levels, house.alarms_sent(), strict=True)] == [
        True, True,
    ]  # fmt: skip


async def test_a_recalled_alarm_rings_no_more_and_the_draft_closes(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says(HUMAN)
    assert house.case().open
    assert await sara.presses("recall")
    assert not house.case().open
    await house.later(1)
    assert len(house.alarms_sent()) == 1
    assert house.app.ledger.cases() == []


async def test_an_alarm_arriving_while_it_is_recalled_is_not_told_later_as_a_new_one(house):
    sara = house.visitor()
    await guided(sara)
    house.telegram.hold(TEAM)
    sara.writes(HUMAN)
    await house.taken()
    saying = asyncio.create_task(house.app.relay.drain())
    await house.telegram.there.wait()
    sara.writes(house.text("label.recall"))
    await house.taken()
    house.telegram.go.set()
    await saying
    assert len(house.alarms_sent()) == 1
    assert not house.case().open
    assert house.case().alarm is None


async def test_an_alarm_holds_no_word_no_name_and_no_situation(house):
    sara = house.visitor()
    await everything_about_a_human(sara)
    situations = {house.text(key, lang) for lang in ("ar", "fr") for key in CATALOG.keys
                  if key.startswith("label.sit_")}  # fmt: skip
    told = {word for text in (THREAT, HUMAN, DANGER) for word in text.split() if len(word) > 5}
    for text in house.alarms_sent():
        assert not any(one in text for one in situations | told | {str(sara.chat), "Unread"})
        assert house.case().id in text
        assert "sanad cases take" in text


async def test_the_state_of_a_case_by_receipt_is_what_its_row_says(house):
    house.control.fault("sendMessage", "error", times=-1, status=500, chat=TEAM)
    digits = await lodged(house.visitor())
    other = house.visitor()
    heard = await other.says(digits)
    assert house.text("receipt.status_stored", "ar") in "\n".join(heard) or house.text(
        "receipt.status_stored"
    ) in "\n".join(heard)
    assert claims(heard) == []
    house.control.calm()
    await house.later(2 * MINUTE)
    assert len(claims(await other.says(digits))) == 1
    house.takes()
    assert any(TAKEN.search(text) for text in await other.says(digits))


@pytest.mark.parametrize("lang", ["ar", "fr"])
@pytest.mark.parametrize("key", PROMISES)
async def test_a_promise_says_no_more_than_is_so(key, lang):
    values = {name: "·" for one in CATALOG.keys for name in CATALOG.slots(one)}
    for reached in STATES:
        standing = Standing(reached, tuple(values.items()))
        row = {"lang": lang, "values": values}
        bubble = render(CATALOG, {**row, "texts": [key]}, standing)
        said = honest(CATALOG, key, standing)
        promise = CATALOG.promise(said)
        assert promise is None or promise.needs in reached
        assert bubble == render(CATALOG, {**row, "texts": [said]}, standing)
        assert not DELIVERED.search(bubble.text) or "delivered" in reached
        assert not TAKEN.search(bubble.text) or "taken" in reached


async def test_no_plain_text_claims_what_only_a_row_can_prove():
    for lang in CATALOG.languages:
        for key in CATALOG.keys - CATALOG.promises.keys():
            assert claims([CATALOG.texts[lang][key]]) == [], key


async def test_the_patterns_know_every_claim():
    claiming = [k for k in PROMISES if CATALOG.promise(k).needs in {"delivered", "taken"}]
    for lang in CATALOG.languages:
        assert [k for k in claiming if not claims([CATALOG.texts[lang][k]])] == []


async def test_a_bubble_that_waits_for_a_new_token_is_not_lost(house):
    sara = house.visitor()
    sara.writes("Bonjour")
    await house.taken()
    good = house.control.token
    house.control.rotate("1:another")
    for _ in range(TRIES + 2):
        await house.later(0.1)
    assert house.rows("select count(*) from outbox where parked is not null") == [(0,)]
    house.control.rotate(good)
    await house.later(0.1)
    assert house.text("talk.hello") in "\n".join(sara.heard())


async def test_a_file_that_waits_for_a_new_token_is_not_lost(house):
    sara = house.visitor()
    await guided(sara)
    await sara.sends(picture(), "document")
    sara.presses_on("file_clean")
    await house.taken()
    good = house.control.token
    house.control.rotate("1:another")
    for _ in range(TRIES + 2):
        await house.later(0.1)
    house.control.rotate(good)
    await house.later(0.1)
    assert len(house.files()) == 1
