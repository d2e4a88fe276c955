# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one act of a counsellor writes, and whom it may write to; inside its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.clock import hour, next_nine, wall
from bot.ledger import Body, Case, Contact, Ledger
from bot.store import Run
from bot.vault.padding import pad

PING = "human.ping"  # the neutral text; its first line betrays nothing
TAKEN = "human.alarm_taken"  # what the alarm says from then on
READ = ("read", "label.read")  # the button that asks for an answer

Reach = Literal["told", "now", "after9", "silence", "nobody", "again"]
Button = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Act:
    """One transaction's hands.

    It reads through the ledger's own connection: while this transaction holds the one write
    lock, what is committed cannot change, so what it saw is still so when it commits.
    """

    run: Run
    ledger: Ledger
    now: float

    def claim(self, case: Case) -> int:
        """Somebody has the case, from now if not before: its alarms end. Epoch seconds."""
        taken = case.taken or int(self.now)
        self.run.execute("update cases set taken = ? where id = ?", (taken, case.id))
        values = {"time": wall(taken).strftime("%d/%m %H:%M")}
        for sql, cells in self.ledger.end_alarms(case.id, self.now, TAKEN, **values):
            self.run.execute(sql, cells)
        return taken

    def shut(self, case: Case) -> None:
        """The case is over, and so are its rooms."""
        for sql, cells in self.ledger.shut_rooms(case.id, self.now):
            self.run.execute(sql, cells)

    def keep(self, case: Case, kind: str, sealed: bytes) -> None:
        """One more entry of the case, an age file already sealed to it."""
        number = self.ledger.numbers.next()
        length = self.ledger.seal(len(sealed), "entry", "length", number)
        sql = "insert into entry (id, case_id, kind, blob, length, at) values (?, ?, ?, ?, ?, ?)"
        self.run.execute(sql, (number, case.id, kind, pad(sealed), length, hour(self.now)))

    def linked(self, case: Case) -> list[Contact]:
        """The contacts that lead to the case, whoever wrote last first."""
        idents = self.ledger.contacts_of_case(case.id)
        return sorted(map(self.ledger.contact, idents), key=lambda contact: -contact.touched)

    def unlink(self, case: Case) -> None:
        """Nobody leads to the case any more; a turn that is being thought is thought again."""
        sql = "update contact set link = null, version = version + 1 where id = ?"
        self.run.executemany(sql, [(contact.id,) for contact in self.linked(case)])

    def push(self, contact: Contact, answer: str) -> Reach:
        """The answer as text, to somebody who is in the conversation."""
        address = self.ledger.address(contact.id)
        if address is None:
            return "silence"
        body = {"to": address.to, "answer": answer, "lang": _lang(contact)}
        self._queue("answer", body, self.now, contact.id, address.channel)
        return "told"

    def ping(self, contacts: Sequence[Contact], *buttons: Button) -> Reach:
        """One neutral message to each who asked for it, when they asked for it; else silence."""
        reached = {contact.allow for contact in contacts if self._pinged(contact, buttons)}
        if "now" in reached:
            return "now"
        if reached:
            return "after9"
        return "silence" if contacts else "nobody"

    def _pinged(self, contact: Contact, buttons: Sequence[Button]) -> bool:
        address = self.ledger.address(contact.id)
        if address is None or contact.allow not in {"now", "after9"}:
            return False
        if not self._waits(contact, buttons):
            due = self.now if contact.allow == "now" else next_nine(self.now)
            body = {"to": address.to, "texts": [PING], "options": buttons, "lang": _lang(contact)}
            self._queue("say", body, due, contact.id, address.channel)
        return True

    def _waits(self, contact: Contact, buttons: Sequence[Button]) -> bool:
        """Whether a neutral message waits already; one with fewer buttons gives way."""
        where = "contact = ? and kind = 'say' and parked is null"
        for row in self.ledger.rows(where, (contact.id,)):
            if row.body.get("texts") != [PING]:
                continue
            if len(row.body["options"]) >= len(buttons) or row.attempts:
                return True
            self.run.execute("delete from outbox where id = ?", (row.id,))
        return False

    def _queue(self, kind: str, body: Body, due: float, *to: str) -> None:
        # No case id on the row: who leads to which case stands in one encrypted column.
        contact, channel = to
        self.run.execute(*self.ledger.row(kind, body, due, contact=contact, channel=channel))


def _lang(contact: Contact) -> str:
    return str((contact.state or {}).get("lang", "ar"))
