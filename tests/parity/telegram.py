# SPDX-License-Identifier: AGPL-3.0-or-later
"""A phone with Telegram: the bot's real channel and webhook, the platform stood in for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from bot import web, webhook
from bot.channels import Address, Channel, Message, Option
from bot.channels.telegram import Telegram
from tests.golden.stage import Bell
from tests.parity.phone import Act, House, unread
from tests.standins.serving import listen, serving
from tests.standins.telegram import TOKEN, Server

WORD = "Only-Telegram-knows-this-0043"
TEAM = "770077"  # the counsellors' chat of every scene
PATIENCE = 20.0  # seconds of this machine that a post may take
_FILES = {"photo": "photo", "document": "document", "voice": "voice"}


class Shared(Telegram):
    """Telegram, except that the counsellors' chat is the scene's own bell."""

    bell: Bell

    async def send(self, to: str, message: Message, token: str = "") -> Sequence[str]:
        if to == TEAM:
            return await self.bell.send(to, message)
        return await super().send(to, message, token)


@dataclass(slots=True)
class TelegramPhone:
    """A private chat with the bot; everybody who comes has another number."""

    name: str = "telegram"
    house: House = field(default_factory=House)
    pace: float = 0.0
    _people: int = 600_000
    _posted: int = 0  # updates that the bot must take
    _read: int = 0  # of the journal
    _last: int = 0  # the person's last message
    _server: Server = field(default_factory=lambda: Server(TOKEN, None))
    _channel: Any = None

    async def open(self, held: AsyncExitStack) -> None:
        near, far = listen(), listen()
        await held.enter_async_context(self._server.open(far))
        url = f"http://127.0.0.1:{far.getsockname()[1]}"
        self._channel = Shared(TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot")
        held.push_async_callback(self._channel.close)
        site = web.build(self.house, routes=[webhook.route(self.house, self._channel, WORD)])
        await held.enter_async_context(serving(site, near))
        hook = f"http://127.0.0.1:{near.getsockname()[1]}{webhook.PATH}"
        await self._channel.listen(hook, WORD)

    def channels(self, bell: Bell) -> Mapping[str, Channel]:
        self._channel.bell = bell
        return {"telegram": self._channel}

    async def begin(self) -> Address:
        self._people += 1
        await self._server.acts.joins(self._people, "private")
        self._server.platform.journal.clear()
        self._posted = self._read = 0
        return Address("telegram", str(self._people))

    async def does(self, act: Act) -> None:
        acts, chat = self._server.acts, self._people
        match act.kind:
            case "text":
                self._last = (await acts.sends(chat, {"text": act.text}))["message_id"]
            case "edit":
                await acts.edits(chat, self._last, act.text)
            case "other":
                await acts.sends(chat, {"sticker": {"file_id": "S", "file_unique_id": "s"}})
            case "option":
                await acts.presses(chat, str(act.option), self._somewhere(str(act.option)))
            case "file" if act.file:
                ref = await self._holds(act.data)
                about = {"file_id": ref, "file_unique_id": f"u{ref}", "file_size": len(act.data)}
                kind = _FILES[act.file.kind]
                content = {
                    kind: [{**about, "width": 9, "height": 9}] if kind == "photo" else about
                }
                await acts.sends(chat, content | ({"caption": act.text} if act.text else {}))
            case _:
                raise ValueError(act.kind)
        self._posted += 1
        await acts.until("acknowledged", self._posted, PATIENCE)

    async def settled(self) -> bool:
        return True

    async def reads(self) -> Sequence[Message]:
        journal = self._server.platform.journal
        new, self._read = journal[self._read :], len(journal)
        return [
            seen(event["result"])
            for event in new
            if event.get("method") in {"sendMessage", "sendDocument", "sendVoice"}
        ]

    def set(self, now: float) -> None:
        platform = self._server.platform
        platform.ahead += now - platform.now()

    async def _holds(self, data: bytes) -> str:
        ref = f"P{len(self._server.platform.files)}"
        self._server.platform.files[ref] = data
        return ref

    def _somewhere(self, option: str) -> int | None:
        """None where a bubble has this button; else any place, for a button that is not there."""
        try:
            self._server.platform.bubble(self._people, option)
        except IndexError:
            return self._last
        return None


def seen(said: Mapping[str, Any]) -> Message:
    files = tuple(_files(said))
    keyboard = said.get("reply_markup", {}).get("inline_keyboard", ())
    options = tuple(Option(b["callback_data"], b["text"]) for row in keyboard for b in row)
    return Message(said.get("text", ""), options, attachments=files)


def _files(said: Mapping[str, Any]) -> Iterator[Any]:
    if "document" in said:
        yield unread("document", said["document"]["file_name"])
    if "voice" in said:
        yield unread("voice", "")
