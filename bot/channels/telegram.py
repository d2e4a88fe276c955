# SPDX-License-Identifier: AGPL-3.0-or-later
"""Telegram as a channel: says what it is given, fetches only what it is asked for."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx

from bot.channels import FileRef, Message, Moved, Refused, SendError, TryLater
from bot.channels.telegram_menu import BUTTON, commands
from bot.channels.telegram_read import ALLOWED, courtesies, migration, read
from bot.channels.telegram_shape import LIMITS, attached, chat, place, shape
from bot.channels.telegram_wire import Conflict, Wire, verdict

__all__ = ["Conflict", "Telegram", "verify"]

_LARGEST_FILE = 20 * 1024 * 1024  # bytes a bot may download (core.telegram.org/bots/api#getfile)
_LARGEST_WIPE = 100  # ids in one deleteMessages


class Telegram:
    """A bot of Telegram, reached through python-telegram-bot's request layer alone.

    ``ours`` are chat ids of the centre's own groups, which are not left. Whatever fails is
    raised as TryLater, Refused or Gone: never with the token, a URL or a word of anybody.
    """

    name = "telegram"
    limits = LIMITS
    read = staticmethod(read)
    shape = staticmethod(shape)

    def __init__(
        self,
        token: str,
        *,
        base_url: str = "https://api.telegram.org/bot",
        base_file_url: str = "https://api.telegram.org/file/bot",
        ours: Collection[str] = (),
    ) -> None:
        context = httpx.create_ssl_context()  # read once: it costs 20 ms and a megabyte
        self._wire = Wire(token, base_url, context)
        self._files = base_file_url + token
        self._http = httpx.AsyncClient(verify=context, timeout=httpx.Timeout(20, connect=10))
        self._ours = set(ours)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._wire.hang_up()
        await self._http.aclose()

    @staticmethod
    def parts(message: Message) -> Sequence[Message]:
        """What a message takes is sent in one go: the platform lets us take it back."""
        return (message,)

    async def send(self, to: str, message: Message, token: str = "") -> Sequence[str]:  # noqa: ARG002 - nothing travels along
        """Deliver one bubble, its files first; return the ids of what it became.

        Of a long text every part arrives or none stays: what had arrived when a later part
        failed is taken back, for nobody would know its id when the chat is wiped.
        """
        sent: list[str] = []
        try:
            for method, body in attached(to, message):
                sent += await self._attach(method, body)
            for body in _inked(shape(to, message)):
                sent.append(_id(await self._wire.call("sendMessage", body)))
        except SendError as fault:
            self._follow(str(chat(to)), fault)
            with suppress(SendError):
                await self.delete(to, sent)
            raise
        return sent

    async def _attach(self, method: str, body: Mapping[str, Any]) -> list[str]:
        """Send a file; a voice that is not wanted is left out, for it only says the words."""
        try:
            return [_id(await self._wire.call(method, body))]
        except Refused as fault:
            if method == "sendVoice" and str(fault) == "voice_forbidden":
                return []
            raise

    async def fetch(self, ref: FileRef) -> AsyncIterator[bytes]:
        """Stream an offered file of at most 20 MB; a larger one is Refused("too_large")."""
        if ref.size is not None and ref.size > _LARGEST_FILE:
            raise Refused("too_large")
        path = _path(await self._wire.call("getFile", {"file_id": ref.ref}))
        left = _LARGEST_FILE
        async for chunk in self._stream(f"{self._files}/{quote(path)}"):
            left -= len(chunk)
            if left < 0:
                raise Refused("too_large")
            yield chunk

    async def delete(self, to: str, messages: Sequence[str]) -> int:
        """Remove messages; return how many stay: those over 48 hours old."""
        ids, stay = [int(message) for message in messages if message.isdecimal()], 0
        for start in range(0, len(ids), _LARGEST_WIPE):
            chunk = ids[start : start + _LARGEST_WIPE]
            if await self._wiped("deleteMessages", {"chat_id": chat(to), "message_ids": chunk}):
                continue
            for one in chunk:  # a single undeletable message makes Telegram keep all of them
                gone = await self._wiped("deleteMessage", {"chat_id": chat(to), "message_id": one})
                stay += not gone
        return stay

    async def open_room(self, to: str, title: str) -> str | None:
        """Open a topic for a case, in a supergroup that has topics."""
        if not to.startswith("-100"):
            return None
        try:
            match await self._wire.call("getChat", {"chat_id": chat(to)}):
                case {"is_forum": True}:
                    pass
                case _:
                    return None
            topic = await self._wire.call("createForumTopic", {**place(to), "name": title})
        except Moved as fault:
            self._follow(to, fault)
            raise
        match topic:
            case {"message_thread_id": int() as number}:
                return f"{to}/{number}"
        return None

    async def close_room(self, place_: str) -> None:
        """Close a case's topic; what stands in it stays to be read."""
        await self._wire.call("closeForumTopic", place(place_))

    async def amend(self, place_: str, message: str, text: str) -> None:
        """Replace a text of ours and take its buttons away."""
        body = {"chat_id": chat(place_), "message_id": int(message), "text": text}
        try:
            await self._wire.call("editMessageText", body)
        except Refused as fault:
            if str(fault) != "same":
                raise

    def stay(self, group: str) -> None:
        """This group is one of the centre's: it is not left."""
        self._ours.add(group)

    def _follow(self, group: str, fault: SendError) -> None:
        if isinstance(fault, Moved) and group in self._ours:
            self._ours.add(fault.to)

    async def typing(self, to: str) -> None:
        """Show for five seconds that an answer is coming; never fails."""
        with suppress(SendError):
            await self._wire.call("sendChatAction", {"chat_id": chat(to), "action": "typing"})

    async def settle(self, update: Any) -> None:
        """Stop a pressed button from turning, leave groups and channels; never fails."""
        said = update.get("message") if isinstance(update, dict) else None
        if (moved := migration(said)) and moved[0] in self._ours:
            self._ours.add(moved[1])
        for method, body in courtesies(update, frozenset(self._ours)):
            with suppress(SendError):
                await self._wire.call(method, body)

    async def introduce(self, menu: Mapping[str, Mapping[str, str]]) -> None:
        """Show the commands beside the text field, in each language; raises as ``send`` does.

        ``menu``: language -> command -> what it does. The first language is everybody's whose
        app speaks none of them.
        """
        for lang, said in (("", next(iter(menu.values()))), *menu.items()):
            await self._wire.call("setMyCommands", commands(said, lang))
        await self._wire.call("setChatMenuButton", BUTTON)

    async def updates(self, offset: int | None, wait: int) -> list[Any]:
        """Return raw updates from ``offset`` on, waiting ``wait`` seconds (0-50) for the first.

        Asking confirms every update below ``offset``: Telegram forgets them. Raises
        Conflict where somebody else receives for this bot.
        """
        body = {"offset": offset, "limit": 100, "timeout": wait, "allowed_updates": list(ALLOWED)}
        found = await self._wire.call("getUpdates", body, wait=wait)
        if not isinstance(found, list):
            raise TryLater(code="odd")
        return found

    async def listen(self, url: str, secret: str) -> None:
        """Have updates posted to ``url`` with ``secret`` in their header (see ``verify``)."""
        body = {"url": url, "secret_token": secret, "allowed_updates": list(ALLOWED)}
        await self._wire.call("setWebhook", {**body, "drop_pending_updates": False})

    async def unlisten(self) -> None:
        """Take the webhook away and keep what is pending, so that updates can be asked for."""
        await self._wire.call("deleteWebhook", {"drop_pending_updates": False})

    async def _wiped(self, method: str, body: Mapping[str, Any]) -> bool:
        try:
            await self._wire.call(method, body)
        except Refused as fault:
            if str(fault) == "token":
                raise
            return str(fault) == "not_there"
        return True

    async def _stream(self, url: str) -> AsyncIterator[bytes]:
        """Yield a file's bytes; the URL holds the token, so no error of the library gets out."""
        fault: SendError
        try:
            async with self._http.stream("GET", url) as answer:
                if answer.is_success:
                    async for chunk in answer.aiter_bytes():
                        yield chunk
                    return
                fault = _unfetched(answer.status_code, await answer.aread())
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            fault = TryLater(code="network")
        raise fault


def verify(secret: str, header: str | None) -> bool:
    """Tell in constant time whether a webhook's secret header is ours; no secret: never."""
    ours, theirs = secret.encode(), (header or "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(ours, theirs) and bool(ours)


def _inked(bodies: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if not bodies:
        raise Refused("empty")
    yield from bodies


def _id(result: Any) -> str:
    match result:
        case {"message_id": int() as number}:
            return str(number)
    raise TryLater(code="odd")


def _path(result: Any) -> str:
    """Return where a file lies under our own address; a path that leads elsewhere is refused."""
    match result:
        case {"file_size": int() as size} if size > _LARGEST_FILE:
            raise Refused("too_large")
        case {"file_path": str() as path} if path and ".." not in path and path[0] != "/":
            return path
    raise TryLater(code="odd")


def _unfetched(status: int, payload: bytes) -> SendError:
    # Here 404 is about the file: a link lives an hour, a file as long as its message.
    return Refused("file_gone") if status == 404 else verdict(status, payload)  # noqa: PLR2004
