# SPDX-License-Identifier: AGPL-3.0-or-later
"""The worker that drains the outbox: sends, retries, parks, and never says more than is true."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from bot.bell import Bell
from bot.channels import Address, Channel, FileRef, Gone, Moved, Refused, TryLater
from bot.delivery import Delivery, NotYet
from bot.intake import Intake
from bot.ledger import LIFE, PERSON_FACING, Ledger, Row
from bot.retention import Retention
from bot.store import Run
from bot.sweep import Sweeper
from bot.typist import Typist

log = logging.getLogger(__name__)

TRIES = 10  # with doubling pauses: about half an hour, then a person must look
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 600.0  # seconds
AT_ONCE = 64  # sends under way
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
    _busy: set[str] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _lives: dict[int, float] = field(default_factory=dict)  # row in danger -> first seen due

    def wake(self) -> None:
        """Something was committed."""
        self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until *stop*; sends under way are brought to their end."""
        await self.retention.schedule()
        while not stop.is_set():
            self._news.clear()
            self.turn()
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

    def turn(self) -> None:
        """Start everything that is due and free to go."""
        blocked, lives = set(self._busy), self._lives
        self._lives = {}
        for row in self._due():
            if _saves(row) and row.due <= self.delivery.clock():
                self._lives[row.id] = lives.get(row.id, monotonic())
            elif row.kind != "alarm" and self._life_goes_first():
                return
            lane = _lane(row)
            if len(self._tasks) >= AT_ONCE:
                return
            if lane in blocked:
                continue
            blocked.add(lane)
            if row.due > self.delivery.clock():
                continue  # it waits for another try, and its successors wait with it
            self._busy.add(lane)
            task = asyncio.create_task(self._work(row, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _life_goes_first(self) -> bool:
        """Whether somebody in danger has a bubble on its way for which the others wait."""
        now = monotonic()
        return any(now - since < PATIENCE for since in self._lives.values())

    def _due(self) -> Iterator[Row]:
        """The rows that may go; of a conversation only its first: a backlog is opened once."""
        pushed = [*self.channels, "console"]
        marks = ",".join("?" * len(pushed))
        due = "parked is null and (due <= ? or (attempts > 0 and contact is not null))"
        where = (
            f"{due} and (channel is null or channel in ({marks})) and (contact is null"
            f" or kind not in {PERSON_FACING} or id = (select first.id from outbox first"
            f" where first.contact = outbox.contact and first.kind in {PERSON_FACING}"
            " and first.parked is null and (first.due <= ? or first.attempts > 0)"
            f" order by first.danger = {LIFE} desc, first.id limit 1))"
        )
        now = self.delivery.clock()
        life_first = f"kind = 'say' and danger = {LIFE} desc, kind = 'alarm' desc, id"
        return self.ledger.rows(where, (now, *pushed, now), life_first)

    async def _work(self, row: Row, lane: str) -> None:
        try:
            await self._kind(row)
        except NotYet:
            await asyncio.sleep(0.05)
        except TryLater as fault:
            await self._later(row, fault)
        except Refused as fault:
            if (
                str(fault) == "token"
            ):  # nothing is wrong with the row: an operator renews the token
                await self._wait(row)
            else:
                await self._park(row, str(fault))
        except Gone:
            await self._gone(row)
        except Exception as fault:  # noqa: BLE001 - one faulty row must not stop the others
            log.error("relay: %s failed: %s", row.kind, type(fault).__name__)  # noqa: TRY400 - a traceback shows values
            await self._later(row, TryLater(code="fault"))
        finally:
            self._busy.discard(lane)
            self.wake()

    def _kind(self, row: Row) -> Coroutine[Any, Any, None]:  # noqa: PLR0911 - one line a kind
        match row.kind:
            case "fetch":
                return self._fetch(row)
            case "wipe":
                return self._wipe(row)
            case "alarm":
                return self.bell.ring(row)
            case "notice":
                return self.bell.notice(row)
            case "amend":
                return self.bell.amend(row)
            case "shut":
                return self.bell.shut(row)
            case "sweep":
                return self.sweeper.sweep(row)
            case "retention":
                return self.retention.sweep(row)
            case _:
                return self._say(row)

    async def _say(self, row: Row) -> None:
        message = await self.delivery.message(row)
        ids: list[str] = []
        if message is not None:
            if not await self._tried(row):
                return  # erased or superseded between the look and now: it must not be said
            ids = list(await self.channels[row.channel or ""].send(row.body["to"], message))
        await self.ledger.store.write(lambda run: self.delivery.close(run, row, ids))

    async def _tried(self, row: Row) -> bool:
        """Mark before sending: after a crash a row with a try behind it may be said twice.

        False when the row is gone: its person erased everything, or danger came first.
        """
        sql = "update outbox set attempts = attempts + 1 where id = ?"
        count = await self.ledger.store.write(lambda run: run.execute(sql, (row.id,)).rowcount)
        return bool(count)

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
        sql = "update outbox set due = ?, attempts = ? where id = ?"
        values = (due, row.attempts + 1, row.id)
        await self.ledger.store.write(lambda run: run.execute(sql, values))

    async def _wait(self, row: Row) -> None:
        """Another try in a minute, however long it takes; the doctor sees that rows are late."""
        log.error("relay: the token is refused")
        due = self.delivery.clock() + TOKEN_RETRY
        sql = "update outbox set due = ?, attempts = 1 where id = ?"
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
        sql = "update outbox set parked = ?, attempts = attempts + 1 where id = ?"
        await self.ledger.store.write(lambda run: run.execute(sql, (reason, row.id)))

    async def _gone(self, row: Row) -> None:
        """They blocked us: nothing more is sent to them."""
        if row.kind == "alarm":
            await self._later(row, TryLater(code="gone"))
            return
        sql = "delete from outbox where contact = ? or id = ?"
        await self.ledger.store.write(lambda run: run.execute(sql, (row.contact, row.id)))


def _saves(row: Row) -> bool:
    return row.kind == "say" and row.danger == LIFE


def _lane(row: Row) -> str:
    if row.kind in PERSON_FACING and row.contact:
        return row.contact
    return f"fetch {row.contact}" if row.kind == "fetch" else f"row {row.id}"
