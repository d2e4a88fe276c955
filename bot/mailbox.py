# SPDX-License-Identifier: AGPL-3.0-or-later
"""Channels that come and ask, the page and the terminal: their rows wait until they have them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from bot.channels import Address
from bot.delivery import Delivery, NotYet
from bot.ledger import PERSON_FACING, Ledger, Row
from bot.message import Message
from bot.store import Run

POLL = 1.0  # seconds: another process may have queued something


@dataclass(frozen=True, slots=True)
class Parcel:
    """One bubble, or the word that the file with this ticket may come now."""

    id: int
    message: Message | None = None
    upload: str | None = field(default=None, repr=False)


class Mailbox:
    """Hands rows out at least once; they are deleted when the other side says it has them."""

    def __init__(self, ledger: Ledger, delivery: Delivery) -> None:
        self._ledger = ledger
        self._delivery = delivery
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Something was committed: whoever waits looks again."""
        self._news.set()
        self._news = asyncio.Event()

    async def collect(self, address: Address, wait: float = 0.0) -> list[Parcel]:
        """What waits for this person, in order; after *wait* seconds at most an empty list."""
        contact = self._ledger.contact_id(address)
        until = monotonic() + wait
        while True:
            news = self._news
            parcels = await self._parcels(contact)
            left = until - monotonic()
            if parcels or left <= 0:
                return parcels
            try:
                await asyncio.wait_for(news.wait(), min(left, POLL))
            except TimeoutError:
                continue

    async def acknowledge(self, address: Address, ids: Sequence[int]) -> None:
        """The other side has these: forget them."""
        contact = self._ledger.contact_id(address)
        rows = {row.id: row for row in self._rows(contact) if row.kind != "fetch"}
        done = [rows[i] for i in ids if i in rows]
        if done:
            await self._ledger.store.write(lambda run: self._close(run, done))

    def _close(self, run: Run, rows: Sequence[Row]) -> None:
        for row in rows:
            self._delivery.close(run, row, [])

    def _rows(self, contact: str) -> list[Row]:
        values = (contact, self._delivery.clock())
        where = "contact = ? and due <= ? and parked is null and kind <> 'wipe'"
        return list(self._ledger.rows(where, values))

    async def _parcels(self, contact: str) -> list[Parcel]:
        parcels = []
        for row in self._rows(contact):
            if row.kind == "fetch":
                parcels.append(Parcel(row.id, upload=row.body["ref"]))
            elif row.kind in PERSON_FACING:
                try:
                    message = await self._delivery.message(row)
                except NotYet:
                    break
                parcels.append(Parcel(row.id, message))
        return parcels
