# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one turn will write: prepared outside the transaction, carried out inside it at once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.centre import Target
from bot.channels import Address
from bot.clock import hour
from bot.ledger import Case, Contact, Ledger
from bot.store import Run
from bot.vault.padding import pad
from bot.vault.seal import CaseKeys, seal

OVER = "human.alarm_over"  # what an alarm says when nobody waits any more
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no letter that reads like a digit


def new_ident() -> str:
    """A random name for a case, easy to read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(10))


class Stale(Exception):
    """Somebody wrote this contact meanwhile: think the turn again."""


@dataclass(slots=True)
class Plan:
    """Statements in order, and what must happen after they are durable."""

    ledger: Ledger
    now: float
    contact: Contact
    address: Address
    statements: list[tuple[str, Any]] = field(default_factory=list)
    unlink: list[str] = field(default_factory=list)  # sealed files to remove once committed
    case: Case | None = None
    shown: Case | None = None  # another's, of which this turn's bubbles speak
    shreds: bool = False
    aliases: tuple[str, ...] = ()  # other references that lead to this person
    heard: float | None = None  # when they wrote, where a window depends on it

    def add(self, sql: str, values: Any = ()) -> None:
        """Another statement."""
        self.statements.append((sql, values))

    def see(self, ident: str) -> None:
        """Remember a platform's message, so that it counts once."""
        self.add("insert into seen (id, at) values (?, ?)", (ident, hour(self.now)))

    def remember(self, state: Mapping[str, Any], *, tips: str | None = None) -> None:
        """Save where the conversation stands, unless somebody else did meanwhile."""
        ident, ledger, case = self.contact.id, self.ledger, self.case.id if self.case else None
        values = {
            "id": ident,
            "state": ledger.seal(state, "contact", "state", ident),
            "allow": self.contact.allow,
            "touched": hour(self.now),
            "version": self.contact.version,
        }
        columns = ["state", "allow", "touched"]
        if self.heard is not None:
            columns.append("heard")
            values["heard"] = ledger.seal(self.heard, "contact", "heard", ident)
        if case != self.contact.case or not self.contact.version:
            columns.append("link")
            values["link"] = ledger.seal(case, "contact", "link", ident) if case else None
        if self.contact.version:
            changes = ", ".join(f"{name}=:{name}" for name in columns)
            where = "id=:id and version=:version"
            sql = f"update contact set {changes}, version=version+1 where {where}"
        else:
            whose = [self.address.channel, self.address.to]
            values["address"] = ledger.seal(whose, "contact", "address", ident)
            names = ("id", "address", *columns)
            holes = ", ".join(f":{name}" for name in names)
            sql = f"insert into contact ({', '.join(names)}, version) values ({holes}, 1)"
        self.add(sql, values)
        if tips is not None:
            self.add("update contact set tips = ? where id = ?", (tips or None, ident))
        self.recognise()

    def recognise(self) -> None:
        """Know this person again under every reference, and reach them under the newest."""
        ident, ledger, channel = self.contact.id, self.ledger, self.address.channel
        names = ledger.names(channel, (self.address.to, *self.aliases))
        others = [name for name in names if name != ident]
        if not others:
            return
        known = dict(
            ledger.store.read("select id, contact from alias where contact = ?", (ident,))
        )
        for name in others:
            if name not in known:
                sql = "insert or replace into alias (id, contact) values (?, ?)"
                self.add(sql, (name, ident))
        if self.contact.version and ledger.address(ident) != self.address:
            whose = ledger.seal([channel, self.address.to], "contact", "address", ident)
            self.add("update contact set address = ? where id = ?", (whose, ident))

    def open_case(self, keys: CaseKeys) -> Case:
        """A draft case with its own identity, wrapped so that nobody opens it alone."""
        ident = new_ident()
        wrapped = self.ledger.wrap_draft(keys.wrapped, ident)
        self.case = Case(ident, "draft", keys.recipient, wrapped, opened=hour(self.now))
        self.add(
            "insert into cases (id, stage, recipient, wrapped, open, opened)"
            " values (?, 'draft', ?, ?, 0, ?)",
            (ident, keys.recipient, wrapped, hour(self.now)),
        )
        return self.case

    def keep(self, kind: str, data: bytes) -> int:
        """Seal something into the case; returns the entry's number."""
        if self.case is None:
            raise LookupError("no case")
        blob = seal(data, self.case.recipient)
        return self.enter(self.case, kind, pad(blob), len(blob))

    def enter(self, case: Case, kind: str, blob: bytes, length: int) -> int:
        """An age file of *length* bytes, padded, becomes one of the case's; returns its number."""
        number = self.ledger.numbers.next()
        cell = self.ledger.seal(length, "entry", "length", number)
        self.add(
            "insert into entry (id, case_id, kind, blob, length, at) values (?, ?, ?, ?, ?, ?)",
            (number, case.id, kind, blob, cell, hour(self.now)),
        )
        return number

    def queue(self, kind: str, body: Mapping[str, Any], due: float, **columns: Any) -> None:
        """An outbox row."""
        self.add(*self.ledger.row(kind, body, due, **columns))

    def say(self, body: Mapping[str, Any], *, weight: int) -> None:
        """A bubble for this person; with a weight it never gives way to a danger's reply."""
        about = self.shown or self.case
        full = {**body, "to": self.address.to, "case": about.id if about else None}
        self.queue(
            "say", full, hour(self.now),
            contact=self.contact.id, channel=self.address.channel, danger=weight,
        )  # fmt: skip

    def triage(self, notes: Mapping[str, Any]) -> None:
        """What counsellors sort by; readable by the service, by no one who steals the file."""
        if self.case is not None and dict(notes) != self.case.triage:
            blob = self.ledger.seal(dict(notes), "cases", "triage", self.case.id)
            self.add("update cases set triage = ? where id = ?", (blob, self.case.id))

    def alarm(self, case: Case, urgency: str, targets: Sequence[Target]) -> None:
        """Call the team, one repeating row a target; a weaker call gives way to a stronger one."""
        if case.taken is not None:
            return
        level = {"danger": 0, "urgent": 1}.get(urgency, 2)
        sql = "select id from outbox where case_id = ? and kind = 'alarm' and danger <= ?"
        if self.ledger.store.read(sql, (case.id, level)):
            return
        self.add("delete from outbox where case_id = ? and kind = 'alarm'", (case.id,))
        for target in targets:
            body = {"to": target.to, "level": urgency, "case": case.id}
            self.queue(
                "alarm", body, self.now, channel=target.channel, case_id=case.id, danger=level
            )
        if targets and case.alarm is None:
            self.add("update cases set alarm = 'queued' where id = ?", (case.id,))

    def destroy_case(self, case: Case) -> None:
        """Nothing that was sealed in it can be opened again by anybody."""
        self._files_of(case.id)
        self.end_alarms(case)
        self.statements += self.ledger.shut_rooms(case.id, self.now)
        for sql in (
            "delete from answer where case_id = ?",
            "delete from entry where case_id = ?",
            "delete from outbox where case_id = ?",
            "delete from cases where id = ?",
        ):
            self.add(sql, (case.id,))
        self.shreds = True
        if self.case and self.case.id == case.id:
            self.case = None

    def end_alarms(self, case: Case) -> None:
        """Nobody is called to this case any more; a taken one was said to be taken."""
        if case.taken is None:
            self.statements += self.ledger.end_alarms(case.id, self.now, OVER)

    def shred_files(self, case: str) -> None:
        """Destroy sealed media; the words stay."""
        self._files_of(case)
        self.add(
            "delete from entry where case_id = ? and (kind = 'file' or kind = 'about')", (case,)
        )
        self.shreds = True

    def _files_of(self, case: str) -> None:
        sql = "select file from entry where case_id = ? and file is not null"
        self.unlink += [name for (name,) in self.ledger.store.read(sql, (case,))]

    def wipe(self, *own: str, where: str = "contact = ?", tell: str | None = None) -> None:
        """Have the chat's messages removed, *own* with them, where the platform still can.

        *tell*: the language in which the person hears of those that could not be removed.
        """
        values = (self.contact.id,)
        rows = self.ledger.store.read(f"select id, body from sent where {where}", values)
        known = [self.ledger.open(body, "sent", "body", ident)["m"] for ident, body in rows]
        messages = list(dict.fromkeys((*known, *own)))
        self.add(f"delete from sent where {where}", values)
        if messages:
            body = {"to": self.address.to, "messages": messages, "tell": tell}
            self.queue("wipe", body, self.now, channel=self.address.channel)

    def forget(self, *own: str, tell: str | None = None) -> None:
        """Nothing of this contact stays: state, files not taken, pending rows, links, messages."""
        ident = self.contact.id
        self.wipe(*own, tell=tell)
        for table in ("waiting", "outbox", "sent", "alias"):
            self.add(f"delete from {table} where contact = ?", (ident,))
        self.add("delete from contact where id = ?", (ident,))
        self.shreds = True

    def job(self, run: Run) -> None:
        """Carry the plan out, inside the transaction."""
        for sql, values in self.statements:
            cursor = run.execute(sql, values)
            if sql.startswith("update contact set state") and cursor.rowcount == 0:
                raise Stale


def about(**facts: Any) -> bytes:
    """A note beside an entry, as the counsellor will read it."""
    return json.dumps(facts, ensure_ascii=False, indent=1).encode()
