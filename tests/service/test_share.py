# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receiving comes before answering; a life does not wait for it, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels import Address, Inbound
from bot.share import LONGEST, STEP, Share
from tests.service.stories import DANGER

pytestmark = pytest.mark.anyio


def test_while_somebody_is_heard_few_sends_begin_and_some_all_the_same():
    now, busy = [1000.0], [False]
    ours = Share(lambda: busy[0], lambda: now[0])
    assert ours.grant() == STEP
    busy[0] = True
    assert ours.grant() == 0
    now[0] += LONGEST
    assert ours.grant() == STEP
    assert ours.grant() == 0
    busy[0] = False
    assert ours.grant() == STEP


async def test_a_reply_to_danger_begins_however_busy_we_are(house):
    sara, omar = house.visitor(), house.visitor()
    omar.writes("Bonjour")
    sara.writes(DANGER)
    await house.taken()
    relay = house.app.relay
    while relay.turn(0) or relay._tasks:
        if not relay._tasks:
            break
        # To await one that has just ended gives way to nothing: it would stay there for ever.
        await asyncio.wait(relay._tasks, return_when=asyncio.FIRST_COMPLETED)
    assert house.text("danger.numbers_self_harm") in sara.heard()[0]
    assert omar.heard() == []
    await relay.drain()
    assert omar.heard()


async def test_nobody_is_being_heard_once_all_is_written_or_failed(house):
    runtime = house.app.runtime
    await house.visitor().says("Bonjour")
    assert not runtime.busy()
    runtime.understanding = None
    with pytest.raises(AttributeError):
        await runtime.receive(Inbound(Address("telegram", "1"), "1", "text", text="salam"))
    assert not runtime.busy()
