# SPDX-License-Identifier: AGPL-3.0-or-later
"""The stand-in itself is worth believing: as strict, as stubborn and as forgetful as Telegram."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels import Message, Option
from bot.channels.telegram import Telegram, verify
from tests.standins.serving import listen
from tests.standins.telegram_people import Control

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
SECRET = "s3cret_A-1"  # noqa: S105 of this test


def _call(control: Control, method: str, **params: Any) -> dict[str, Any]:
    url = f"{control.base_url}{control.token}/{method}"
    return httpx.post(url, json=params, trust_env=False).json()


WRONG = [
    ("sendMessage", {"chat_id": 700001}, "text"),
    ("sendMessage", {"chat_id": 700001, "text": " \n"}, "text is empty"),
    ("sendMessage", {"chat_id": 700001, "text": "😭" * 2049}, "too long"),
    ("sendMessage", {"chat_id": 700001, "text": "x", "colour": "red"}, "unknown parameter"),
    ("sendMessage", {"chat_id": 700001, "text": "x", "protect_content": "perhaps"}, "bool"),
    (
        "sendMessage",
        {
            "chat_id": 700001,
            "text": "x",
            "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "é" * 33}]]},
        },
        "BUTTON_DATA_INVALID",
    ),
    (
        "sendMessage",
        {"chat_id": 700001, "text": "x", "reply_markup": {"inline_keyboard": [[{"to": "a"}]]}},
        "reply_markup",
    ),
    ("sendMessage", {"chat_id": 5, "text": "x"}, "chat not found"),
    ("deleteMessages", {"chat_id": 700001, "message_ids": list(range(101))}, "number"),
    ("deleteMessage", {"chat_id": 700001, "message_id": 77}, "not found"),
    ("getFile", {"file_id": "unknown"}, "file_id"),
    ("answerCallbackQuery", {"callback_query_id": "unknown"}, "too old"),
    ("eatCake", {}, "Not Found"),
]


@pytest.mark.parametrize("row", WRONG, ids=[f"{row[0]} {row[2]}" for row in WRONG])
def test_a_wrong_request_is_refused_and_not_in_the_journal(control, person, row):
    method, params, why = row
    answer = _call(control, method, **params)
    assert answer["ok"] is False
    assert why in answer["description"]
    assert control.journal() == []
    assert len(control.refused()) == 1


def test_a_text_that_looks_like_json_stays_a_text(control, person):
    for text in ("[1]", "{}", "5", "true"):
        url = f"{control.base_url}{control.token}/sendMessage"
        httpx.post(url, data={"chat_id": 700001, "text": text}, trust_env=False)
    assert [said["text"] for said in control.bubbles(700001)] == ["[1]", "{}", "5", "true"]


def test_an_update_comes_again_until_a_higher_offset_confirms_it(control, person):
    numbers = [person.says(text)["update_id"] for text in "abc"]

    def ask(**params: int) -> list[int]:
        return [update["update_id"] for update in _call(control, "getUpdates", **params)["result"]]

    assert ask() == ask() == numbers
    assert ask(limit=2) == numbers[:2]
    assert ask(offset=numbers[0]) == numbers
    assert control.acknowledged() == []
    assert ask(offset=numbers[0] + 1) == numbers[1:]
    assert control.acknowledged() == numbers[:1]
    assert ask(offset=-1) == numbers[2:]
    assert ask() == numbers[2:]
    assert control.acknowledged() == numbers[:2]


def test_only_the_kinds_that_were_asked_for_are_kept(control, person):
    _call(control, "getUpdates", allowed_updates=["callback_query"])
    person.says("x")
    assert control.pending() == []


async def test_a_second_poll_ends_the_first_with_a_conflict(control):
    async with httpx.AsyncClient(trust_env=False) as http:
        url = f"{control.base_url}{control.token}/getUpdates"
        polls = [asyncio.create_task(http.post(url, json={"timeout": 20}, timeout=30))]
        while not control.polls():  # noqa: ASYNC110 another loop cannot set our event
            await asyncio.sleep(0)
        polls.append(asyncio.create_task(http.post(url, json={"timeout": 0})))
        first, second = await asyncio.gather(*polls)
    assert (first.status_code, second.status_code) == (409, 200)
    assert "terminated by other getUpdates" in first.json()["description"]


async def test_an_answer_that_is_lost_was_an_act_and_a_cut_was_none(telegram, control, person):
    for kind in ("lost", "cut"):
        control.fault("sendMessage", kind)
        with pytest.raises(Exception, match="network"):
            await telegram.send("700001", Message(kind))
    assert [said["text"] for said in control.bubbles(700001)] == ["lost"]


@asynccontextmanager
async def _hook(answer: Callable[[Any], int]) -> AsyncIterator[str]:
    """Receive updates as the bot would; ``answer`` says which status each gets."""

    async def receive(request: Request) -> Response:
        good = verify(SECRET, request.headers.get("x-telegram-bot-api-secret-token"))
        return Response(status_code=answer(await request.json()) if good else 403)

    app = Starlette(routes=[Route("/hook", receive, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    with listen() as listener:
        serving = asyncio.create_task(server._serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        server.should_exit = True
        await serving


async def _acknowledged(control: Control, count: int) -> list[int]:
    await asyncio.to_thread(control.until, "acknowledged", count)
    return control.acknowledged()


async def test_a_webhook_gets_each_update_until_it_says_yes_and_in_order(
    telegram, control, person
):
    control.retry_after(0.01)
    seen: list[str] = []

    def stubborn(update: Any) -> int:
        seen.append(telegram.read(update).text)
        return 200 if Counter(seen)[seen[-1]] == 3 else 500

    async with _hook(stubborn) as url:
        person.says("waited")
        await telegram.listen(url, SECRET)
        for text in "abc":
            await asyncio.to_thread(person.says, text)
        assert len(await _acknowledged(control, 4)) == 4
        await telegram.unlisten()
    assert seen == [text for text in ("waited", "a", "b", "c") for _ in range(3)]
    assert control.pending() == []


async def test_a_press_may_overtake_the_words_before_it(telegram, control, person):
    control.retry_after(0.01)
    await telegram.send("700001", Message("?", (Option("yes", "نعم"),)))
    taken: list[str] = []

    def words_wait(update: Any) -> int:
        said = telegram.read(update)
        if said.kind == "text" and "option" not in taken:
            return 503
        taken.append(said.kind)
        return 200

    async with _hook(words_wait) as url:
        await telegram.listen(url, SECRET)
        await asyncio.to_thread(person.says, "first")
        await asyncio.to_thread(person.presses, "yes")
        await _acknowledged(control, 2)
        await telegram.unlisten()
    assert taken == ["option", "text"]


async def test_a_webhook_can_get_everything_twice(telegram, control, person):
    seen: list[str] = []

    def twice(update: Any) -> int:
        seen.append(telegram.read(update).id)
        return 200

    control.double(1)
    async with _hook(twice) as url:
        await telegram.listen(url, SECRET)
        number = (await asyncio.to_thread(person.says, "x"))["update_id"]
        await _acknowledged(control, 1)
        await telegram.unlisten()
    assert seen == [str(number), str(number)]


async def test_in_a_process_of_its_own_it_keeps_a_journal_that_outlives_it(tmp_path):
    journal = tmp_path / "journal.jsonl"
    command = [sys.executable, "-m", "tests.standins.telegram", "--journal", str(journal)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220 a line and a kill
        try:
            control = Control(**json.loads(process.stdout.readline()))
            control.person(7)
            telegram = Telegram(control.token, base_url=control.base_url)
            await telegram.send("7", Message("salam"))
            await telegram.close()
            control.close()
        finally:
            process.kill()
    [event] = [json.loads(line) for line in journal.read_text().splitlines()]
    assert (event["method"], event["params"]["text"]) == ("sendMessage", "salam")


def test_a_port_that_is_taken_leaves_no_socket_behind():
    with listen() as first, pytest.raises(OSError, match="in use"):
        listen(first.getsockname()[1])
    gc.collect()  # a socket left open would be told of here, and fail the test
