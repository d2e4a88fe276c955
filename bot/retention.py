# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is held dies on its day: every lifetime in one place, enforced by a row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.clock import HOUR, Clock, hour, wall
from bot.config import Lifetimes
from bot.ledger import Ledger, Row
from bot.plan import OVER
from bot.store import Run

DAY = 24 * HOUR
COUNTED = 400  # days that a campaign's counts are kept: this year and the last one's month
DONE_KINDS = (
    "('say', 'answer', 'papers', 'fetch', 'wipe', 'sweep', 'notice', 'amend', 'shut', 'keep',"
    " 'template')"
)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of each were destroyed."""

    drafts: int = 0
    contacts: int = 0
    closed: int = 0
    files: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Retention:
    """Destroys what has lived long enough; run every hour by the relay."""

    ledger: Ledger
    clock: Clock
    lifetimes: Lifetimes
    files: Path

    async def schedule(self) -> None:
        """See that exactly one row wakes the sweep."""

        def write(run: Run) -> None:
            if not run.execute("select 1 from outbox where kind = 'retention'").fetchone():
                run.execute(*self.ledger.row("retention", {}, self.clock()))

        await self.ledger.store.write(write)

    async def sweep(self, row: Row) -> None:
        """Destroy, then come again in an hour."""
        await self.ledger.store.write(self.destroy)
        await self.ledger.store.shredded()
        self.unlink_strays()
        again = self.clock() + HOUR
        sql = "update outbox set due = ?, attempts = 0 where id = ?"
        await self.ledger.store.write(lambda run: run.execute(sql, (again, row.id)))

    def destroy(self, run: Run) -> Swept:
        """In a transaction: everything past its day goes."""
        now, lives = self.clock(), self.lifetimes
        silent = hour(now - lives.draft_hours * HOUR)
        contacts = self._silent(run, silent)
        drafts = self._orphans(run, silent)
        closed = self._cases(
            run, "stage = 'closed' and closed <= ?", now - lives.closed_days * DAY
        )
        old = ("delete from seen where at <= ?", hour(now - lives.seen_days * DAY))
        sent = ("delete from sent where at <= ?", hour(now - lives.sent_hours * HOUR))
        waiting = ("delete from waiting where at <= ?", silent)
        rows = (
            f"delete from outbox where kind in {DONE_KINDS} and (due <= ? or"
            " (due <= ? and contact not in (select id from contact)))"
        )
        count = run.execute(rows, (silent, now - HOUR)).rowcount
        for sql, limit in (old, sent, waiting):
            run.execute(sql, (limit,))
        run.execute("delete from alias where contact not in (select id from contact)")
        self._shut(run, now)
        run.execute("delete from tally where day <= ?", (f"{wall(now - COUNTED * DAY):%Y-%m-%d}",))
        return Swept(drafts, contacts, closed, rows=count)

    def _shut(self, run: Run, now: float) -> None:
        """Where cases that are no more were announced, nobody is called any longer."""
        sql = "select distinct case_id from room where case_id not in (select id from cases)"
        for (case,) in run.execute(sql).fetchall():
            told = self.ledger.end_alarms(case, now, OVER)
            for statement, cells in (*told, *self.ledger.shut_rooms(case, now)):
                run.execute(statement, cells)

    def _silent(self, run: Run, before: int) -> int:
        """Contacts long silent keep only what an open case or a subscription needs."""
        gone = 0
        sql = "select id, link, tips from contact where touched <= ?"
        for ident, link, tips in run.execute(sql, (before,)).fetchall():
            case = self.ledger.open(link, "contact", "link", ident) if link else None
            alive = (
                case
                and run.execute(
                    "select 1 from cases where id = ? and (stage = 'filed' or taken is not null)",
                    (case,),
                ).fetchone()
            )
            if alive or tips:
                self._forget_state(run, ident, keep_link=bool(alive))
            else:
                run.execute("delete from contact where id = ?", (ident,))
                gone += 1
        return gone

    def _forget_state(self, run: Run, ident: str, *, keep_link: bool) -> None:
        start: dict[str, Any] = {
            "at": "welcome.start",
            "lang": "ar",
            "notes": {},
            "back": None,
            "misses": 0,
        }
        cells = run.execute("select state from contact where id = ?", (ident,)).fetchone()
        start["lang"] = self.ledger.open(cells[0], "contact", "state", ident)["lang"]
        run.execute(
            "update contact set state = ?, version = version + 1 where id = ?",
            (self.ledger.seal(start, "contact", "state", ident), ident),
        )
        if not keep_link:
            run.execute("update contact set link = null where id = ?", (ident,))

    def _orphans(self, run: Run, before: int) -> int:
        """Drafts that no contact leads to any more, old enough."""
        linked = {
            self.ledger.open(link, "contact", "link", ident)
            for ident, link in run.execute("select id, link from contact where link is not null")
        }
        sql = "select id from cases where stage = 'draft' and taken is null and opened <= ?"
        found = [i for (i,) in run.execute(sql, (before,)).fetchall() if i not in linked]
        for case in found:
            self._destroy(run, case)
        return len(found)

    def _cases(self, run: Run, where: str, limit: float) -> int:
        rows = run.execute(f"select id from cases where {where}", (limit,)).fetchall()
        for (case,) in rows:
            self._destroy(run, case)
        return len(rows)

    @staticmethod
    def _destroy(run: Run, case: str) -> None:
        for table, column in (("answer", "case_id"), ("entry", "case_id"), ("outbox", "case_id")):
            run.execute(f"delete from {table} where {column} = ?", (case,))
        run.execute("delete from cases where id = ?", (case,))

    def unlink_strays(self) -> int:
        """Sealed files that no entry names any more, older than an hour, are removed."""
        if not self.files.is_dir():
            return 0
        sql = "select file from entry where file is not null"
        known = {name for (name,) in self.ledger.store.read(sql)}
        limit = self.clock() - HOUR
        strays = [
            path for path in self.files.iterdir()
            if path.name not in known and path.stat().st_mtime < limit
        ]  # fmt: skip
        for path in strays:
            path.unlink(missing_ok=True)
        return len(strays)
