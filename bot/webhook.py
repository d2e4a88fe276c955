# SPDX-License-Identifier: AGPL-3.0-or-later
"""Telegram's webhook: 200 means that the update is on our disk, and nothing else does."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.telegram import Telegram, verify
from bot.parking import park
from bot.runtime import Runtime

log = logging.getLogger(__name__)

PATH = "/telegram"
HEADER = "x-telegram-bot-api-secret-token"
LARGEST = 1024 * 1024  # bytes; an update is a few kilobytes


class House(Protocol):
    """What the webhook needs of the bot."""

    @property
    def runtime(self) -> Runtime:
        """Where messages go in."""


def route(house: House, telegram: Telegram, secret: str) -> Route:
    """The route that Telegram posts to."""
    courtesies: set[asyncio.Task[None]] = set()

    async def receive(request: Request) -> Response:
        if not verify(secret, request.headers.get(HEADER)):
            return Response(status_code=403)
        try:
            update = json.loads(await body(request, LARGEST))
        except (ValueError, RecursionError):
            return Response(status_code=400)
        await take(house, telegram, update)
        task = asyncio.create_task(telegram.settle(update))
        courtesies.add(task)
        task.add_done_callback(courtesies.discard)
        return Response()

    return Route(PATH, receive, methods=["POST"])


async def take(house: House, telegram: Telegram, update: Any) -> None:
    """Handle one update durably; one that we cannot handle is sealed and parked."""
    inbound = telegram.read(update)
    if inbound is None:
        return
    try:
        await house.runtime.receive(inbound)
    except Exception as fault:  # noqa: BLE001 - the person must hear something, and a human too
        log.error("telegram: one update failed: %s", type(fault).__name__)  # noqa: TRY400 - no values
        await park(house.runtime, inbound, update)


async def body(request: Request, largest: int) -> bytes:
    """The raw bytes of a request; ValueError where there are more than *largest*."""
    got = b""
    async for chunk in request.stream():
        got += chunk
        if len(got) > largest:
            raise ValueError("too large")
    return got
