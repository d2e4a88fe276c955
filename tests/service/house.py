# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole bot in this process: real rooms, real Telegram channel, a counsellor with a key."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyrage
import uvicorn

from bot import cases, web, webhook
from bot.app import App, build
from bot.centre import Centre, Target
from bot.channels import Message
from bot.channels.telegram import Telegram
from bot.ledger import Case
from bot.poller import Pace
from bot.service import Server, poller
from bot.vault.answer import make_reply
from bot.vault.padding import trim
from bot.vault.service import ServiceKey
from bot.vault.unseal import open_case, unseal
from tests.standins.serving import listen
from tests.standins.telegram_people import Control, Json, Person

Mode = Literal["polling", "webhook"]
TEAM = -1009000000077  # the counsellors' own group
RING = Target("telegram", str(TEAM))
SECRET = "Only-Telegram-knows-this-0042"  # noqa: S105 known to all
HOUR = 3600.0
_MARKS = re.compile("[\u200e\u200f\u2066-\u2069]")
_PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0"


def plain(text: str) -> str:
    """A bubble without the marks that only turn its direction."""
    return _MARKS.sub("", text).strip()


def picture(mark: str = "a screenshot") -> bytes:
    """A file that is an image by its first bytes."""
    return _PICTURE + mark.encode() * 40


