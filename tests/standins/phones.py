# SPDX-License-Identifier: AGPL-3.0-or-later
"""A page with two phone frames: somebody on Telegram, somebody on WhatsApp, both at stand-ins.

``sanad demo --standins`` opens it from a clone. The bot is not in here: it speaks to the two
stand-ins as it would to the platforms.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.standins import graph, telegram
from tests.standins.graph_people import Control as Graph
from tests.standins.graph_people import Person as OnWhatsApp
from tests.standins.serving import Beside, serving
from tests.standins.telegram_people import Control as BotApi
from tests.standins.telegram_people import Person as OnTelegram

Json = dict[str, Any]
PAGE = Path(__file__).with_suffix(".html")
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0" + b"a picture" * 40
VOICE = b"OggS\0\x02" + b"a voice" * 60


@dataclass
class TelegramPhone:
    """What somebody sees in their chat with the bot, and does there."""

    person: OnTelegram
    lines: list[Json] = field(default_factory=list)

    def act(self, what: Json) -> None:
        match what:
            case {"act": "says", "text": str(text)}:
                self._mine(self.person.says(text), text)
            case {"act": "taps", "option": str(option)}:
                self.person.presses(option)
            case {"act": "file", "kind": "voice"}:
                self._mine(self.person.sends_file(VOICE, "voice"), "", "♪ 0:04")
            case {"act": "file"}:
                self._mine(self.person.sends_file(PICTURE, "photo"), "", "▣ picture.png")

    def look(self) -> list[Json]:
        """Return what is on the screen: what was deleted is not."""
        control, chat = self.person.control, self.person.chat
        known = {line["id"] for line in self.lines}
        for bubble in control.bubbles(chat):
            if bubble["message_id"] not in known:
                self.lines.append(_on_telegram(bubble))
        there = set(control.shown(chat))
        self.lines = [line for line in self.lines if line["id"] in there]
        return self.lines

    def _mine(self, done: Json, text: str, file: str = "") -> None:
        self.lines.append(_line(done["message_id"], text, file=file, mine=True))


@dataclass
class WhatsAppPhone:
    """The same on WhatsApp, where nothing is ever deleted by the other side."""

    person: OnWhatsApp
    lines: list[Json] = field(default_factory=list)

    def act(self, what: Json) -> None:
        match what:
            case {"act": "says", "text": str(text)}:
                self._mine(self.person.says(text), text)
            case {"act": "taps", "option": str(option), "label": str(label)}:
                self._mine(self.person.taps(option), label)
            case {"act": "file", "kind": "voice"}:
                self._mine(self.person.sends_file(VOICE, "audio"), "", "♪ 0:04")
            case {"act": "file"}:
                self._mine(self.person.sends_file(PICTURE, "image"), "", "▣ picture.png")

    def look(self) -> list[Json]:
        known = {line["id"] for line in self.lines}
        for seen in self.person.control.shown(self.person.key):
            if seen["id"] not in known:
                file = "▤ " + seen["type"] if seen["type"] in {"document", "audio"} else ""
                taps = list(seen["options"].items())
                line = _line(seen["id"], seen["text"], taps, file=file)
                self.lines.append(line | {"opener": seen["opener"]})
        return self.lines

    def _mine(self, done: Json, text: str, file: str = "") -> None:
        self.lines.append(_line(done["id"], text, file=file, mine=True))


def _line(
    ident: Any, text: str, options: list[Any] | None = None, *, file: str = "", mine: bool = False
) -> Json:
    return {"id": ident, "text": text, "options": options or [], "file": file, "mine": mine}


def _on_telegram(bubble: Json) -> Json:
    rows = bubble.get("reply_markup", {}).get("inline_keyboard", ())
    taps = [(button["callback_data"], button["text"]) for row in rows for button in row]
    name = bubble["document"]["file_name"] if "document" in bubble else "audio"
    file = "" if "text" in bubble else f"▤ {name}"
    return _line(bubble["message_id"], bubble.get("text", ""), taps, file=file)


class Page:
    """The page's server: what is seen, and what is done."""

    def __init__(self, telegram: BotApi, whatsapp: Graph) -> None:
        self._phones = {
            "telegram": TelegramPhone(telegram.person(700_001)),
            "whatsapp": WhatsAppPhone(whatsapp.person(1)),
        }
        self._meta = whatsapp
        self.ahead = 0.0  # seconds that have passed here and nowhere else
        self._one = asyncio.Lock()  # two tabs must not read one phone into a knot
        self.app = Starlette(
            routes=[
                Route("/", self.page),
                Route("/state", self.state),
                Route("/act", self.act, methods=["POST"]),
                Route("/pass", self.passes, methods=["POST"]),
            ]
        )

    async def page(self, _request: Request) -> Response:
        return HTMLResponse(PAGE.read_text(encoding="utf-8"))

    async def state(self, _request: Request) -> Response:
        async with self._one:
            seen = {name: await asyncio.to_thread(it.look) for name, it in self._phones.items()}
        return JSONResponse(seen)

    async def act(self, request: Request) -> Response:
        what = await request.json()
        async with self._one:
            await asyncio.to_thread(self._phones[what["phone"]].act, what)
        return JSONResponse(None)

    async def passes(self, request: Request) -> Response:
        """Let hours pass, for WhatsApp and for the bot alike."""
        seconds = 3600.0 * float((await request.json())["hours"])
        async with self._one:
            self.ahead += seconds
            await asyncio.to_thread(self._meta.forward, seconds)
        return JSONResponse(None)

    @contextlib.asynccontextmanager
    async def open(self, listener: socket.socket) -> AsyncIterator[None]:
        async with serving(self.app, listener):
            yield


@dataclass(frozen=True, slots=True)
class Phones:
    """Where everything is, for whoever starts the bot between them."""

    url: str
    telegram: BotApi
    whatsapp: Graph
    ahead: Callable[[], float]  # seconds that the bot's clock must be before the wall's


@contextlib.contextmanager
def phones(port: int = 0) -> Iterator[Phones]:
    """Both stand-ins and the page at ``port`` (0: any), as long as the block lasts."""
    with telegram.StandIn() as on_telegram, graph.StandIn() as on_whatsapp:
        page = Page(on_telegram, on_whatsapp)
        with Beside("phones", page.open, port) as served:
            yield Phones(served.url, on_telegram, on_whatsapp, lambda: page.ahead)
