# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fetching a file: its bytes, the limit, and every way not to get it."""

from __future__ import annotations

import logging

import pytest

from bot.channels import FileRef, Refused, SendError, TryLater
from bot.channels.telegram import Telegram

pytestmark = pytest.mark.anyio
LIMIT = 20 * 1024 * 1024


async def _offered(telegram: Telegram) -> FileRef:
    [update] = await telegram.updates(None, 0)
    return telegram.read(update).file


async def _pour(telegram: Telegram, ref: FileRef, taken: bytearray) -> None:
    async for chunk in telegram.fetch(ref):
        taken += chunk


async def _bytes(telegram: Telegram, ref: FileRef) -> bytes:
    return b"".join([chunk async for chunk in telegram.fetch(ref)])


@pytest.mark.parametrize("kind", ["photo", "document", "voice", "audio", "video", "video_note"])
async def test_an_offered_file_arrives_byte_for_byte(telegram, person, kind):
    data = bytes(range(256)) * 2000
    person.sends_file(data, kind, caption="voilà")
    assert await _bytes(telegram, await _offered(telegram)) == data


async def test_an_empty_file_is_empty(telegram, person):
    person.sends_file(b"")
    assert await _bytes(telegram, await _offered(telegram)) == b""


async def test_nothing_is_fetched_by_reading(telegram, control, person):
    person.sends_file(b"data", "photo")
    assert await _offered(telegram)
    assert control.calls("getFile") == []


async def test_a_file_known_to_be_too_large_is_not_even_asked_for(telegram, control, person):
    person.sends_file(b"", size=LIMIT + 1)
    with pytest.raises(Refused, match="too_large"):
        await _bytes(telegram, await _offered(telegram))
    assert control.calls("getFile") == []


async def test_a_file_whose_size_nobody_said_is_refused_by_the_platform(telegram, person):
    person.sends_file(b"", size=LIMIT + 1)
    ref = FileRef((await _offered(telegram)).ref, "document")
    with pytest.raises(Refused, match="too_large"):
        await _bytes(telegram, ref)


async def test_a_file_that_grows_on_the_way_is_cut_off(telegram, control, person):
    person.sends_file(b"", size=LIMIT + 1)
    ref = FileRef((await _offered(telegram)).ref, "document")
    small = {"file_id": ref.ref, "file_size": 5, "file_path": f"files/{ref.ref}.bin"}
    control.fault("getFile", "odd", body={"ok": True, "result": small})
    taken = bytearray()
    with pytest.raises(Refused, match="too_large"):
        await _pour(telegram, ref, taken)
    assert 0 < len(taken) <= LIMIT


FAULTS = [
    ("getFile", "html", {"status": 502}, TryLater, "platform"),
    ("getFile", "error", {"status": 429, "retry_after": 3}, TryLater, "flood"),
    ("getFile", "error", {"status": 400, "description": "invalid file_id"}, Refused, "file_gone"),
    ("getFile", "odd", {"body": {"ok": True, "result": {}}}, TryLater, "odd"),
    ("getFile", "odd", {"body": {"ok": True, "result": {"file_path": "/a"}}}, TryLater, "odd"),
    ("getFile", "odd", {"body": {"ok": True, "result": {"file_path": "a/../b"}}}, TryLater, "odd"),
    ("download", "error", {"status": 404}, Refused, "file_gone"),
    ("download", "html", {"status": 502}, TryLater, "platform"),
    ("download", "html", {"status": 302}, TryLater, "platform"),
    ("download", "cut", {}, TryLater, "network"),
]


@pytest.mark.parametrize("row", FAULTS)
async def test_every_failure_says_what_to_do_and_not_where(telegram, control, person, caplog, row):
    method, kind, detail, error, code = row
    caplog.set_level(logging.DEBUG)
    person.sends_file(b"data")
    ref = await _offered(telegram)
    control.fault(method, kind, **detail)
    with pytest.raises(SendError) as raised:
        await _bytes(telegram, ref)
    assert (type(raised.value), str(raised.value)) == (error, code)
    assert raised.value.__context__ is None
    assert control.token not in caplog.text
    assert await _bytes(telegram, ref) == b"data"
