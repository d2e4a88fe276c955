# SPDX-License-Identifier: AGPL-3.0-or-later
"""What became of a row: it arrived, it goes again, a person must look, or nobody is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.channels import (
    Closed,
    Fate,
    Gone,
    Moved,
    Refused,
    SendError,
    TryLater,
    Unsure,
    Unwanted,
)
from bot.delivery import Delivery
from bot.intake import Intake
from bot.ledger import PERSON_FACING, Ledger, Row
from bot.sending import Sending
from bot.store import Run
from bot.window import Window

log = logging.getLogger(__name__)

TRIES = 10  # with doubling pauses: about half an hour, then a person must look
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 600.0  # seconds
TOKEN_RETRY = 60.0  # seconds: what waits for a new token is tried again, for ever
ALARM_RETRY = 60.0  # seconds: an alarm that did not get through is tried again, for ever


@dataclass(frozen=True, slots=True)
class Fates:
    """Writes down what a send, or the platform later, told of a row.

    The platform may tell that a bubble arrived while we still wait for an answer that is lost:
    then the row is at its next part already, and the failure of the part before is nothing.
    """

    ledger: Ledger
    delivery: Delivery
    intake: Intake
    sending: Sending
    window: Window

    async def deal(self, row: Row, fault: SendError) -> None:
        """It did not go out, or was not delivered after all: the same, whenever we hear of it."""
        match fault:
            case Unsure():
                await self._unsure(row, fault)
            case TryLater():
                await self.later(row, fault)
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

    async def _told(self, fates: Sequence[Fate]) -> None:
        for fate in fates:
            rows = self._with("token = ? and parked is null", fate.token)
            if rows and fate.fault is None:
                await self.ledger.store.write(partial(self._arrived, rows, fate.token))
            elif fate.fault is not None:
                for row in rows:
                    await self.deal(row, fate.fault)

    def of(self, row: Row) -> list[Row]:
        """The rows that went as one bubble: what befalls one befalls all."""
        return self._with("token = (select token from outbox where id = ?)", row.id) or [row]

    def _with(self, where: str, value: object) -> list[Row]:
        """Rows that have been tried, as they were before that try."""
        rows = self.ledger.rows(where, (value,))
        return [replace(row, attempts=row.attempts - 1) for row in rows]

    def _arrived(self, rows: Sequence[Row], token: str, run: Run) -> None:
        for row in rows:
            self.sending.arrived(run, row, token)

    async def later(self, row: Row, fault: TryLater) -> None:
        """Another try, at the platform's own pace; after many a person must look."""
        told = fault.after.total_seconds() if fault.after else 0.0
        pause = max(told, min(LONGEST_PAUSE, FIRST_PAUSE * 2**row.attempts))
        if row.kind == "alarm":
            pause = 0.0 if isinstance(fault, Moved) else max(told, ALARM_RETRY)
        elif row.attempts + 1 >= TRIES:
            await self._give_up(row, str(fault))
            return
        due = self.delivery.clock() + pause
        sql = (
            "update outbox set due = ?, attempts = ?, token = null, handed = 0"
            " where id = ? and part = ?"
        )
        values = (due, row.attempts + 1, row.id, row.part)
        await self.ledger.store.write(lambda run: run.execute(sql, values))

    async def _unsure(self, row: Row, fault: Unsure) -> None:
        """It may have arrived: its fate is waited for before it is said again."""
        if row.kind not in PERSON_FACING or row.attempts + 1 >= TRIES:
            await self.later(row, fault)
            return
        due = self.delivery.clock() + (fault.after.total_seconds() if fault.after else ALARM_RETRY)
        sql = "update outbox set due = ? where id = ? and part = ?"
        await self.ledger.store.write(lambda run: run.execute(sql, (due, row.id, row.part)))

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
        sql = (
            "update outbox set due = ?, attempts = 1, token = null, handed = 0"
            " where id = ? and part = ?"
        )
        await self.ledger.store.write(lambda run: run.execute(sql, (due, row.id, row.part)))

    async def _give_up(self, row: Row, reason: str) -> None:
        """A file that never came is said so to its person; the rest waits for an operator."""
        if row.kind == "fetch":
            await self.intake.fail(row, "gone")
        else:
            await self._park(row, reason)

    async def _park(self, row: Row, reason: str) -> None:
        if row.kind == "alarm":
            await self.later(row, TryLater(code=reason))
            return
        log.error("relay: %s parked: %s", row.kind, reason)
        sql = (
            "update outbox set parked = ?, attempts = attempts + 1, token = null, handed = 0"
            " where id = ? and part = ?"
        )
        await self.ledger.store.write(lambda run: run.execute(sql, (reason, row.id, row.part)))

    async def _gone(self, row: Row) -> None:
        """They blocked us: nothing more is sent to them."""
        if row.kind == "alarm":
            await self.later(row, TryLater(code="gone"))
            return
        sql = "delete from outbox where contact = ? or id = ?"
        await self.ledger.store.write(lambda run: run.execute(sql, (row.contact, row.id)))
