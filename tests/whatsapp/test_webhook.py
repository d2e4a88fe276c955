# SPDX-License-Identifier: AGPL-3.0-or-later
"""The webhook: who may post, what 200 promises, and a thousand messages at once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging

import httpx
import pytest

from bot.understanding import Understanding
from tests.whatsapp.line import THREAT, WORD, eventually

pytestmark = pytest.mark.anyio
STONE = "Zmerroukech"


class Stumbling(Understanding):
    """Falls over one word."""

    __slots__ = ()

    def read(self, text, now, lang):
        if STONE in text:
            raise ValueError(text)
        return Understanding.read(self, text, now, lang)


def value(*messages, number):
    metadata = {"display_phone_number": "1", "phone_number_id": number}
    return {"messaging_product": "whatsapp", "metadata": metadata, "messages": list(messages)}


def post_of(*values):
    changes = [{"field": "messages", "value": one} for one in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}


def text(body, ident, phone="212600000001"):
    return {"from": phone, "id": ident, "timestamp": "1790000000", "type": "text",
            "text": {"body": body}}  # fmt: skip


async def ask(line, raw, signature=None, **headers):
    if signature is None:
        digest = hmac.new(line.graph.secret.encode(), raw, hashlib.sha256).hexdigest()
        signature = f"sha256={digest}"
    headers |= {"x-hub-signature-256": signature} if signature else {}
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        return (await http.post(line.url, content=raw, headers=headers)).status_code


async def test_meta_hears_its_word_back_and_nobody_else(line):
    async def get(**asked):
        async with httpx.AsyncClient(trust_env=False) as http:
            named = {f"hub.{name}": content for name, content in asked.items()}
            return await http.get(line.url, params=named)

    good = await get(mode="subscribe", verify_token=WORD, challenge="<b>7</b>")
    assert (good.status_code, good.text) == (200, "<b>7</b>")
    assert good.headers["content-type"].startswith("text/plain")
    for wrong in (
        {"mode": "subscribe", "verify_token": "é", "challenge": "7"},
        {"mode": "unsubscribe", "verify_token": WORD, "challenge": "7"},
        {},
    ):
        assert (await get(**wrong)).status_code == 403


async def test_what_is_not_signed_leaves_no_trace(line, caplog):
    caplog.set_level(logging.DEBUG)
    raw = json.dumps(post_of(value(text(THREAT, "wamid.X"), number=line.graph.number))).encode()
    assert await ask(line, raw, "") == 401
    for wrong in ("sha256=" + "0" * 64, "sha1=abc", "sha256=é"):
        assert await ask(line, raw, wrong.encode()) == 403
    assert {table: line.count(table) for table in ("contact", "seen", "cases")} == {
        "contact": 0, "seen": 0, "cases": 0,
    }  # fmt: skip
    assert "menace" not in caplog.text


async def test_the_signature_is_over_the_raw_bytes(line):
    spelled = json.dumps(post_of(value(text("سلام", "wamid.X"), number=line.graph.number)))
    assert "\\u0633" in spelled
    assert await ask(line, spelled.encode()) == 200
    assert line.count("contact") == 1


async def test_what_is_no_json_or_too_large_is_refused(line):
    assert await ask(line, b"{") == 400
    assert await ask(line, b" " * (5 * 1024 * 1024)) == 413
    assert await ask(line, b"[" * 100_000) == 400


async def test_another_number_of_the_same_account_is_ignored(line):
    raw = json.dumps(post_of(value(text(THREAT, "wamid.X"), number="1"))).encode()
    assert await ask(line, raw) == 200
    assert line.count("contact") == 0


async def test_200_comes_when_it_is_on_the_disk_and_not_before(line):
    raw = json.dumps(post_of(value(text(THREAT, "wamid.X"), number=line.graph.number))).encode()
    write, kept = line.app.store.write, asyncio.Event()

    async def slow(job):
        await kept.wait()
        return await write(job)

    line.app.store.write = slow
    posting = asyncio.create_task(ask(line, raw))
    await asyncio.sleep(0.3)
    assert not posting.done()
    kept.set()
    assert await posting == 200
    line.app.store.write = write
    assert line.words("story") == [THREAT]


async def test_a_message_delivered_twice_counts_once(line, caller):
    line.graph.double(1)
    assert len(await caller.says(THREAT)) == 1
    await eventually(lambda: len(line.rows("select id from seen")) == 1)
    assert line.words("story") == [THREAT]
    assert caller.heard() == []


async def test_a_thousand_messages_in_one_body_are_all_kept_in_order(line):
    number = line.graph.number
    people = [f"2126000{n:05d}" for n in range(50)]
    said = [
        text(f"mot {n} {phone}", f"wamid.{phone}.{n}", phone)
        for n in range(20)
        for phone in people
    ]
    raw = json.dumps(post_of(value(*said[:500], number=number), value(*said[500:], number=number)))
    assert await ask(line, raw.encode()) == 200
    assert line.count("seen") == 1000
    assert line.count("contact") == 50
    for case in line.cases()[:3]:
        kept = [data.decode() for kind, data in line.sealed(case) if data.startswith(b"mot ")]
        assert [words.split()[1] for words in kept] == [str(n) for n in range(20)]
        assert len({words.split()[2] for words in kept}) == 1


async def test_a_message_that_fails_is_parked_and_its_neighbours_go_on(line, caplog):
    reader = line.app.runtime.understanding
    line.app.runtime.understanding = Stumbling(reader.reader, reader.labels)
    number = line.graph.number
    said = [
        text(THREAT, "wamid.1", "212600000001"),
        text(f"{STONE} {THREAT}", "wamid.2", "212600000002"),
        text(THREAT, "wamid.3", "212600000003"),
        text("le 12", "wamid.4", "212600000002"),
    ]
    raw = json.dumps(post_of(value(*said, number=number))).encode()
    assert await ask(line, raw) == 200
    assert await ask(line, raw) == 200
    assert line.count("seen") == 4
    faulty = [words for case in line.cases() for words in line.words("faulty", case)]
    assert len(faulty) == 1
    assert STONE in faulty[0]
    assert "2126" not in faulty[0]
    assert "wamid" not in faulty[0]
    assert STONE not in caplog.text
    assert "2126" not in caplog.text


async def test_disorder_and_batches_lose_nothing_and_repeat_nothing(line):
    callers = [line.caller() for _ in range(6)]
    line.graph.hold()
    line.graph.shuffle(7)
    for n in range(5):
        for caller in callers:
            caller.person.says(f"mot {n}")
    line.written += 30
    line.graph.double(3)
    line.graph.release(size=7, spread="changes")
    await line.settled()
    assert line.count("seen") == 30
    assert line.count("contact") == 6
