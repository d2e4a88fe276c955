# SPDX-License-Identifier: AGPL-3.0-or-later
"""The chat page's conversation as JSON: say, fetch what waits, acknowledge it, bring a file."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any, Final, Literal, cast, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels import Address, Attachment, FileKind, FileRef, Inbound
from bot.web.house import House, Parcel
from bot.web.refusals import Refusal
from bot.web.visitor import body, chunks, is_ticket, visitor

WAIT: Final = 25.0  # seconds; shorter than what proxies between us and a phone allow
LARGEST: Final = 2**53  # the largest whole number that JavaScript and we agree on
OPTION_BYTES: Final = 64
SEEN_AT_ONCE: Final = 1000

_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")  # a UUID, or anything as plain


def routes() -> list[Route]:
    """Return the routes of the chat."""
    return [
        Route("/chat/say", _say, methods=["POST"]),
        Route("/chat/next", _next, methods=["GET"]),
        Route("/chat/seen", _seen, methods=["POST"]),
        Route("/chat/files/{ticket}", _bring, methods=["PUT"]),
        Route("/chat/files/{ticket}", _give_up, methods=["DELETE"]),
    ]


async def _say(request: Request) -> Response:
    sender = visitor(request)
    inbound = read(sender, await body(request))
    turn = await _house(request).runtime.receive(inbound)
    # 202 is a promise: from here on the message survives a crash.
    return JSONResponse({"screen": screen(turn.effects)}, status_code=202)


async def _next(request: Request) -> Response:
    parcels = await _house(request).mailbox.collect(visitor(request), wait=WAIT)
    return JSONResponse({"parcels": [shown(parcel) for parcel in parcels]})


async def _seen(request: Request) -> Response:
    address = visitor(request)
    ids = (await body(request)).get("ids")
    if not isinstance(ids, list) or len(ids) > SEEN_AT_ONCE or not all(map(_is_count, ids)):
        raise Refusal("unreadable")
    await _house(request).mailbox.acknowledge(address, ids)
    return Response(status_code=204)


async def _bring(request: Request) -> Response:
    # Before a byte of the body is read: what must not be here never arrives.
    row = _expected(request)
    await _house(request).intake.take(row, chunks(request))
    return Response(status_code=204)


async def _give_up(request: Request) -> Response:
    """Hear that the page no longer holds a file: it was opened anew meanwhile."""
    await _house(request).intake.fail(_expected(request), "gone")
    return Response(status_code=204)


def _expected(request: Request) -> Any:
    address, ticket = visitor(request), request.path_params["ticket"]
    row = _house(request).intake.expected(address, ticket) if is_ticket(ticket) else None
    if row is None:
        raise Refusal("not_asked_for")
    return row


def _house(request: Request) -> House:
    return cast("House", request.app.state.house)


def read(sender: Address, said: dict[str, Any]) -> Inbound:
    """Return what a page's JSON object says; refuse one that says nothing or two things."""
    id_ = said.get("id")
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise Refusal("unreadable")
    # One visitor's id must never be taken for another's.
    own = f"{sender.to}:{id_}"
    match said:
        case {"text": str(text), **rest} if not rest.keys() & {"option", "file"}:
            return Inbound(sender, own, "text", text=_whole(text))
        case {"option": str(option), **rest} if not rest.keys() & {"text", "file"}:
            return Inbound(sender, own, "option", option=_option(option))
        case {"file": dict(file), **rest} if not rest.keys() & {"text", "option"}:
            caption = rest.get("caption", "")
            if isinstance(caption, str):
                return Inbound(sender, own, "file", text=_whole(caption), file=_file(file))
    raise Refusal("unreadable")


def _option(option: str) -> str:
    whole = _whole(option)
    if not 0 < len(whole.encode()) <= OPTION_BYTES:
        raise Refusal("unreadable")
    return whole


def _file(file: dict[str, Any]) -> FileRef:
    match file:
        case {"kind": str(kind), "ticket": str(ticket), "size": int(size)} if (
            kind in get_args(FileKind) and is_ticket(ticket) and _is_count(size)
        ):
            return FileRef(ticket, cast("FileKind", kind), size)
    raise Refusal("unreadable")


def _is_count(number: object) -> bool:
    return type(number) is int and 0 <= number <= LARGEST


def _whole(text: str) -> str:
    """Return *text* with halves of characters replaced: JSON may carry them, UTF-8 may not."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def screen(effects: Sequence[str]) -> Literal["keep", "drop", "clear", "leave"]:
    """Return what the page does with what it shows: a messenger's bubbles are deleted for it."""
    if "quick_exit" in effects:
        return "leave"
    if "drop_papers" in effects:
        return "drop"
    return "clear" if "erase" in effects else "keep"


def shown(parcel: Parcel) -> dict[str, Any]:
    """Return a parcel as the page reads it."""
    if parcel.message is None:
        return {"id": parcel.id, "upload": parcel.upload}
    message = parcel.message
    return {
        "id": parcel.id,
        "text": message.text,
        "options": [{"id": option.id, "label": option.label} for option in message.options],
        "lang": message.lang,
        "dir": message.dir,
        "attachments": [_attached(attachment) for attachment in message.attachments],
    }


def _attached(attachment: Attachment) -> dict[str, str]:
    """Return a file inside the answer itself: it has no address that somebody could open."""
    data = base64.b64encode(attachment.data).decode()
    return {
        "kind": attachment.kind, "name": attachment.name, "type": attachment.type, "data": data,
    }  # fmt: skip
