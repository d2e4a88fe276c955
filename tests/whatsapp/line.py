# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole bot behind a WhatsApp number: real rooms, real HTTP both ways, Meta stood in for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pyrage
import uvicorn

from bot import web, webhook_whatsapp
from bot.app import App, build
from bot.centre import Centre
from bot.channels.whatsapp import WhatsApp
from bot.service import Server
from bot.vault.service import ServiceKey
from content.templates import definition
from tests.service.house import House, plain
from tests.standins.graph_people import Control, Json, Person
from tests.standins.serving import listen

WORD = "a-word-that-meta-is-told"
DAY = 24 * 3600.0
THREAT = "il menace de publier mes photos si je ne paie pas"


@dataclass(slots=True)
class Caller:
    """Somebody who writes on WhatsApp; every act returns the bubbles that it led to."""

    line: Line
    person: Person
    last: Json = field(default_factory=dict)
    _heard: int = 0

    async def says(self, text: str, **more: object) -> list[str]:
        self.last = self.person.says(text, **more)
        return await self.answer()

    async def sends(self, data: bytes, kind: str = "image", **more: object) -> list[str]:
        self.last = self.person.sends_file(data, kind, **more)
        return await self.answer()

    async def taps(self, *options: str) -> list[str]:
        heard = []
        for option in options:
            self.last = self.person.taps(self.button(option))
            heard += await self.answer()
        return heard

    def button(self, option: str) -> str:
        """What the newest button of this kind sends back."""
        shown = [o for one in self.bubbles() for o in one["options"]]
        found = [sent for sent in shown if sent.partition("@")[0] == option]
        return found[-1] if found else option

    def bubbles(self) -> list[Json]:
        return self.line.graph.shown(self.person.key)

    async def answer(self) -> list[str]:
        self.line.written += 1
        await self.line.settled()
        return self.heard()

    def heard(self) -> list[str]:
        """The bubbles that were not there when we last looked."""
        new, self._heard = self.bubbles()[self._heard :], len(self.bubbles())
        return [plain(bubble["text"]) for bubble in new]

    @property
    def contact(self) -> str:
        """The name under which the bot remembers them."""
        [(ident,)] = self.line.rows("select id from contact")
        return str(ident)


@dataclass
class Line(House):
    """A bot on a number; time passes for Meta and for us alike."""

    written: int = 0

    @property
    def graph(self) -> Control:
        return self.control

    def __post_init__(self) -> None:
        counsellor, recovery = (pyrage.x25519.Identity.generate() for _ in range(2))
        self.counsellor, self.recovery = str(counsellor), str(recovery)
        team = {"salma": str(counsellor.to_public())}
        self.centre = Centre(team, str(recovery.to_public()), alarms=self.alarms)
        self.key = ServiceKey(self.secret)
        self.whatsapp = self.connected()
        self.app = self.built()

    def connected(self) -> WhatsApp:
        return WhatsApp(self.graph.token, self.graph.number, base_url=self.graph.api)

    def built(self) -> App:
        return build(self.data, self.key, self.centre, {"whatsapp": self.whatsapp}, self.clock)

    def caller(self, number: str | None = "", user_id: str | None = None) -> Caller:
        self._people += 1
        return Caller(self, self.graph.person(self._people, number, user_id))

    def passes(self, seconds: float) -> None:
        """Time passes, here and at Meta."""
        self.clock.now += seconds
        self.graph.forward(seconds)

    async def taken(self) -> None:
        """Return once all that people wrote is taken, whatever is still to be said."""
        await asyncio.to_thread(self.graph.until, "taken", self.written)

    async def settled(self) -> None:
        """Return once all that people wrote is taken and all that is due is said, at its pace."""
        await self.taken()
        for _ in range(40):
            await self.app.relay.drain()
            if not held_back(self.app, self.clock()):
                return
            self.passes(6)
        raise AssertionError("it never comes to an end")

    async def later(self, hours: float) -> None:
        self.passes(hours * 3600)
        await self.app.relay.drain()

    @asynccontextmanager
    async def receiving(self) -> AsyncIterator[Line]:
        graph = self.graph
        site = web.build(
            self.app,
            routes=webhook_whatsapp.routes(self.app, self.whatsapp, graph.secret, WORD),
        )
        server = Server(
            uvicorn.Config(site, log_config=None, access_log=False, lifespan="off", ws="none")
        )
        listener = listen()
        task = asyncio.create_task(server.serve(sockets=[listener]))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}{webhook_whatsapp.PATH}"
        try:
            told = await asyncio.to_thread(graph.subscribe, self.url, WORD)
            assert told == {"status": 200, "verified": True}
            yield self
        finally:
            await asyncio.to_thread(graph.unsubscribe)
            server.should_exit = True
            await task
            await self.whatsapp.close()

    def approved(self, name: str) -> None:
        """Meta knows this template in both languages, and has approved it."""
        catalog, graph = self.app.catalog, self.graph
        for lang in catalog.languages:
            asked = definition(catalog.templates[name], lang, catalog.texts[lang])
            url = f"{graph.api}/{graph.business}/message_templates"
            headers = {"authorization": f"Bearer {graph.token}"}
            httpx.post(url, json=asked, headers=headers, trust_env=False).raise_for_status()
            graph.review(name, lang)

    def outbox(self) -> list[tuple]:
        """What is still to be said or waits: kind, parked, handed; what is alike once."""
        kinds = "('say', 'answer', 'papers', 'template')"
        return self.rows(
            f"select distinct kind, parked, handed from outbox where kind in {kinds} order by id"
        )

    def bodies(self) -> list[Json]:
        """The bodies that Meta took."""
        return [call for call in self.graph.calls("messages") if "type" in call]


def held_back(app: App, now: float) -> int:
    """Rows that are due and go only when the last bubble is some seconds old."""
    sql = (
        "select count(*) from outbox where parked is null and handed = 0 and due <= :now"
        " and kind in ('say', 'answer', 'papers') and not exists (select 1 from outbox o"
        " where o.contact = outbox.contact and o.attempts > 0 and o.due > :now"
        " and o.parked is null and o.handed = 0)"
    )
    return int(app.store.read(sql, {"now": now})[0][0])


async def eventually(holds: Callable[[], object]) -> None:
    """Return once it holds; statuses come when they come."""
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to be so")


async def opted_in(caller: Caller, when: str = "ping_now") -> None:
    """A threat told by an adult who is safe, a human called, and "you may write here"."""
    await caller.says(THREAT)
    await caller.taps("safe_yes", "adult")
    await caller.says("je veux parler à une personne")
    await caller.taps(when)
