# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sealing page's calls as JSON: what it needs to seal, and seals going in and out."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.filing import TOKEN, Filing, Found, OtherTeam, TooMany, Words
from bot.vault.envelope import Unfit
from bot.vault.padding import size_class
from bot.web.house import Door, House
from bot.web.refusals import Refusal
from bot.web.visitor import body

SMALLEST: Final = 4096  # bytes of an answer: how little there is to say is not seen either

_ID: Final = re.compile(r"[0-9a-f]{32}")
_MOST: Final = 1000  # recipients


class Even(JSONResponse):
    """JSON with blanks behind it up to a size class: its length tells next to nothing."""

    def render(self, content: Any) -> bytes:
        """Write it, padded."""
        said: bytes = super().render(content)
        return said.ljust(max(SMALLEST, size_class(len(said))))


def routes() -> list[Route]:
    """Return the routes of the sealing page; their names say as little as the page's."""
    return [
        Route("/notes/start", _start, methods=["GET"]),
        Route("/notes/keep", _keep, methods=["POST"]),
        Route("/notes/open", _open, methods=["POST"]),
        Route("/notes/add", _add, methods=["POST"]),
        Route("/notes/drop", _drop, methods=["POST"]),
    ]


async def _start(request: Request) -> Response:
    door = _door(request)
    return JSONResponse(
        {
            "salt": _text(door.salt),
            "team": list(door.team),
            "situations": list(door.situations),
            "texts": door.texts(),
            "words": {lang: list(words) for lang, words in door.words.items()},
        }
    )


async def _keep(request: Request) -> Response:
    told = await body(request)
    try:
        alarmed = await _door(request).file(filing(told))
    except (Unfit, OtherTeam, TooMany) as fault:
        raise _refusal(fault) from None
    # 201 is a promise: from here on the case survives a crash, and the receipt may be shown.
    return Even({"kept": True, "alarmed": alarmed}, status_code=201)


async def _open(request: Request) -> Response:
    token = _token(await body(request))
    try:
        return Even(shown(_door(request).open(token)))
    except TooMany as fault:
        raise _refusal(fault) from None


async def _add(request: Request) -> Response:
    told = await body(request)
    token, ident, words = _token(told), told.get("id"), _words(told)
    if not isinstance(ident, str) or not _ID.fullmatch(ident):
        raise Refusal("unreadable")
    try:
        return Even({"kept": await _door(request).add(token, ident, words)})
    except (Unfit, TooMany) as fault:
        raise _refusal(fault) from None


async def _drop(request: Request) -> Response:
    token = _token(await body(request))
    try:
        return Even({"gone": await _door(request).withdraw(token)})
    except TooMany as fault:
        raise _refusal(fault) from None


def filing(told: dict[str, Any]) -> Filing:
    """Return the case that a page's JSON object holds; refuse anything else."""
    match told:
        case {
            "visitor": str(visitor),
            "recipient": str(recipient),
            "team": list(team),
            "lang": "ar" | "fr" as lang,
            "situation": (str() | None) as situation,
            "ticks": list(ticks),
        } if len(team) <= _MOST and all(isinstance(one, str) for one in (*team, *ticks)):
            return Filing(
                _token(told), visitor, recipient, _bytes(told.get("wrapped")),
                _words(told), tuple(team), lang, situation, frozenset(ticks),
            )  # fmt: skip
    raise Refusal("unreadable")


def shown(found: Found) -> dict[str, Any]:
    """Return what a token led to, as the page reads it: the same lines for everybody."""
    return {
        "standing": found.standing,
        "time": found.time,
        "recipient": found.recipient,
        "answers": [_text(answer) for answer in found.answers],
    }


def _door(request: Request) -> Door:
    return cast("House", request.app.state.house).door


def _refusal(fault: Exception) -> Refusal:
    match fault:
        case OtherTeam():
            return Refusal("other_team")
        case TooMany():
            return Refusal("too_many")
        case _:
            return Refusal("unreadable")


def _token(told: dict[str, Any]) -> bytes:
    token = _bytes(told.get("token"))
    if len(token) != TOKEN:
        raise Refusal("unreadable")
    return token


def _words(told: dict[str, Any]) -> Words:
    length = told.get("length")
    if type(length) is not int:
        raise Refusal("unreadable")
    return Words(_bytes(told.get("words")), length)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise Refusal("unreadable")
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Refusal("unreadable") from None
