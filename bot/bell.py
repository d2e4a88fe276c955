# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls the team: content-free, again and again until somebody takes the case."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from bot.act import TAKEN
from bot.channels import Address, Channel, Moved, Refused, Rooms, SendError
from bot.clock import wall
from bot.delivery import Delivery
from bot.ledger import Case, Ledger, Room, Row
from bot.message import TAKE, Message, Option
from bot.plan import OVER
from bot.store import Run

log = logging.getLogger(__name__)

CONSOLE = "console"
PATIENCE = 5.0  # seconds that an alarm waits for a room of its own


@dataclass(frozen=True, slots=True)
class Bell:
    """Rings at every target of the profile, wherever that group is now."""

    ledger: Ledger
    delivery: Delivery
    channels: Mapping[str, Channel]
    minutes: int = 10

    async def ring(self, row: Row) -> None:
        """One alarm; the row stays and is due again. Raises what the channel raises."""
        case = self.ledger.case(row.case)
        if case is None or case.taken is not None or case.stage == "closed":
            await self._done(row)
            return
        text = self.delivery.alarm(row.body["level"], case.id)
        if row.channel == CONSOLE:
            log.warning("%s", text.replace("\n", " · "))
            await self._rung(row, case)
            return
        await self._rung(row, case, await self._announce(row, case, text))

    async def notice(self, row: Row) -> None:
        """A word to the centre about the bot itself."""
        text = self.delivery.notice(row.body["key"], row.body.get("values", {}))
        if row.channel == CONSOLE:
            log.warning("%s", text.replace("\n", " · "))
        else:
            await self._send(self._target(row), Message(text))
        await self._done(row)

    async def amend(self, row: Row) -> None:
        """What was announced says what became of it; without a message to change, nothing."""
        channel = self.channels.get(row.channel or "")
        if isinstance(channel, Rooms):
            text = self.delivery.notice(row.body["key"], row.body["values"])
            with suppress(Refused, Moved):  # somebody removed it, or it lies in a group that moved
                await channel.amend(row.body["to"], row.body["message"], text)
        await self._done(row)

    async def shut(self, row: Row) -> None:
        """A case is over: its room is closed, if it is still there."""
        channel = self.channels.get(row.channel or "")
        if isinstance(channel, Rooms):
            with suppress(Refused, Moved):
                await channel.close_room(row.body["to"])
        await self._done(row)

    async def _announce(self, row: Row, case: Case, text: str) -> Room:
        """Write where this target hears of this case; a room that is gone is done without."""
        target = self._target(row)
        known = next((r for r in self.ledger.rooms(case.id) if r.target == target.to), None)
        place = known.place if known else await self._room(target, case)
        button = Option(f"{TAKE}{case.id}", self.delivery.both("label.take"))
        message = Message(text, options=(button,))
        try:
            ids = await self._send(Address(target.channel, place), message)
        except Refused:
            if place == target.to:
                raise
            place = target.to
            ids = await self._send(target, message)
        number = known.id if known else self.ledger.numbers.next()
        last = ids[-1] if ids else None
        return Room(number, case.id, target.channel, target.to, place, last)

    async def _room(self, target: Address, case: Case) -> str:
        """A room for the case where there can be one; an alarm waits for it a moment only."""
        channel = self.channels[target.channel]
        if isinstance(channel, Rooms):
            try:
                async with asyncio.timeout(PATIENCE):
                    return await channel.open_room(target.to, case.id) or target.to
            except Moved as fault:
                await self._follow(target, fault)
                raise
            except (SendError, TimeoutError):
                log.warning("relay: no room for a case; the alarm goes without")
        return target.to

    async def _send(self, to: Address, message: Message) -> list[str]:
        try:
            return list(await self.channels[to.channel].send(to.to, message))
        except Moved as fault:
            await self._follow(to, fault)
            raise

    async def _follow(self, old: Address, fault: Moved) -> None:
        """The group has another address: the next try, at once, goes there."""
        group = Address(old.channel, old.to.partition("/")[0])
        await self.ledger.store.write(lambda run: self.ledger.move(run, group, fault.to))

    def _target(self, row: Row) -> Address:
        return self.ledger.whereabouts(Address(row.channel or "", row.body["to"]))

    async def _rung(self, row: Row, case: Case, room: Room | None = None) -> None:
        again = self.delivery.clock() + self.minutes * 60

        def write(run: Run) -> None:
            sql = "update outbox set due = ?, attempts = 0 where id = ?"
            if not run.execute(sql, (again, row.id)).rowcount:
                self._too_late(run, room)
                return
            run.execute("update cases set alarm = 'delivered' where id = ?", (case.id,))
            if room is not None:
                self._remember(run, room)

        await self.ledger.store.write(write)

    def _too_late(self, run: Run, room: Room | None) -> None:
        """Taken, recalled or destroyed while it was on its way: what arrived says so."""
        if room is None:
            return
        case, now = self.ledger.case(room.case), self.delivery.clock()
        if room.message is not None:
            taken = case.taken if case else None
            when = {"time": wall(taken).strftime("%d/%m %H:%M")} if taken else {}
            told = {"key": TAKEN if taken else OVER, "values": {"case": room.case, **when}}
            body = {"to": room.place, "message": room.message, **told}
            run.execute(*self.ledger.row("amend", body, now, channel=room.channel))
        if case is not None and case.stage != "closed":
            self._remember(run, room)
        elif room.place != room.target:
            run.execute(*self.ledger.row("shut", {"to": room.place}, now, channel=room.channel))

    def _remember(self, run: Run, room: Room) -> None:
        body = {"target": room.target, "place": room.place, "message": room.message}
        sealed = self.ledger.seal(body, "room", "body", room.id)
        sql = "insert or replace into room (id, case_id, channel, body) values (?, ?, ?, ?)"
        run.execute(sql, (room.id, room.case, room.channel, sealed))

    async def _done(self, row: Row) -> None:
        sql = "delete from outbox where id = ?"
        await self.ledger.store.write(lambda run: run.execute(sql, (row.id,)))
