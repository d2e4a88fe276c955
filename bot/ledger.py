# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows as values: what the database holds, opened and sealed with the service key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.channels import Address
from bot.clock import Clock, Numbers, wall_clock
from bot.store import Run, Store, Values
from bot.vault.service import ServiceKey

Body = Mapping[str, Any]
Statement = tuple[str, Any]
Stage = Literal["draft", "filed", "closed"]

LIFE = 2  # a bubble that answers a danger goes before everything else of its conversation
RECEIPT, PAPERS = 1, 2  # what a chat's own message shows, so that just that can be wiped
WINDOW = "window"  # parked until they write again: the platform lets nobody write before
MOVES = 5  # changes of address that are followed
PERSON_FACING = ("say", "answer", "papers")  # kinds that one person reads, in order


@dataclass(frozen=True, slots=True)
class Contact:
    """A person on one channel, as remembered."""

    id: str
    state: Body | None = field(default=None, repr=False)
    case: str | None = None
    allow: str | None = None
    touched: int = 0
    version: int = 0
    waiting: int = 0  # files offered and not fetched
    heard: float | None = None  # epoch seconds; kept only where a window depends on it


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint or a draft of one: everything but its words."""

    id: str
    stage: Stage
    recipient: str
    wrapped: bytes | None = field(default=None, repr=False)
    open: bool = False
    visitor: str | None = None
    alarm: str | None = None
    opened: int = 0
    filed: int | None = None
    taken: int | None = None
    triage: Body = field(default_factory=dict, repr=False)
    door: bool = False  # sealed in the visitor's browser: its answers are read only there
    files: int = 0  # sealed in it
    answers: int = 0  # from counsellors


@dataclass(frozen=True, slots=True)
class Room:
    """Where one target of the alarms heard of a case."""

    id: int
    case: str
    channel: str
    target: str = field(repr=False)
    place: str = field(repr=False)  # the target itself, or a room of it
    message: str | None = field(default=None, repr=False)  # the last alarm's


@dataclass(frozen=True, slots=True)
class Row:
    """Something to do later, at least once. The body names texts, it holds no person's words."""

    id: int
    kind: str
    contact: str | None
    channel: str | None
    case: str | None
    due: float
    attempts: int
    danger: int  # of a bubble: LIFE; of an alarm: its level
    body: Body = field(repr=False)
    part: int = 0  # bubbles of it that are through
    handed: bool = False  # the platform has it and has not said what became of it


CONTACT = (
    "select state, link, allow, touched, version, heard,"
    " (select count(*) from waiting where waiting.contact = contact.id) from contact where id = ?"
)
CASE_CELLS = (
    "id", "stage", "recipient", "wrapped", "open", "visitor", "alarm", "opened", "filed", "taken",
    "triage", "door", "files", "answers",
)  # fmt: skip
CASE_COLUMNS = (
    ", ".join(CASE_CELLS[:-2]) + ","
    " (select count(*) from entry where entry.case_id = cases.id and kind = 'file'),"
    " (select count(*) from answer where answer.case_id = cases.id)"
)
INSERT_ROW = (
    "insert into outbox (id, kind, contact, channel, case_id, due, danger, body)"
    " values (:id, :kind, :contact, :channel, :case_id, :due, :danger, :body)"
)
ROW_COLUMNS = "id, kind, contact, channel, case_id, due, attempts, danger, part, handed, body"


