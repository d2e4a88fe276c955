# SPDX-License-Identifier: AGPL-3.0-or-later
"""The poller: an update is confirmed once it has been taken, and nothing stops the loop."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.channels import Inbound, Message, Option
from bot.channels.telegram import Telegram
from bot.poller import Pace, Poller
from tests.standins.telegram_people import Control

pytestmark = pytest.mark.anyio
FAST = Pace(poll=50, first=0.01, most=0.05)


class Taken:
    """What was delivered and parked; ``refuse`` says which batches cannot be taken."""

    def __init__(self, refuse: Callable[[list[Inbound]], bool] = lambda _batch: False) -> None:
        self.batches: list[list[Inbound]] = []
        self.parked: list[Any] = []
        self.unparkable = 0
        self.refuse = refuse
        self.beats = 0
        self._more = asyncio.Condition()

    async def deliver(self, batch: list[Inbound]) -> None:
        if self.refuse(batch):
            raise OSError("the store is full")
        self.batches.append(batch)
        await self._tell()

    async def park(self, update: Any) -> None:
        if self.unparkable:
            self.unparkable -= 1
            raise OSError("the store is still full")
        self.parked.append(update)
        await self._tell()

    def beat(self) -> None:
        self.beats += 1

    def texts(self) -> list[str]:
        return [said.text for batch in self.batches for said in batch]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(true)

    async def _tell(self) -> None:
        async with self._more:
            self._more.notify_all()


@asynccontextmanager
async def _polling(telegram: Telegram, taken: Taken, pace: Pace = FAST) -> AsyncIterator[None]:
    stop = asyncio.Event()
    poller = Poller(telegram, taken.deliver, taken.park, taken.beat, pace)
    task = asyncio.create_task(poller.run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task


async def _until(control: Control, method: str, count: int = 1) -> list[dict[str, Any]]:
    return await asyncio.to_thread(control.until, method, count)


async def test_words_arrive_and_are_confirmed(telegram, control, person):
    said = person.says("salam")
    taken = Taken()
    async with _polling(telegram, taken):
        [event] = await _until(control, "acknowledged")
        assert event["update_id"] == said["update_id"]
    assert taken.texts() == ["salam"]
    assert control.calls("deleteWebhook") == [{"drop_pending_updates": False}]
    first = control.calls("getUpdates")[0]
    assert first["allowed_updates"] == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    ]
    assert taken.beats >= 1


async def test_nothing_is_confirmed_while_the_store_works(telegram, control, person):
    writing, written = asyncio.Event(), asyncio.Event()

    async def slow(_batch: list[Inbound]) -> None:
        writing.set()
        await written.wait()

    taken = Taken()
    taken.deliver = slow
    person.says("salam")
    async with _polling(telegram, taken):
        await writing.wait()
        assert control.acknowledged() == []
        assert len(control.calls("getUpdates")) == 1
        written.set()
        await _until(control, "acknowledged")


async def test_what_was_being_written_in_a_crash_is_delivered_again(telegram, control, person):
    writing = asyncio.Event()

    async def never(_batch: list[Inbound]) -> None:
        writing.set()
        await asyncio.Event().wait()

    taken = Taken()
    person.says("salam")
    poller = Poller(telegram, never, taken.park, taken.beat, FAST)
    task = asyncio.create_task(poller.run(asyncio.Event()))
    await writing.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert control.acknowledged() == []
    async with _polling(telegram, taken):
        await _until(control, "acknowledged")
    assert taken.texts() == ["salam"]


async def test_a_delivery_under_way_is_brought_to_its_end(telegram, control, person):
    writing, written, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_batch: list[Inbound]) -> None:
        writing.set()
        await written.wait()
        ended.set()

    person.says("salam")
    stop = asyncio.Event()
    taken = Taken()
    task = asyncio.create_task(Poller(telegram, slow, taken.park, pace=FAST).run(stop))
    await writing.wait()
    stop.set()
    written.set()
    await task
    assert ended.is_set()


async def test_a_full_store_confirms_nothing_and_is_tried_again(telegram, control, person):
    refusals = 4
    person.says("one")
    person.says("two")

    def full(_batch: list[Inbound]) -> bool:
        nonlocal refusals
        refusals -= 1
        return refusals >= 0

    taken = Taken(full)
    taken.unparkable = 1
    async with _polling(telegram, taken):
        await _until(control, "acknowledged", 2)
    assert taken.texts() == ["one", "two"]
    assert taken.parked == []


async def test_one_poisonous_update_is_parked_and_the_others_arrive(telegram, control, person):
    for text in ("before", "poison", "after"):
        person.says(text)
    taken = Taken(lambda batch: any(said.text == "poison" for said in batch))
    async with _polling(telegram, taken):
        await _until(control, "acknowledged", 3)
    assert taken.texts() == ["before", "after"]
    assert [update["message"]["text"] for update in taken.parked] == ["poison"]


async def test_what_cannot_even_be_parked_is_not_confirmed(telegram, control, person):
    person.says("poison")
    taken = Taken(lambda _batch: True)
    taken.unparkable = 2
    async with _polling(telegram, taken):
        await taken.until(lambda: bool(taken.parked))
        await _until(control, "acknowledged")
    assert len(taken.parked) == 1
    assert taken.unparkable == 0


async def test_disorder_and_repetition(telegram, control, person):
    control.shuffle(4)
    control.double()
    texts = [f"{number}" for number in range(20)]
    for text in texts:
        person.says(text)
    taken = Taken()
    async with _polling(telegram, taken):
        await _until(control, "acknowledged", 20)
    [batch] = taken.batches
    assert [said.text for said in batch] == [text for text in texts for _ in range(2)]
    assert len({said.id for said in batch}) == 20


async def test_strange_updates_are_parked_and_the_rest_taken(telegram, control, person):
    good = {"update_id": 5, "message": {"chat": {"id": 7, "type": "private"}, "text": "x"}}
    strange = [{"message": {}}, "words", None, 7]
    control.fault("getUpdates", "odd", body={"ok": True, "result": [*strange, good]})
    taken = Taken()
    async with _polling(telegram, taken):
        await taken.until(lambda: bool(taken.batches))
    assert taken.parked == strange
    assert taken.texts() == ["x"]


ODD = [
    ("html", {"status": 502}),
    ("null", {"status": 500}),
    ("null", {"status": 200}),
    ("cut", {}),
    ("lost", {}),
    ("odd", {"body": {"ok": True, "result": None}}),
    ("odd", {"body": {"ok": True, "result": ["no id at all"]}}),
    ("error", {"status": 500}),
    ("error", {"status": 400}),
    ("error", {"status": 401}),
]


@pytest.mark.parametrize(("kind", "detail"), ODD)
async def test_no_failure_ends_the_loop(telegram, control, person, kind, detail):
    control.fault("deleteWebhook", kind, times=2, **detail)
    control.fault("getUpdates", kind, times=3, **detail)
    person.says("salam")
    taken = Taken()
    async with _polling(telegram, taken):
        await _until(control, "acknowledged")
    assert taken.texts() == ["salam"]


async def test_each_failure_waits_longer_and_a_success_forgets(telegram, control, person, caplog):
    control.fault("getUpdates", "html", times=4, status=502)
    taken = Taken()
    pace = Pace(first=0.01, most=0.05)
    async with _polling(telegram, taken, pace):
        person.says("one")
        await _until(control, "acknowledged")
        control.fault("getUpdates", "html", status=502)
        person.says("two")
        await _until(control, "acknowledged", 2)
    waits = [float(found) for found in re.findall(r"again in ([\d.]+) s", caplog.text)]
    assert waits[:4] == [0.01, 0.02, 0.04, 0.05]
    assert set(waits[4:]) <= {0.01}


async def test_telegrams_own_wait_is_kept_and_stop_does_not_wait_for_it(telegram, control, caplog):
    control.fault("getUpdates", "error", status=429, retry_after=3600)
    async with _polling(telegram, Taken()):
        await _logged(caplog, "again in 3600.00 s")
    assert len(control.calls("getUpdates")) == 0


async def test_a_long_poll_ends_as_soon_as_it_is_told_to(telegram, control):
    began = time.monotonic()
    async with _polling(telegram, Taken()):
        control.fault("sendMessage", "cut")  # any request: the poll waits meanwhile
    assert time.monotonic() - began < 5


async def test_a_second_poller_waits_its_turn(telegram, control, person, caplog):
    first, second = Taken(), Taken()
    other = Telegram(control.token, base_url=control.base_url)
    try:
        async with _polling(telegram, first, Pace(poll=1, first=0.01, most=0.05)):
            async with _polling(other, second, Pace(poll=1, first=0.01, most=0.05)):
                await _until(control, "refused")
            person.says("salam")
            await _until(control, "acknowledged")
    finally:
        await other.close()
    assert "another poller or a webhook" in caplog.text
    assert control.token.partition(":")[2] not in caplog.text
    assert set(first.texts() + second.texts()) == {"salam"}


async def test_a_webhook_set_elsewhere_is_not_taken_away(telegram, control, person, caplog):
    taken = Taken()
    async with _polling(telegram, taken):
        await _until(control, "deleteWebhook")
        await telegram.listen("http://127.0.0.1:1/hook", "s3cret")
        person.says("salam")
        await _until(control, "refused", 2)
        assert control.acknowledged() == []
        assert len(control.calls("deleteWebhook")) == 1
        await telegram.unlisten()
        await _until(control, "acknowledged")
    assert taken.texts() == ["salam"]


async def test_what_waited_behind_a_webhook_is_kept(telegram, control, person):
    await telegram.listen("http://127.0.0.1:1/hook", "s3cret")
    person.says("salam")
    taken = Taken()
    async with _polling(telegram, taken):
        await _until(control, "acknowledged")
    assert taken.texts() == ["salam"]


async def test_a_revoked_token_is_tried_again_and_told_without_it(
    telegram, control, person, caplog
):
    caplog.set_level(logging.DEBUG)
    good = control.token
    control.rotate("1:another")
    taken = Taken()
    person.says("salam")
    async with _polling(telegram, taken):
        await _logged(caplog, "telegram: token")
        assert taken.beats == 0
        control.rotate(good)
        await _until(control, "acknowledged")
    assert good.partition(":")[2] not in caplog.text
    assert "salam" not in caplog.text


async def test_an_empty_poll_forgets_the_offset_for_ids_may_start_anew(telegram, control, person):
    person.says("last week")
    taken = Taken()
    async with _polling(telegram, taken, Pace(poll=1, first=0.01)):
        await _until(control, "getUpdates", 2)  # the second one confirmed and found nothing
        chat = {"id": 700001, "type": "private"}
        control.update({"message": {"message_id": 1, "chat": chat, "text": "today"}}, 5)
        await taken.until(lambda: len(taken.batches) == 2)
        await _until(control, "acknowledged", 2)
    assert taken.texts() == ["last week", "today"]
    asked = [call.get("offset") for call in control.calls("getUpdates")]
    assert asked[:3] == [None, 1002, None]


async def test_manners_follow_the_delivery(telegram, control, person):
    await telegram.send("700001", Message("?", (Option("yes", "نعم"),)))
    person.presses("yes")
    control.group(-5)
    place = {"chat": {"id": -5, "type": "group"}, "message_id": 1, "text": "x"}
    control.update({"message": place})
    taken = Taken()
    async with _polling(telegram, taken):
        await _until(control, "answerCallbackQuery")
        await _until(control, "leaveChat")
    assert [said.option for batch in taken.batches for said in batch] == ["yes"]
    assert control.refused() == []


async def _logged(caplog: pytest.LogCaptureFixture, words: str) -> None:
    """Return once ``words`` are in the log; each look gives the loop a turn."""
    async with asyncio.timeout(20):
        while words not in caplog.text:  # noqa: ASYNC110 a log wakes nobody
            await asyncio.sleep(0.01)