@dataclass(slots=True)
class Clock:
    """Stands still until somebody moves it. Epoch seconds."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


class Held(Telegram):
    """Telegram, except that what is sent to one chat waits at the door until it may go."""

    def hold(self, chat: int) -> None:
        self._held, self.there, self.go = str(chat), asyncio.Event(), asyncio.Event()

    async def send(self, to: str, message: Message, token: str = "") -> Sequence[str]:
        if to == getattr(self, "_held", None):
            self.there.set()
            await self.go.wait()
        return await super().send(to, message, token)


@dataclass(slots=True)
class Visitor:
    """Somebody who writes; every act returns the bubbles that it led to."""

    house: House
    person: Person
    _heard: set[int] = field(default_factory=set)
    last: Json = field(default_factory=dict)

    @property
    def chat(self) -> int:
        return self.person.chat

    @property
    def id(self) -> str:
        """The name under which the bot remembers them."""
        return self.house.key.contact(f"telegram:{self.chat}")

    def writes(self, text: str, *, ago: float = 0.0, **more: Any) -> Json:
        """Words are on their way; nobody waits for the answer."""
        date = int(self.house.clock() - ago)
        return self._sent(self.person.sends({"text": text, "date": date, **more}))

    def offers(self, data: bytes, kind: str = "photo", **more: Any) -> Json:
        """A file is on its way."""
        return self._sent(self.person.sends_file(data, kind, **more))

    def presses_on(self, option: str) -> Json:
        """A press on the newest button of this kind is on its way."""
        shown = self.button(option)
        anywhere = None if shown != option else self.bubbles()[-1]["message_id"]
        return self._sent(self.person.presses(shown, anywhere))

    async def says(self, text: str, **more: Any) -> list[str]:
        self.writes(text, **more)
        return await self.answer()

    async def sends(self, data: bytes, kind: str = "photo", **more: Any) -> list[str]:
        self.offers(data, kind, **more)
        return await self.answer()

    async def presses(self, *options: str) -> list[str]:
        heard = []
        for option in options:
            self.presses_on(option)
            heard += await self.answer()
        return heard

    async def edits(self, message: int, text: str) -> list[str]:
        self._sent(self.person.edits(message, text))
        return await self.answer()

    async def answer(self) -> list[str]:
        """Everything that waits is taken and everything due is said; then what is new here."""
        await self.house.settled()
        return self.heard()

    def heard(self) -> list[str]:
        """The bubbles that were not there when we last looked."""
        new = [b for b in self.bubbles() if b["message_id"] not in self._heard]
        self._heard |= {bubble["message_id"] for bubble in new}
        return [plain(bubble["text"]) for bubble in new if "text" in bubble]

    def bubbles(self) -> list[Json]:
        return self.house.control.bubbles(self.chat)

    def button(self, option: str) -> str:
        """What the newest button of this kind sends back."""
        found = [
            button["callback_data"]
            for bubble in self.bubbles()
            for row in bubble.get("reply_markup", {}).get("inline_keyboard", ())
            for button in row
            if button.get("callback_data", "").partition("@")[0] == option
        ]
        return found[-1] if found else option

    def _sent(self, done: Json) -> Json:
        self.house.sent += 1
        self.last = done
        return done


@dataclass
class House:
    """One bot, its people and what it keeps."""

    control: Control
    data: Path
    mode: Mode = "polling"
    alarms: tuple[Target, ...] = ()
    campaigns: tuple[str, ...] = ()
    page: str = ""  # where a button on Telegram may lead
    clock: Clock = field(default_factory=Clock)
    secret: bytes = field(default_factory=ServiceKey.make, repr=False)
    sent: int = 0  # updates that the bot must take
    _people: int = 0

    def __post_init__(self) -> None:
        counsellor, recovery = (pyrage.x25519.Identity.generate() for _ in range(2))
        self.counsellor, self.recovery = str(counsellor), str(recovery)
        team = {"salma": str(counsellor.to_public())}
        self.centre = Centre(
            team, str(recovery.to_public()), alarms=self.alarms, campaigns=self.campaigns
        )
        self.key = ServiceKey(self.secret)
        self.control.group(TEAM)
        self.telegram = self.connected()
        self.app = self.built()

    def connected(self) -> Held:
        """The channel, with connections of its own."""
        return Held(
            self.control.token,
            base_url=self.control.base_url,
            base_file_url=self.control.base_file_url,
            ours=[str(TEAM)],
        )

    def built(self) -> App:
        """A bot on this folder, as the command line builds it."""
        return build(
            self.data, self.key, self.centre, {"telegram": self.telegram}, self.clock,
            page=self.page,
        )  # fmt: skip

    def rekeyed(self) -> None:
        """Between two runs: the same folder under a new service key, the old one still held."""
        self.app.close()
        self.key = ServiceKey(ServiceKey.make(), (self.secret,))
        self.telegram = self.connected()
        self.app = self.built()

    def pressed(self, option: str, chat: int = TEAM) -> None:
        """A press in a group, of a button that it shows or of one that somebody made up."""
        place = {"id": chat, "type": "supergroup" if chat < 0 else "private"}
        under = {"message_id": 1, "date": 0, "chat": place}
        who = {"id": 77, "is_bot": False, "first_name": "Unread"}
        query = {"id": "made up", "from": who, "chat_instance": "1", "data": option}
        self.control.update({"callback_query": {**query, "message": under}})
        self.sent += 1

    def team(self, chat: int = TEAM) -> list[Json]:
        """What the counsellors' group shows now."""
        return self.control.bubbles(chat)

    def visitor(self) -> Visitor:
        """Somebody new."""
        self._people += 1
        return Visitor(self, self.control.person(700_000 + self._people))

    # What goes on

    async def settled(self) -> None:
        """Return once everything sent to the bot is confirmed and everything due is said."""
        await self.taken()
        await self.app.relay.drain()

    async def taken(self) -> None:
        """Return once everything sent to the bot is confirmed, whatever is still to be said."""
        await asyncio.to_thread(self.control.until, "acknowledged", self.sent)

    async def later(self, hours: float) -> None:
        """Time passes, and what is due then happens."""
        self.clock.now += hours * HOUR
        await self.app.relay.drain()

    @asynccontextmanager
    async def receiving(self) -> AsyncIterator[House]:
        """Updates are taken as long as the block lasts, the way this house takes them."""
        async with AsyncExitStack() as held:
            held.push_async_callback(self.telegram.close)
            taking = self._hooked() if self.mode == "webhook" else self._polled()
            await held.enter_async_context(taking)
            yield self

    @asynccontextmanager
    async def _polled(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        polling = poller(self.app, self.telegram)
        polling._pace = Pace(first=0.01, most=0.05)
        task = asyncio.create_task(polling.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task

    @asynccontextmanager
    async def _hooked(self) -> AsyncIterator[None]:
        listener = listen()
        async with self.serving(listener) as url:
            await self.telegram.listen(f"{url}{webhook.PATH}", SECRET)
            yield

    @asynccontextmanager
    async def serving(self, listener: socket.socket) -> AsyncIterator[str]:
        """The bot's own web server, with the webhook's route; gives its address."""
        site = web.build(self.app, routes=[webhook.route(self.app, self.telegram, SECRET)])
        server = Server(
            uvicorn.Config(site, log_config=None, access_log=False, lifespan="off", ws="none")
        )
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task

    # What it keeps

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.app.store.read(sql, values)

    def count(self, table: str) -> int:
        return int(self.rows(f"select count(*) from {table}")[0][0])

    def cases(self) -> list[Case]:
        """Every case, oldest first."""
        idents = self.rows("select id from cases order by rowid")
        found = [self.app.ledger.case(ident) for (ident,) in idents]
        return [case for case in found if case is not None]

    def case(self) -> Case:
        """The only case."""
        [case] = self.cases()
        return case

    def sealed(self, case: Case | None = None) -> list[tuple[str, bytes]]:
        """What lies in a case, as a counsellor reads it; a draft's outer wrapping taken off."""
        case = case or self.case()
        identity = open_case(self.app.ledger.unwrap_draft(case), self.counsellor)
        sql = "select id, kind, blob, file, length from entry where case_id = ? order by id"
        found = []
        for ident, kind, blob, file, length in self.rows(sql, case.id):
            true = self.app.ledger.open(length, "entry", "length", ident)
            padded = blob if file is None else (self.app.runtime.files / file).read_bytes()
            found.append((kind, unseal(trim(padded, true), identity)))
        return found

    def words(self, kind: str, case: Case | None = None) -> list[str]:
        """The sealed words of one kind."""
        return [data.decode() for name, data in self.sealed(case) if name == kind]

    def files(self) -> list[str]:
        """The names of the sealed files on the disk."""
        folder = self.app.runtime.files
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    # What counsellors do

    def alarms_sent(self) -> list[str]:
        """The texts that the counsellors' group has received."""
        calls = self.control.calls("sendMessage")
        return [call["text"] for call in calls if str(call["chat_id"]) == str(TEAM)]

    def takes(self, case: Case | None = None) -> None:
        cases.take(self.app.ledger, (case or self.case()).id, self.clock())

    def closes(self, case: Case | None = None) -> None:
        cases.close(self.app.ledger, (case or self.case()).id, self.clock())

    def answers(self, text: str, case: Case | None = None) -> str:
        """A counsellor answers; tells how the person hears of it."""
        case = case or self.case()
        blob = make_reply(
            text.encode(), case_id=case.id, case_recipient=case.recipient,
            visitor_recipient=case.visitor, delivery_recipient=self.key.delivery,
            sent=not case.door,
        )  # fmt: skip
        return cases.answer(self.app.ledger, blob, self.clock()).reach

    def text(self, key: str, lang: str = "fr", **values: str) -> str:
        """What the bot says under this key."""
        return plain(self.app.catalog.text(lang, key, **values))
