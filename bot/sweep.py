# SPDX-License-Identifier: AGPL-3.0-or-later
"""A chat that empties itself: one row a person, due when the conversation is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.clock import HOUR, Clock
from bot.ledger import Contact, Ledger, Row
from bot.plan import Plan
from bot.store import Run

EMPTIES = frozenset(("telegram",))  # messengers that let a bot remove both sides' messages
SILENCE = 6 * HOUR  # after which a conversation is over
FAREWELL = 600.0  # seconds after a goodbye
LIMIT = 46 * HOUR  # hours are stored, not moments: a message is at most an hour older
OVER = ("leave.bye", "leave.stop")
EACH = "each"


def wanted(contact: Contact) -> bool:
    """Whether this person picked "each time"."""
    return ((contact.state or {}).get("notes") or {}).get("sweep") == EACH


def schedule(plan: Plan, *, at: str, each: bool) -> None:
    """In a turn: the chat is emptied some time after it, and no message grows older than 47 h."""
    if plan.address.channel not in EMPTIES:
        return
    plan.add("delete from outbox where contact = ? and kind = 'sweep'", (plan.contact.id,))
    if each:
        due = plan.now + (FAREWELL if at in OVER else SILENCE)
        sql = "select min(at) from sent where contact = ?"
        oldest = plan.ledger.store.read(sql, (plan.contact.id,))[0][0]
        plan.queue(
            "sweep", {"to": plan.address.to}, min(due, (oldest or plan.now) + LIMIT),
            contact=plan.contact.id, channel=plan.address.channel,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Turns a due row into the wipe of what it is time to remove."""

    ledger: Ledger
    clock: Clock

    def later(self, run: Run, row: Row) -> None:
        """In a transaction: a bubble that came between two conversations goes in its time too."""
        contact = self.ledger.contact(row.contact or "")
        sql = "select 1 from outbox where contact = ? and kind = 'sweep'"
        if row.channel not in EMPTIES or not wanted(contact):
            return
        if not run.execute(sql, (contact.id,)).fetchone():
            self._again(run, row, self.clock() + LIMIT)

    async def sweep(self, row: Row) -> None:
        """Everything, once the person has been silent; before that only what cannot wait."""
        now, contact = self.clock(), self.ledger.contact(row.contact or "")
        over = now - contact.touched >= SILENCE or _left(contact)
        limit = now if over else now - LIMIT + 4 * HOUR

        def write(run: Run) -> None:
            run.execute("delete from outbox where id = ?", (row.id,))
            self._wipe(run, row, limit)
            sql = "select min(at) from sent where contact = ?"
            (oldest,) = run.execute(sql, (row.contact,)).fetchone()
            waits = "select 1 from outbox where contact = ? and kind = 'sweep'"
            if oldest is not None and not run.execute(waits, (row.contact,)).fetchone():
                self._again(run, row, oldest + LIMIT)

        await self.ledger.store.write(write)

    def _wipe(self, run: Run, row: Row, limit: float) -> None:
        where = "from sent where contact = ? and at <= ?"
        rows = run.execute(f"select id, body {where}", (row.contact, limit)).fetchall()
        messages = list(dict.fromkeys(self._ids(rows)))
        run.execute(f"delete {where}", (row.contact, limit))
        if messages:
            body = {"to": row.body["to"], "messages": messages}
            run.execute(*self.ledger.row("wipe", body, self.clock(), channel=row.channel))

    def _ids(self, rows: list[tuple[int, bytes]]) -> Iterator[str]:
        for number, body in rows:
            yield self.ledger.open(body, "sent", "body", number)["m"]

    def _again(self, run: Run, row: Row, due: float) -> None:
        body = {"to": row.body["to"]}
        columns = {"contact": row.contact, "channel": row.channel}
        run.execute(*self.ledger.row("sweep", body, due, **columns))


def _left(contact: Contact) -> bool:
    return (contact.state or {}).get("at") in OVER
