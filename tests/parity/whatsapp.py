# SPDX-License-Identifier: AGPL-3.0-or-later
"""A phone with WhatsApp: the bot's real channel and webhook, Meta stood in for."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import content
from bot import web, webhook_whatsapp
from bot.channels import Address, Channel, Message, Option
from bot.channels.whatsapp import WhatsApp
from bot.channels.whatsapp_shape import LIMITS
from bot.window import TEMPLATE
from content.templates import definition
from tests.golden.stage import Bell
from tests.parity.phone import Act, House, unread
from tests.standins.graph import SECRET, TOKEN, Server
from tests.standins.graph_shapes import NUMBER, Json, text
from tests.standins.serving import listen, serving

WORD = "a-word-that-meta-is-told-43"
PATIENCE = 20.0  # seconds of this machine that a post may take
TOLD = ("delivered",)  # what Meta says of each bubble
_FILES = {"photo": "image", "document": "document", "voice": "audio"}


@dataclass(slots=True)
class WhatsAppPhone:
    """A chat with the number; everybody who comes has another one."""

    name: str = "whatsapp"
    house: House = field(default_factory=House)
    _person: int = 0
    pace: float = LIMITS.pace
    _read: int = 0  # bubbles
    _taken: int = 0  # messages and statuses
    _last: str = ""  # the person's last message
    _server: Server = field(default_factory=Server)
    _channel: Any = None

    async def open(self, held: AsyncExitStack) -> None:
        near, far = listen(), listen()
        await held.enter_async_context(self._server.open(far))
        url = f"http://127.0.0.1:{far.getsockname()[1]}/v25.0"
        self._channel = WhatsApp(TOKEN, NUMBER, base_url=url)
        held.push_async_callback(self._channel.close)
        routes = webhook_whatsapp.routes(self.house, self._channel, SECRET, WORD)
        await held.enter_async_context(serving(web.build(self.house, routes=routes), near))
        hook = f"http://127.0.0.1:{near.getsockname()[1]}{webhook_whatsapp.PATH}"
        await self._approve(TEMPLATE)
        assert (await self._server.acts.subscribe(hook, WORD))["verified"]

    async def _approve(self, name: str) -> None:
        """Meta knows this text in every language, and has approved it."""
        catalog, templates = content.load(), self._server.platform.templates
        for lang in catalog.languages:
            await templates.create(definition(catalog.templates[name], lang, catalog.texts[lang]))
            await templates.review(name, lang, "APPROVED", None)
        self._server.platform.pending.clear()  # nobody listens yet

    def channels(self, bell: Bell) -> Mapping[str, Channel]:
        return {"whatsapp": self._channel, "telegram": bell}

    async def begin(self) -> Address:
        self._person += 1
        platform = self._server.platform
        number = f"2126{self._person:08d}"
        await self._server.acts.joins(self._person, number, None)
        platform.ladder = TOLD
        platform.journal.clear()
        platform.inbound.clear()
        platform.sent.clear()
        self._read = self._taken = 0
        return Address("whatsapp", number)

    async def does(self, act: Act) -> None:
        acts, who = self._server.acts, self._person
        match act.kind:
            case "text":
                said = await acts.sends(who, {"type": "text", "text": {"body": act.text}}, act.now)
                self._last = said["id"]
            case "edit":
                new = {"context": {}, "type": "text", "text": {"body": act.text}}
                edit = {"original_message_id": self._last, "message": new}
                await acts.sends(who, {"type": "edit", "edit": edit}, act.now)
            case "other":
                await acts.sends_file(who, "", "sticker", None, None)
            case "option":
                await self._taps(str(act.option))
            case "file" if act.file:
                data = base64.b64encode(act.data).decode()
                kind = _FILES[act.file.kind]
                await acts.sends_file(who, data, kind, act.text or None, None)
            case _:
                raise ValueError(act.kind)
        await self.settled()

    async def settled(self) -> bool:
        """Whether the webhook had taken everything when asked; it has now."""
        platform = self._server.platform
        wanted = len(platform.inbound) + len(TOLD) * len(platform.sent)
        before, self._taken = self._taken, wanted
        await self._server.acts.until("taken", wanted, PATIENCE)
        return before == wanted

    async def reads(self) -> Sequence[Message]:
        shown = self._server.platform.people[self._person].shown
        new, self._read = shown[self._read :], len(shown)
        return list(map(seen, new))

    def set(self, now: float) -> None:
        platform = self._server.platform
        platform.ahead += now - platform.now()

    async def _taps(self, option: str) -> None:
        """Tap what stands there; what does not is sent as a forged app would."""
        acts = self._server.acts
        try:
            await acts.taps(self._person, option)
        except LookupError:
            reply = {"type": "button_reply", "button_reply": {"id": option, "title": "?"}}
            await acts.sends(self._person, {"type": "interactive", "interactive": reply}, None)


def seen(body: Json) -> Message:
    if body.get("type") == "template":
        return Message(body["words"], tuple(Option(*tap) for tap in body["payloads"].items()))
    action = body.get("interactive", {}).get("action", {})
    options = tuple(_options(action))
    if action.get("sections"):
        assert action["button"].strip(), "a list that nobody can open"
    files = tuple(_files(body))
    words = "" if files else text(body)
    return Message(words, options, attachments=files)


def _options(action: Json) -> Iterator[Option]:
    for button in action.get("buttons", ()):
        yield Option(button["reply"]["id"], button["reply"]["title"])
    for part in action.get("sections", ()):
        for row in part["rows"]:
            yield Option(row["id"], row.get("description") or row["title"])


def _files(body: Json) -> Iterator[Any]:
    if body.get("type") == "document":
        yield unread("document", body["document"]["filename"])
    if body.get("type") == "audio":
        yield unread("voice", "")
