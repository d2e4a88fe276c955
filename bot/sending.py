# SPDX-License-Identifier: AGPL-3.0-or-later
"""One bubble on its way: what stands together, how fast, and what the platform says of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.channels import Channel, Closed, Message, Refused
from bot.clock import HOUR, hour
from bot.delivery import Delivery, NotYet
from bot.ledger import LIFE, PERSON_FACING, Ledger, Row
from bot.store import Run
from bot.window import Window

MORE = "+"  # ends the token of a bubble that another one of its row follows
SILENCE = HOUR  # seconds without a word of a message's fate: then it counts as arrived
MOMENT = 1.0  # seconds between the notes of one failure: rows that went together stay together
REMEMBERED = 10_000  # people whose pace is known


@dataclass(slots=True)
class Sending:
    """Sends person-facing rows; raises what the channel raises, for the relay to deal with."""

    ledger: Ledger
    delivery: Delivery
    channels: Mapping[str, Channel]
    window: Window
    _free: dict[str, float] = field(default_factory=dict)  # contact -> when the next may go

    def too_soon(self, row: Row) -> bool:
        """Whether this person has just had a bubble; a danger's answer waits for nothing."""
        if row.danger or row.contact is None or row.handed:
            return False
        return self.delivery.clock() < self._free.get(row.contact, 0.0)

    async def say(self, row: Row) -> None:
        """Send the row, with those after it that one bubble can hold; or its next part."""
        if row.handed:  # nobody has told what became of it
            await self.ledger.store.write(lambda run: self.delivery.close(run, row, []))
            return
        message = await self.delivery.message(row)
        if message is None:
            await self.ledger.store.write(lambda run: self.delivery.close(run, row, []))
            return
        channel = self.channels[row.channel or ""]
        if not self.window.is_open(row, channel):
            raise Closed("window")
        rows, message = await self._together(row, message, channel)
        parts = channel.parts(message)
        if not parts:
            raise Refused("empty")
        part = parts[min(row.part, len(parts) - 1)]
        last = row.part + 1 >= len(parts)
        token = (
            secrets.token_urlsafe(12) + ("" if last else MORE) if channel.limits.fates else None
        )
        if not await self._tried(rows, token):
            return  # erased or superseded between the look and now: it must not be said
        self._count(row, channel)
        if token is None:
            ids = await channel.send(self._to(row), part)
        else:
            ids = await channel.send(self._to(row), part, token)
        self._count(row, channel)
        await self.ledger.store.write(
            lambda run: (
                self._close(run, rows, [*ids], token)
                if last
                else _next(run, row, self.delivery.clock())
            )
        )

    async def _together(
        self, row: Row, message: Message, channel: Channel
    ) -> tuple[list[Row], Message]:
        """What waits behind the row joins it while all of it stays one bubble.

        A question ends a bubble: its buttons would stand under words that came after it.
        """
        rows = [row]
        if not channel.limits.pace or row.part:
            return rows, message
        for after in self._behind(row):
            if message.options or message.attachments or not self._joins(after, row):
                break
            try:
                more = await self.delivery.message(after)
            except NotYet:
                break
            if more is None or more.attachments or more.dir != message.dir:
                break
            both = joined(message, more)
            if len(channel.parts(both)) != 1:
                break
            rows.append(after)
            message = both
        return rows, message

    def _behind(self, row: Row) -> list[Row]:
        """What of this conversation is due, or would be but for a try that failed; in order."""
        where = (
            f"contact = ? and kind in {PERSON_FACING} and parked is null and handed = 0"
            " and (due <= ? or attempts > 0) and id <> ?"
        )
        values = (row.contact, self.delivery.clock(), row.id)
        return list(self.ledger.rows(where, values, f"danger = {LIFE} desc, id"))

    def _joins(self, after: Row, row: Row) -> bool:
        """Whether it may go now as well; if not, nothing behind it may either."""
        due = after.due <= self.delivery.clock() + MOMENT
        return due and after.channel == row.channel and after.part == 0

    async def _tried(self, rows: Sequence[Row], token: str | None) -> bool:
        """Mark before sending: after a crash a row with a try behind it may be said twice.

        False when one of them is gone: its person erased everything, or danger came first.
        """
        idents = [row.id for row in rows]
        holes = ",".join("?" * len(idents))

        def write(run: Run) -> bool:
            sql = f"select count(*) from outbox where id in ({holes}) and parked is null"
            if run.execute(sql, idents).fetchone()[0] != len(idents):
                return False
            sql = f"update outbox set attempts = attempts + 1, token = ? where id in ({holes})"
            run.execute(sql, (token, *idents))
            return True

        return await self.ledger.store.write(write)

    def _close(self, run: Run, rows: Sequence[Row], ids: list[str], token: str | None) -> None:
        """Done; or, where the platform tells later what became of it, done when it has told."""
        for row in rows:
            if token is None:
                self.delivery.close(run, row, ids if row is rows[0] else [])
                continue
            sql = "update outbox set handed = 1, due = ? where id = ? and token = ?"
            run.execute(sql, (self.delivery.clock() + SILENCE, row.id, token))

    def arrived(self, run: Run, row: Row, token: str) -> None:
        """The platform says that it arrived; of a row in several parts, that one of them did."""
        if token.endswith(MORE):
            _next(run, row, self.delivery.clock())
        else:
            self.delivery.close(run, row, [])

    def _count(self, row: Row, channel: Channel) -> None:
        if not channel.limits.pace or row.contact is None:
            return
        now = self.delivery.clock()
        if len(self._free) > REMEMBERED:
            self._free = {who: when for who, when in self._free.items() if when > now}
        self._free[row.contact] = now + channel.limits.pace

    def _to(self, row: Row) -> str:
        """Where the person is reached now: a number may have changed since the row was made."""
        known = self.ledger.address(row.contact) if row.contact else None
        return known.to if known and known.channel == row.channel else str(row.body["to"])


def joined(first: Message, second: Message) -> Message:
    """Two bubbles as one; the buttons, if there are any, are the second's."""
    return replace(
        second,
        text=f"{first.text}\n\n{second.text}",
        protect=first.protect or second.protect,
    )


def _next(run: Run, row: Row, now: float) -> None:
    sql = (
        "update outbox set part = part + 1, attempts = 0, due = ?, token = null"
        " where id = ? and part = ?"
    )
    run.execute(sql, (hour(now), row.id, row.part))