class Ledger:
    """Reads rows as values and makes the cells that a transaction writes."""

    def __init__(
        self, store: Store, key: ServiceKey, clock: Clock = wall_clock, *, operator: bool = False
    ) -> None:
        self.store = store
        self.key = key
        self.numbers = Numbers(clock, store.highest(), operator=operator)

    def names(self, channel: str, refs: Sequence[str]) -> list[str]:
        """The keyed hash of every reference, by the key in use."""
        return [self.key.contact(f"{channel}:{ref}") for ref in dict.fromkeys(refs)]

    def _named(self, channel: str, ref: str) -> tuple[str, ...]:
        """Every name of a reference: by the key in use, then by the keys before it."""
        address = f"{channel}:{ref}"
        return (self.key.contact(address), *self.key.former_contacts(address))

    def contact_id(self, address: Address, aliases: Sequence[str] = ()) -> str:
        """The keyed hash under which a person is known, whichever reference they come with.

        A number may have been given to somebody else: whoever is reached under a reference
        that the message does not name is another person, though they once had this number.
        """
        refs = tuple(dict.fromkeys((address.to, *aliases)))
        own = self._named(address.channel, address.to)
        if (known := self._first_known(own)) is not None:
            return known
        for ref in refs[1:]:
            known = self._first_known(self._named(address.channel, ref))
            reached = self.address(known) if known else None
            if known and reached and reached.to in refs:
                return known
        return own[0]

    def _first_known(self, names: Sequence[str]) -> str | None:
        return next((known for name in names if (known := self._known(name)) is not None), None)

    def _known(self, name: str) -> str | None:
        """The contact that a name leads to; a newer reference outranks an older contact."""
        sql = (
            "select contact from alias where id = :name"
            " union all select id from contact where id = :name limit 1"
        )
        return next((str(ident) for (ident,) in self.store.read(sql, {"name": name})), None)

    def seal(self, data: Any, table: str, column: str, row: object) -> bytes:
        """One cell, as JSON, readable only there."""
        plain = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        return self.key.seal(plain, table=table, column=column, row=str(row))

    def open(self, blob: bytes, table: str, column: str, row: object) -> Any:
        """The cell's value."""
        return json.loads(self.key.open(blob, table=table, column=column, row=str(row)))

    def contact(self, ident: str) -> Contact:
        """What is remembered of a contact; an empty one if nothing is."""
        for state, link, allow, touched, version, heard, waiting in self.store.read(
            CONTACT, (ident,)
        ):
            case = self.open(link, "contact", "link", ident) if link else None
            known = self.open(state, "contact", "state", ident)
            last = self.open(heard, "contact", "heard", ident) if heard else None
            return Contact(ident, known, case, allow, touched, version, waiting, last)
        return Contact(ident)

    def seen(self, message: str) -> bool:
        """Whether a platform's message (``channel:id``) was handled before, under any key."""
        names = (self.key.seen(message), *self.key.former_seen(message))
        return any(self.store.read("select 1 from seen where id = ?", (name,)) for name in names)

    def address(self, ident: str) -> Address | None:
        """How to reach a contact that is still known."""
        rows = self.store.read("select address from contact where id = ?", (ident,))
        for (blob,) in rows:
            return Address(*self.open(blob, "contact", "address", ident))
        return None

    def case(self, ident: str | None) -> Case | None:
        """A case by its id."""
        if ident is None:
            return None
        sql = f"select {CASE_COLUMNS} from cases where id = ?"
        return next((self._case(row) for row in self.store.read(sql, (ident,))), None)

    def cases(self) -> list[Case]:
        """Every case that counsellors may see: filed, or alarmed; not closed."""
        sql = f"select {CASE_COLUMNS} from cases where stage = 'filed' or open = 1"
        return [self._case(row) for row in self.store.read(sql) if row[1] != "closed"]

    def case_of_receipt(self, lookups: list[bytes]) -> Case | None:
        """The case a receipt opens."""
        for lookup in lookups:
            sql = f"select {CASE_COLUMNS} from cases where lookup = ?"
            for row in self.store.read(sql, (lookup,)):
                return self._case(row)
        return None

    def contacts_of_case(self, case: str) -> list[str]:
        """The contacts that lead to a case."""
        rows = self.store.read("select id, link from contact where link is not null")
        return [ident for ident, link in rows if self.open(link, "contact", "link", ident) == case]

    def _case(self, row: tuple[Any, ...]) -> Case:
        cells = dict(zip(CASE_CELLS, row, strict=True))
        triage = cells["triage"]
        cells["triage"] = self.open(triage, "cases", "triage", row[0]) if triage else {}
        cells["open"], cells["door"] = bool(cells["open"]), bool(cells["door"])
        return Case(**cells)

    def wrap_draft(self, wrapped: bytes, case: str) -> bytes:
        """The outer wrapping of a draft: neither server nor counsellors open it alone."""
        return self.key.seal(wrapped, table="cases", column="wrapped", row=case)

    def unwrap_draft(self, case: Case) -> bytes:
        """What counsellors can open."""
        if case.wrapped is None:
            return b""
        if case.open:
            return case.wrapped
        return self.key.open(case.wrapped, table="cases", column="wrapped", row=case.id)

    def row(self, kind: str, body: Body, due: float, **columns: Any) -> tuple[str, dict[str, Any]]:
        """The insert of one outbox row; its number is known before it is written."""
        number = self.numbers.next()
        values = {
            "id": number,
            "kind": kind,
            "contact": None,
            "channel": None,
            "case_id": None,
            "due": due,
            "danger": 0,
            "body": self.seal(dict(body), "outbox", "body", number),
            **columns,
        }
        return INSERT_ROW, values

    def rows(self, where: str, values: Values, order: str = "id") -> Iterator[Row]:
        """Outbox rows, opened, oldest first."""
        sql = f"select {ROW_COLUMNS} from outbox where {where} order by {order}"
        for ident, kind, contact, channel, case, due, tries, danger, *more in self.store.read(
            sql, values
        ):
            part, handed, body = more
            opened = self.open(body, "outbox", "body", ident)
            yield Row(
                ident, kind, contact, channel, case, due, tries, danger, opened,
                part, bool(handed),
            )  # fmt: skip

    def rooms(self, case: str) -> Iterator[Room]:
        """Where a case was announced."""
        sql = "select id, channel, body from room where case_id = ?"
        for number, channel, body in self.store.read(sql, (case,)):
            yield Room(number, case, channel, **self.open(body, "room", "body", number))

    def end_alarms(self, case: str, now: float, key: str, **values: str) -> Iterator[Statement]:
        """Nobody is called any more; what was announced says why, its button gone."""
        yield "delete from outbox where case_id = ? and kind = 'alarm'", (case,)
        for room in self.rooms(case):
            if room.message is not None:
                told = {"case": case, **values}
                body = {"to": room.place, "message": room.message, "key": key, "values": told}
                yield self.row("amend", body, now, channel=room.channel)

    def shut_rooms(self, case: str, now: float) -> Iterator[Statement]:
        """The rooms of a case that is over are closed, where it had some of its own."""
        for room in self.rooms(case):
            if room.place != room.target:
                yield self.row("shut", {"to": room.place}, now, channel=room.channel)
        yield "delete from room where case_id = ?", (case,)

    def whereabouts(self, address: Address) -> Address:
        """Where a group of the centre is now: groups change their address."""
        for _ in range(MOVES):
            for name in self._moved_marks(address):
                if (found := self.mark(name)) is not None:
                    address = Address(address.channel, self.open(found, "mark", "value", name))
                    break
            else:
                break
        return address

    def move(self, run: Run, old: Address, new: str) -> None:
        """In a transaction: remember that a group is reached elsewhere from now on."""
        if old.to != new:
            name, *_ = self._moved_marks(old)
            set_mark(run, name, self.seal(new, "mark", "value", name))

    def _moved_marks(self, address: Address) -> list[str]:
        return [f"moved {name}" for name in self._named(address.channel, address.to)]

    def mark(self, name: str) -> bytes | None:
        """A setting of the service that is not a secret."""
        rows = self.store.read("select value from mark where name = ?", (name,))
        return next((bytes(value) for (value,) in rows), None)


def set_mark(run: Run, name: str, value: bytes) -> None:
    """Write a setting of the service."""
    run.execute("insert or replace into mark (name, value) values (?, ?)", (name, value))
