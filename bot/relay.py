# SPDX-License-Identifier: AGPL-3.0-or-later
"""The worker that drains the outbox: sends, retries, parks, and never says more than is true."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from typing import Any

from bot.bell import Bell
from bot.channels import (
    Address,
    Channel,
    Closed,
    Fate,
    FileRef,
    Gone,
    Moved,
    Refused,
    SendError,
    TryLater,
    Unsure,
    Unwanted,
)
from bot.delivery import Delivery, NotYet
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

TRIES = 10  # with doubling pauses: about half an hour, then a person must look
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 600.0  # seconds
AT_ONCE = 64  # sends under way
PAGE = 32  # rows looked at together
LOOK = 0.5  # seconds: rows that another process queued are found this late
PATIENCE = 1.0  # seconds that a reply to danger holds up everybody else's bubbles at most
TOKEN_RETRY = 60.0  # seconds: what waits for a new token is tried again, for ever
ALARM_RETRY = 60.0  # seconds: an alarm that did not get through is tried again, for ever


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
    share: Share = field(default_factory=Share)
    _busy: set[str] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _lives: dict[int, float] = field(default_factory=dict)  # row in danger -> first seen due

    def __post_init__(self) -> None:
        self.window = Window(self.ledger, self.delivery.clock)
        self.sending = Sending(self.ledger, self.delivery, self.channels, self.window)

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
            for each in self._of(row):
                await self._fault(each, fault)
        except Exception as fault:  # noqa: BLE001 - one faulty row must not stop the others
            log.error("relay: %s failed: %s", row.kind, type(fault).__name__)  # noqa: TRY400 - a traceback shows values
            await self._later(row, TryLater(code="fault"))
        finally:
            self._busy.discard(lane)
            self.wake()

    async def _fault(self, row: Row, fault: SendError) -> None:
        """It did not go out, or was not delivered after all: the same, whenever we hear of it."""
        match fault:
            case Unsure():
                await self._unsure(row, fault)
            case TryLater():
                await self._later(row, fault)
            case Closed() if row.contact and row.kind in PERSON_FACING:
                await self.window.shut(row)
            case Unwanted():
                await self._unwanted(row)
            case Gone():
                await self._gone(row)
            case Refused() if str(fault) == "token":  # an operator renews it
                await self._wait(row)
            case _:
                await self._park(row, str(fault))

    async def tell(self, fates: Sequence[Fate]) -> None:
        """What became of messages that the platform had taken over; told twice, it counts once.

        Of one message in the order told, of many at once: a thousand share a few commits.
        """
        each: dict[str, list[Fate]] = {}
        for fate in fates:
            each.setdefault(fate.token, []).append(fate)
        await asyncio.gather(*map(self._told, each.values()))
        if each:
            self.wake()

    async def _told(self, fates: Sequence[Fate]) -> None:
        for fate in fates:
            rows = self._with("token = ? and parked is null", fate.token)
            if rows and fate.fault is None:
                await self.ledger.store.write(partial(self._arrived, rows, fate.token))
            elif fate.fault is not None:
                for row in rows:
                    await self._fault(row, fate.fault)

    def _of(self, row: Row) -> list[Row]:
        """The rows that went as one bubble: what befalls one befalls all."""
        return self._with("token = (select token from outbox where id = ?)", row.id) or [row]

    def _with(self, where: str, value: object) -> list[Row]:
        """Rows that have been tried, as they were before that try."""
        rows = self.ledger.rows(where, (value,))
        return [replace(row, attempts=row.attempts - 1) for row in rows]

    def _arrived(self, rows: Sequence[Row], token: str, run: Run) -> None:
        for row in rows:
            self.sending.arrived(run, row, token)

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

    async def _later(self, row: Row, fault: TryLater) -> None:
        """Another try, at the platform's own pace; after many a person must look."""
        told = fault.after.total_seconds() if fault.after else 0.0
        pause = max(told, min(LONGEST_PAUSE, FIRST_PAUSE * 2**row.attempts))
        if row.kind == "alarm":
            pause = 0.0 if isinstance(fault, Moved) else max(told, ALARM_RETRY)
        elif row.attempts + 1 >= TRIES:
            await self._give_up(row, str(fault))
            return
        due = self.delivery.clock() + pause
        sql = "update outbox set due = ?, attempts = ?, token = null, handed = 0 where id = ?"
        values = (due, row.attempts + 1, row.id)
        await self.ledger.store.write(lambda run: run.execute(sql, values))

    async def _unsure(self, row: Row, fault: Unsure) -> None:
        """It may have arrived: its fate is waited for before it is said again."""
        if row.kind not in PERSON_FACING or row.attempts + 1 >= TRIES:
            await self._later(row, fault)
            return
        due = self.delivery.clock() + (fault.after.total_seconds() if fault.after else ALARM_RETRY)
        sql = "update outbox set due = ? where id = ?"
        await self.ledger.store.write(lambda run: run.execute(sql, (due, row.id)))

    async def _unwanted(self, row: Row) -> None:
        """They want no tips: that is not sent, and no other is."""

        def write(run: Run) -> None:
            run.execute("delete from outbox where id = ?", (row.id,))
            run.execute("update contact set tips = null where id = ?", (row.contact,))

        await self.ledger.store.write(write)

    async def _wait(self, row: Row) -> None:
        """Another try in a minute, however long it takes; the doctor sees that rows are late."""
        log.error("relay: the token is refused")
        due = self.delivery.clock() + TOKEN_RETRY
        sql = "update outbox set due = ?, attempts = 1, token = null, handed = 0 where id = ?"
        await self.ledger.store.write(lambda run: run.execute(sql, (due, row.id)))

    async def _give_up(self, row: Row, reason: str) -> None:
        """A file that never came is said so to its person; the rest waits for an operator."""
        if row.kind == "fetch":
            await self.intake.fail(row, "gone")
        else:
            await self._park(row, reason)

    async def _park(self, row: Row, reason: str) -> None:
        if row.kind == "alarm":
            await self._later(row, TryLater(code=reason))
            return
        log.error("relay: %s parked: %s", row.kind, reason)
        sql = (
            "update outbox set parked = ?, attempts = attempts + 1, token = null, handed = 0"
            " where id = ?"
        )
        await self.ledger.store.write(lambda run: run.execute(sql, (reason, row.id)))

    async def _gone(self, row: Row) -> None:
        """They blocked us: nothing more is sent to them."""
        if row.kind == "alarm":
            await self._later(row, TryLater(code="gone"))
            return
        sql = "delete from outbox where contact = ? or id = ?"
        await self.ledger.store.write(lambda run: run.execute(sql, (row.contact, row.id)))


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
