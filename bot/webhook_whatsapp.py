# SPDX-License-Identifier: AGPL-3.0-or-later
"""WhatsApp's webhook: 200 means that all it told is on our disk, and nothing else does."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels import Inbound
from bot.channels.whatsapp import WhatsApp, signed, verify
from bot.channels.whatsapp_read import Heard
from bot.parking import park
from bot.relay import Relay
from bot.runtime import Runtime
from bot.webhook import body

log = logging.getLogger(__name__)

PATH = "/whatsapp"
HEADER = "x-hub-signature-256"
LARGEST = 4 * 1024 * 1024  # bytes; a thousand messages come in one body of at most three
AT_ONCE = 8  # read marks under way: they are a courtesy and must not crowd the answers
POLITE = 50  # people of one body; in a backlog marks would only delay what matters


class House(Protocol):
    """What the webhook needs of the bot."""

    @property
    def runtime(self) -> Runtime:
        """Where messages go in."""

    @property
    def relay(self) -> Relay:
        """Who must know what became of what was sent."""


def routes(house: House, whatsapp: WhatsApp, secret: str, word: str) -> list[Route]:
    """The routes that Meta asks once and posts to ever after."""
    courtesies: set[asyncio.Task[None]] = set()
    few = asyncio.Semaphore(AT_ONCE)

    async def confirm(request: Request) -> Response:
        asked = request.query_params
        known = verify(word, asked.get("hub.verify_token", ""))
        if not known or asked.get("hub.mode") != "subscribe":
            return Response(status_code=403)
        return PlainTextResponse(asked.get("hub.challenge", ""))

    async def receive(request: Request) -> Response:
        signature = request.headers.get(HEADER)
        if not signature:
            return Response(status_code=401)
        try:
            raw = await body(request, LARGEST)
        except ValueError:
            return Response(status_code=413)
        if not signed(secret, raw, signature):
            return Response(status_code=403)
        try:
            payload = json.loads(raw)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        for mark in _marks(await take(house, whatsapp, payload)):
            task = asyncio.create_task(_polite(whatsapp, mark, few))
            courtesies.add(task)
            task.add_done_callback(courtesies.discard)
        return Response()

    return [Route(PATH, confirm, methods=["GET"]), Route(PATH, receive, methods=["POST"])]


async def take(house: House, whatsapp: WhatsApp, payload: Any) -> list[Heard]:
    """Handle all of a webhook durably; a message that we cannot handle is sealed and parked."""
    await house.relay.tell(whatsapp.fates(payload))
    told = whatsapp.read(payload)
    raw = {id(heard.inbound): heard.raw for heard in told}

    async def rescue(inbound: Inbound, fault: Exception) -> None:
        log.error("whatsapp: one message failed: %s", type(fault).__name__)
        await park(house.runtime, inbound, raw[id(inbound)])

    await house.runtime.receive_batch([heard.inbound for heard in told], rescue)
    return told


def _marks(told: Sequence[Heard]) -> list[str]:
    """The newest message of each person: the platform marks those before it as well."""
    newest = {heard.inbound.sender.to: heard.mark for heard in told if heard.mark}
    return list(newest.values()) if len(newest) <= POLITE else []


async def _polite(whatsapp: WhatsApp, mark: str, few: asyncio.Semaphore) -> None:
    async with few:
        await whatsapp.saw(mark)
