# SPDX-License-Identifier: AGPL-3.0-or-later
"""Says to a page opened from our Telegram bot which language to speak; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.telegram_webapp import LONGEST, language, verified
from bot.clock import Clock

PATH = "/telegram/language"


def route(token: str, languages: Sequence[str], clock: Clock) -> Route:
    """The route a page posts its initData to: {"lang"}, or 403 for what Telegram did not sign."""

    async def tell(request: Request) -> Response:
        signed = await _text(request)
        fields = None if signed is None else verified(signed, token, clock())
        if fields is None:
            return Response(status_code=403)
        spoken = language(fields)
        return JSONResponse({"lang": spoken if spoken in languages else None})

    return Route(PATH, tell, methods=["POST"])


async def _text(request: Request) -> str | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None
