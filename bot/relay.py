# SPDX-License-Identifier: AGPL-3.0-or-later
"""The worker that drains the outbox: what goes when, and never more than is true."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from bot.bell import Bell
from bot.channels import Address, Channel, Fate, FileRef, Refused, SendError, TryLater
from bot.delivery import Delivery, NotYet
from bot.fates import Fates
from bot.intake import Intake
from bot.ledger import LIFE, PERSON_FACING, Ledger, Row
from bot.message import Message, Option
from bot.retention import Retention
from bot.sending import Sending
from bot.share import Share
from bot.store import Run
from bot.sweep import Sweeper
from bot.typist import Typist
from bot.window import TEMPLATE, TEMPLATE_TAP, Window

log = logging.getLogger(__name__)

AT_ONCE = 64  # sends under way
PAGE = 32  # rows looked at together
LOOK = 0.5  # seconds: rows that another process queued are found this late
PATIENCE = 1.0  # seconds that a reply to danger holds up everybody else's bubbles at most


@dataclass(slots=True)
class Relay:
    """Order binds only the due person-facing rows of one conversation, with one exception.

    Replies to people in danger have arrived before anybody else's bubble begins; a slow one
    holds the others up for `PATIENCE` at most, and alarms never.
    """

    ledger: Ledger
    delivery: Delivery
    intake: Intake
    retention: Retention
    channels: Mapping[str, Channel]
    bell: Bell
    sweeper: Sweeper
    typist: Typist
    sending: Sending = field(init=False)
    window: Window = field(init=False)
    fates: Fates = field(init=False)
    share: Share = field(default_factory=Share)
    _busy: set[str] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _lives: dict[int, float] = field(default_factory=dict)  # row in danger -> first seen due

    def __post_init__(self) -> None:
        self.window = Window(self.ledger, self.delivery.clock)
        self.sending = Sending(self.ledger, self.delivery, self.channels, self.window)
        self.fates = Fates(self.ledger, self.delivery, self.intake, self.sending, self.window)

    async def tell(self, fates: Sequence[Fate]) -> None:
        """What became of messages that the platform had taken over; told twice, it counts once."""
        await self.fates.tell(fates)
        if fates:
            self.wake()

    def wake(self) -> None:
        """Something was committed."""
        self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until *stop*; sends under way are brought to their end."""
        await self.retention.schedule()
        while not stop.is_set():
            self._news.clear()
            if self.turn(self.share.grant()):
                self.wake()
            await self.share.rest()
            await self._rest(stop)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def drain(self) -> None:
        """Work until nothing is due: for the terminal and for tests."""
        while True:
            self.turn()
            if not self._tasks:
                return
            held = LOOK if self._lives else None
            await asyncio.wait(self._tasks, timeout=held, return_when=asyncio.FIRST_COMPLETED)

    async def _rest(self, stop: asyncio.Event) -> None:
        news = asyncio.create_task(self._news.wait())
        halt = asyncio.create_task(stop.wait())
        await asyncio.wait((news, halt), timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
        news.cancel()
        halt.cancel()

    def turn(self, most: int = AT_ONCE) -> bool:
        """Start what is due and free to go, *most* at once; whether there may be more of it."""
        if len(self._tasks) >= AT_ONCE:
            return False  # whatever ends wakes us
        blocked, lives = set(self._busy), self._lives
        self._lives = {}
        for row in self._due():
            if _saves(row) and row.due <= self.delivery.clock():
                self._lives[row.id] = lives.get(row.id, monotonic())
            elif row.kind != "alarm" and self._life_goes_first():
                return False
            lane = _lane(row)
            if len(self._tasks) >= AT_ONCE:
                return False
            if lane in blocked:
                continue
            blocked.add(lane)
            if row.due > self.delivery.clock() or self.sending.too_soon(row):
                continue  # it waits for another try, and its successors wait with it
            if most <= 0 and not _first(row):
                return True
            self._busy.add(lane)
            most -= 1
            task = asyncio.create_task(self._work(row, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return False

    def _life_goes_first(self) -> bool:
        """Whether somebody in danger has a bubble on its way for which the others wait."""
        now = monotonic()
        return any(now - since < PATIENCE for since in self._lives.values())

    def _due(self) -> Iterator[Row]:
        """The rows that may go, a life first; of a conversation only its first one.

        A page at a time: of a backlog only as much is looked at as can be sent.
        """
        pushed = [*self.channels, "console"]
        marks = ",".join("?" * len(pushed))
        waits = "attempts > 0 and handed = 0 and contact is not null"
        due = f"parked is null and (due <= ? or ({waits}))"
        where = (
            f"{due} and (channel is null or channel in ({marks})) and (contact is null"
            f" or kind not in {PERSON_FACING} or handed = 1"
            " or id = (select first.id from outbox first"
            f" where first.contact = outbox.contact and first.kind in {PERSON_FACING}"
            " and first.parked is null and first.handed = 0"
            " and (first.due <= ? or first.attempts > 0)"
            f" order by first.danger = {LIFE} desc, first.id limit 1))"
        )
        now = self.delivery.clock()
        values, urgent = (
            (now, *pushed, now),
            f"(kind = 'alarm' or kind = 'say' and danger = {LIFE})",
        )
        life_first = f"kind = 'say' and danger = {LIFE} desc, id"
        yield from self.ledger.rows(f"{urgent} and {where}", values, life_first)
        page: list[Row] = []
        last = 0
        while not last or len(page) == PAGE:
            others = f"id > ? and not {urgent} and {where}"
            page = list(self.ledger.rows(others, (last, *values), f"id limit {PAGE}"))
            yield from page
            last = page[-1].id if page else -1

    async def _work(self, row: Row, lane: str) -> None:
        try:
            await self._kind(row)
        except NotYet:
            await asyncio.sleep(0.05)
        except SendError as fault:
            for each in self.fates.of(row):
                await self.fates.deal(each, fault)
        except Exception as fault:  # noqa: BLE001 - one faulty row must not stop the others
            log.error("relay: %s failed: %s", row.kind, type(fault).__name__)  # noqa: TRY400 - a traceback shows values
            await self.fates.later(row, TryLater(code="fault"))
        finally:
            self._busy.discard(lane)
            self.wake()

    def _kind(self, row: Row) -> Coroutine[Any, Any, None]:
        kinds: Mapping[str, Callable[[Row], Coroutine[Any, Any, None]]] = {
            "fetch": self._fetch,
            "wipe": self._wipe,
            "alarm": self.bell.ring,
            "notice": self.bell.notice,
            "amend": self.bell.amend,
            "shut": self.bell.shut,
            "sweep": self.sweeper.sweep,
            "retention": self.retention.sweep,
            "keep": self.window.keep,
            "template": self._template,
        }
        return kinds.get(row.kind, self.sending.say)(row)

    async def _template(self, row: Row) -> None:
        """Outside the window: the approved text that says only that something waits."""
        option = Option(TEMPLATE_TAP, "")
        message = Message("", (option,), row.body["lang"], template=TEMPLATE)
        await self.channels[row.channel or ""].send(row.body["to"], message)
        await self._done(row)

    async def _fetch(self, row: Row) -> None:
        channel = self.channels[row.channel or ""]
        self.typist(Address(row.channel or "", row.body["to"]))
        ref = FileRef(row.body["ref"], row.body["kind"], row.body.get("size"))
        try:
            await self.intake.take(row, channel.fetch(ref))
        except Refused as fault:
            if str(fault) == "token":
                raise
            await self.intake.fail(row, "too_large" if str(fault) == "too_large" else "gone")

    async def _wipe(self, row: Row) -> None:
        """What could not be removed is said where the person asked for it, and only there."""
        channel = self.channels.get(row.channel or "")
        stay = None
        if channel is not None:
            stay = await channel.delete(row.body["to"], row.body["messages"])
        told = {"to": row.body["to"], "texts": ["leave.not_wiped"], "lang": row.body.get("tell")}
        say = self.ledger.row("say", told, self.delivery.clock(), channel=row.channel)

        def write(run: Run) -> None:
            run.execute("delete from outbox where id = ?", (row.id,))
            if stay and row.body.get("tell"):
                run.execute(*say)

        await self.ledger.store.write(write)

    async def _done(self, row: Row) -> None:
        sql = "delete from outbox where id = ?"
        await self.ledger.store.write(lambda run: run.execute(sql, (row.id,)))


def _first(row: Row) -> bool:
    return row.kind == "alarm" or _saves(row)


def _saves(row: Row) -> bool:
    return row.kind == "say" and row.danger == LIFE


def _lane(row: Row) -> str:
    if row.handed:
        return f"row {row.id}"
    if row.kind in PERSON_FACING and row.contact:
        return row.contact
    return f"fetch {row.contact}" if row.kind == "fetch" else f"row {row.id}"
