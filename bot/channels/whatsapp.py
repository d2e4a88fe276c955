# SPDX-License-Identifier: AGPL-3.0-or-later
"""WhatsApp as a channel: says what it is given, fetches only what it is asked for."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from bot.channels import (
    Attachment,
    Fate,
    FileRef,
    Message,
    Refused,
    SendError,
    TryLater,
    Unsure,
)
from bot.channels.whatsapp_read import Heard, fates, read
from bot.channels.whatsapp_shape import LIMITS, parts, shape, whom
from bot.channels.whatsapp_wire import PATIENCE, Wire

__all__ = ["BASE", "WhatsApp", "signed", "verify"]

BASE = "https://graph.facebook.com/v25.0"
_MEGABYTE = 1024 * 1024
# What the platform passes on of each kind; of a document it takes more than this house does.
_LARGEST = {"photo": 5 * _MEGABYTE, "voice": 16 * _MEGABYTE, "document": 20 * _MEGABYTE}
_AS = {"document": "document", "voice": "audio"}


class WhatsApp:
    """A business number of the Cloud API, reached through plain HTTP.

    Whatever fails is raised as TryLater, Unsure, Refused, Closed, Unwanted or Gone: never with
    the token, a number or a word of anybody. Forwarding cannot be forbidden here and nothing
    can be deleted: neither is pretended.
    """

    name = "whatsapp"
    limits = LIMITS
    parts = staticmethod(parts)
    shape = staticmethod(shape)

    def __init__(self, token: str, number: str, *, base_url: str = BASE) -> None:
        self._wire = Wire(token, base_url)
        self._number = number

    async def close(self) -> None:
        """Let go of every connection."""
        await self._wire.hang_up()

    def read(self, payload: Any) -> list[Heard]:
        """Return what people did, of everything a webhook tells; only what came to our number."""
        return read(payload, self._number)

    def fates(self, payload: Any) -> list[Fate]:
        """Return what became of what we had sent."""
        return fates(payload, self._number)

    async def send(self, to: str, message: Message, token: str = "") -> Sequence[str]:
        """Deliver one bubble; nothing is returned, for nothing can be removed from the chat."""
        if message.attachments:
            await self._bring(to, message.attachments[0], token)
        elif message.template or message.text.strip():
            await self._tell(shape(to, message), token)
        else:
            raise Refused("empty")
        return ()

    async def _bring(self, to: str, file: Attachment, token: str) -> None:
        """Send a file; a voice that is not taken is left out, for it only says the words."""
        path = f"{self._number}/media"
        try:
            media = {"id": _text(await self._wire.bring(path, file), "id")}
            if file.kind == "document":
                media["filename"] = file.name
            kind = _AS[file.kind]
            await self._tell({**whom(to), "type": kind, kind: media}, token)
        except Refused as fault:
            if file.kind != "voice" or str(fault) not in {"media", "bad_request"}:
                raise

    async def _tell(self, body: dict[str, Any], token: str) -> None:
        carried = {"biz_opaque_callback_data": token} if token else {}
        match await self._wire.tell(f"{self._number}/messages", {**body, **carried}):
            case {"messages": [{"id": str()}, *_]}:
                return
        raise Unsure(PATIENCE, "unsure")  # a success that names no message

    async def fetch(self, ref: FileRef) -> AsyncIterator[bytes]:
        """Stream an offered file; one too large is Refused("too_large"), an old one gone."""
        most = _LARGEST[ref.kind]
        told = await self._file(ref.ref)
        match told:
            case {"file_size": int() as size} if size > most:
                raise Refused("too_large")
        left = most
        async for chunk in self._wire.stream(_text(told, "url")):
            left -= len(chunk)
            if left < 0:
                raise Refused("too_large")
            yield chunk

    async def _file(self, ref: str) -> dict[str, Any]:
        """Ask where a file lies; its id lives a week, and only digits can be one."""
        if not ref.isascii() or not ref.isalnum():
            raise Refused("file_gone")
        told: SendError
        try:
            return await self._wire.ask(f"{ref}?phone_number_id={self._number}")
        except Refused as fault:  # our token's fault is not the file's
            ours = str(fault) in {"token", "locked"}
            told = TryLater(code="token") if ours else Refused("file_gone")
        raise told

    async def delete(self, to: str, messages: Sequence[str]) -> None:
        """The platform has no such call: only the person can, and is told how."""

    async def saw(self, mark: str) -> None:
        """Say that a message was read and that an answer is coming; never fails."""
        body = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": mark,
            "typing_indicator": {"type": "text"},
        }
        with suppress(SendError):
            await self._wire.mark(f"{self._number}/messages", body)


def signed(secret: str, body: bytes, header: str) -> bool:
    """Tell in constant time whether the raw bytes were signed with our application's secret."""
    ours = "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    theirs = header.encode("utf-8", "surrogateescape")
    return hmac.compare_digest(ours.encode(), theirs) and bool(secret)


def verify(secret: str, token: str) -> bool:
    """Tell in constant time whether whoever sets the webhook up knows our word."""
    ours, theirs = secret.encode(), token.encode("utf-8", "surrogateescape")
    return hmac.compare_digest(ours, theirs) and bool(ours)


def _text(told: Any, name: str) -> str:
    match told.get(name) if isinstance(told, dict) else None:
        case str() as text if text:
            return text
    raise TryLater(code="odd")
