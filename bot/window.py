# SPDX-License-Identifier: AGPL-3.0-or-later
"""The day in which a messenger lets us write, and what becomes of news that come after it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels import Channel, Inbound
from bot.clock import HOUR, Clock, hour, next_nine, wall
from bot.ear import HEARD
from bot.ledger import WINDOW, Contact, Ledger, Row
from bot.plan import Plan
from bot.reminder import TEXT as REMINDER
from bot.store import Run

WINDOWED = frozenset(("whatsapp",))
DAY = 24 * HOUR
MARGIN = 60.0  # seconds: the platform's clock is not ours
EARLY = HOUR  # before closing, one tap is asked for
MORNING, NIGHT = 9, 21  # hours in which somebody who said "after 9" may be written to

KEEP = "templates.keep_line"  # asks for the tap; betrays nothing
TAP = ("keep_line", "label.keep_open")
TEMPLATE = "answer_waiting"  # the approved text of that name: it says that something waits
TEMPLATE_TAP = "read"  # what its one button sends back


def hear(plan: Plan, inbound: Inbound, lang: str) -> None:
    """A window opens: what waited for it goes, and the tap is asked for before it closes."""
    if inbound.sender.channel not in WINDOWED or not inbound.id or inbound.id.startswith(HEARD):
        return  # a file that was kept is no message, nor are words heard in it later
    contact, now = plan.contact, plan.now
    plan.heard = min(now, inbound.sent_at or now)
    plan.add(
        "update outbox set parked = null, attempts = 0 where contact = ? and parked = ?",
        (contact.id, WINDOW),
    )
    plan.add(
        "delete from outbox where contact = ? and kind in ('keep', 'template')", (contact.id,)
    )
    if contact.allow in {"now", "after9"}:
        body = {"to": plan.address.to, "lang": lang}
        due = keep_at(plan.heard, contact.allow)
        plan.queue("keep", body, due, contact=contact.id, channel=plan.address.channel)


def keep_at(heard: float, allow: str | None) -> float:
    """About an hour before the window closes; for "after 9", not in the night."""
    due = heard + DAY - EARLY
    if allow != "after9" or MORNING <= wall(due).hour < NIGHT:
        return due
    evening = wall(due).replace(hour=NIGHT - 1, minute=0, second=0, microsecond=0).timestamp()
    return max(heard, evening if evening <= due else evening - DAY)


@dataclass(frozen=True, slots=True)
class Window:
    """What a channel's window means for rows; a channel without one is always open."""

    ledger: Ledger
    clock: Clock

    def is_open(self, row: Row, channel: Channel) -> bool:
        """Whether this row may go now; of somebody forgotten nobody knows: the platform does."""
        if not channel.limits.window or row.contact is None:
            return True
        heard = self.ledger.contact(row.contact).heard
        return heard is None or self.clock() < heard + channel.limits.window - MARGIN

    async def shut(self, row: Row) -> None:
        """The row waits for their next message; they hear once that it does, if they agreed."""
        contact = self.ledger.contact(row.contact or "")
        sql = "contact = ? and (parked = ? or kind = 'template')"
        told = any(self.ledger.rows(sql, (row.contact, WINDOW)))

        def write(run: Run) -> None:
            sql = "update outbox set parked = ?, token = null, handed = 0 where id = ?"
            there = run.execute(sql, (WINDOW, row.id)).rowcount
            if there and not told and (due := self._due(row, contact)) is not None:
                lang = str((contact.state or {}).get("lang") or row.body.get("lang"))
                body = {"to": row.body["to"], "lang": lang}
                run.execute(*self.ledger.row(
                    "template", body, due, contact=row.contact, channel=row.channel,
                ))  # fmt: skip

        await self.ledger.store.write(write)

    def _due(self, row: Row, contact: Contact) -> float | None:
        """When they may hear of it; None: they did not agree."""
        if contact.allow == "now" or row.body.get("texts") == [REMINDER]:
            return self.clock()
        return next_nine(self.clock()) if contact.allow == "after9" else None

    async def keep(self, row: Row) -> None:
        """Ask for the tap if something is awaited and they agreed to be written to."""
        contact = self.ledger.contact(row.contact or "")
        awaited = contact.allow in {"now", "after9"} and self._awaits(contact)

        def write(run: Run) -> None:
            there = run.execute("delete from outbox where id = ?", (row.id,)).rowcount
            if there and awaited:
                body = {
                    "to": row.body["to"], "texts": [KEEP], "options": [TAP],
                    "lang": row.body["lang"],
                }  # fmt: skip
                run.execute(*self.ledger.row(
                    "say", body, hour(self.clock()), contact=row.contact, channel=row.channel,
                ))  # fmt: skip

        await self.ledger.store.write(write)

    def _awaits(self, contact: Contact) -> bool:
        case = self.ledger.case(contact.case)
        if case is not None and case.stage != "closed" and (case.stage == "filed" or case.open):
            return True  # counsellors have it: an answer may come
        where = "contact = ? and kind = 'say' and parked is null"
        rows = self.ledger.rows(where, (contact.id,))
        return any(row.body.get("texts") == [REMINDER] for row in rows)
