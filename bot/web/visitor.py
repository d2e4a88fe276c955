# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is asking and what they sent: read with care, bounded, and never repeated in an error."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.requests import Request

from bot.channels import Address
from bot.web.refusals import Refusal

HEADER: Final = "X-Sanad-Visitor"
BODY: Final = 128 * 1024  # bytes of JSON: a story of 100 kB fits
PATIENCE: Final = 30.0  # seconds without a byte; a slow phone sends some, a hung one sends none

# At least 128 random bits in base64url, made by the page.
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22,128}")


def visitor(request: Request) -> Address:
    """Return whose request this is; refuse when the header does not say."""
    token = request.headers.get(HEADER, "")
    if not _TOKEN.fullmatch(token):
        raise Refusal("no_visitor")
    return Address("web", token)


def is_ticket(text: object) -> bool:
    """Say whether *text* could be a ticket that a page made for a file."""
    return isinstance(text, str) and bool(_TOKEN.fullmatch(text))


async def body(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent; refuse anything else, and more than :data:`BODY`."""
    try:
        found = json.loads(await _bounded(request))
    except (ValueError, RecursionError):  # the cause quotes what was sent
        raise Refusal("unreadable") from None
    if not isinstance(found, dict):
        raise Refusal("unreadable")
    return found


async def _bounded(request: Request) -> bytes:
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said[:12]) > BODY:
        raise Refusal("too_long")
    read = bytearray()
    async for chunk in chunks(request):
        read += chunk
        if len(read) > BODY:
            raise Refusal("too_long")
    return bytes(read)


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; refuse one that stops coming."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(PATIENCE):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise Refusal("too_slow") from None
        if chunk is None:
            return
        yield chunk
