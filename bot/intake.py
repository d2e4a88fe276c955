# SPDX-License-Identifier: AGPL-3.0-or-later
"""A file the gate has let through: streamed, hashed, sealed, and only then a row."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import filetype

import flows
from bot.channels import Address, Inbound
from bot.clock import hour
from bot.ear import Ear
from bot.ledger import Row
from bot.plan import Plan, about
from bot.runtime import Runtime
from bot.turn import Carrier
from bot.vault.faults import Empty, TooLarge
from bot.vault.sealed_file import Sealed, seal_stream
from flows.model import FileFailed, FileKept, State, World

LIMIT = 20 * 1024 * 1024  # bytes: what the Bot API lets a bot download
KINDS = ("image/", "audio/", "video/")
DOCUMENTS = frozenset(("application/pdf", "application/ogg", "application/rtf"))
OFFICE = "application/vnd."
REFUSED = frozenset(("image/x-icon", "image/vnd.adobe.photoshop", "image/vnd.dwg"))


class Intake:
    """Keeps the bytes of waiting files; the person hears what really happened."""

    def __init__(self, runtime: Runtime, ear: Ear | None = None) -> None:
        self._runtime = runtime
        self.ear = ear  # None: nobody listens to voices but counsellors
        self.kept: list[str] = []  # effects of the files taken, for ``sanad chat --json``

    def expected(self, address: Address, ticket: str) -> Row | None:
        """The row of a file that the gate has let through, or None: then read no byte."""
        contact = self._runtime.ledger.contact_id(address)
        where = "contact = ? and kind = 'fetch' and parked is null"
        rows = self._runtime.ledger.rows(where, (contact,))
        return next((row for row in rows if row.body["ref"] == ticket), None)

    async def take(self, row: Row, chunks: AsyncIterator[bytes]) -> None:
        """Seal a file into its case; raises what the source of the bytes raises."""
        runtime = self._runtime
        contact = runtime.ledger.contact(row.contact or "")
        case = runtime.ledger.case(contact.case)
        if case is None:
            await self.fail(row, "gone")
            return
        name = secrets.token_hex(16)
        runtime.files.mkdir(parents=True, exist_ok=True)
        path = runtime.files / name
        ear, sound = self.ear if row.body["kind"] == "voice" else None, bytearray()
        if ear:
            chunks = ear.beside(chunks, sound)
        try:
            sealed = await seal_stream(chunks, case.recipient, path, LIMIT)
        except Empty:
            await self.fail(row, "empty")
            return
        except TooLarge:
            await self.fail(row, "too_large")
            return
        mime = sniffed(sealed.head)
        if mime is None:
            path.unlink(missing_ok=True)
            await self.fail(row, "type")
            return
        if not await self._keep(row, name, sealed, mime):
            path.unlink(missing_ok=True)  # erased, or turned out to be a minor's, meanwhile
        elif ear:
            sender = Address(row.channel or "", row.body["to"])
            ear.listen(bytes(sound), mime, sender, str(row.id))

    async def fail(self, row: Row, reason: str) -> None:
        """Say that a file could not be kept, and why."""
        match reason:
            case "empty" | "too_large" | "type" | "gone":
                await self._step(row, FileFailed(reason), lambda _: None)
            case _:
                await self._step(row, FileFailed("gone"), lambda _: None)
        self.kept.append("refuse_file")

    async def _keep(self, row: Row, name: str, sealed: Sealed, mime: str) -> bool:
        kept = False

        def write(plan: Plan) -> None:
            nonlocal kept
            if plan.case is None:
                return
            ledger, number = plan.ledger, plan.ledger.numbers.next()
            length = ledger.seal(sealed.ciphertext_length, "entry", "length", number)
            known = {"sha256": sealed.sha256, "kind": row.body["kind"]}
            plan.add(
                "insert into entry (id, case_id, kind, file, length, at, print)"
                " values (?, ?, 'file', ?, ?, ?, ?)",
                (number, plan.case.id, name, length, hour(plan.now),
                 ledger.seal(known, "entry", "print", number)),
            )  # fmt: skip
            plan.keep("about", about(
                file=name, reference=self._reference(plan.case.id), sha256=sealed.sha256,
                bytes=sealed.size, type=mime, sent_as=row.body["kind"],
                compressed_by_messenger=bool(row.body.get("small")),
                **row.body.get("origin", {}),
            ))  # fmt: skip
            kept = True

        event = FileKept("", compressed=bool(row.body.get("small")))
        done = await self._step(row, event, write)
        if kept and done:
            self.kept.append("seal_file")
        return kept and done

    def _reference(self, case: str) -> str:
        sql = "select count(*) from entry where case_id = ? and kind = 'file'"
        return f"F{self._runtime.ledger.store.read(sql, (case,))[0][0] + 1}"

    async def _step(self, row: Row, event: FileKept | FileFailed, write: object) -> bool:
        """One transaction: the row goes, the file's rows come, the person is told."""
        runtime = self._runtime
        async with runtime.lane(row.contact or ""):
            contact = runtime.ledger.contact(row.contact or "")
            sql = "select 1 from outbox where id = ?"
            if not contact.version or not runtime.ledger.store.read(sql, (row.id,)):
                return False
            await self._written(row, contact.case, event, write)
        return True

    async def _written(self, row: Row, case_id: str | None, event: object, write: object) -> None:
        runtime = self._runtime
        contact = runtime.ledger.contact(row.contact or "")
        state = State(**contact.state) if contact.state else None
        case = runtime.ledger.case(case_id)
        now = runtime.clock()
        address = Address(row.channel or "", row.body["to"])
        plan = Plan(runtime.ledger, now, contact, address, case=case)
        plan.add("delete from outbox where id = ?", (row.id,))
        if callable(write):
            write(plan)
        if isinstance(event, FileKept) and case is not None:
            event = FileKept(self._reference(case.id), event.compressed)
        if not isinstance(event, FileKept | FileFailed):
            return
        step = flows.step(runtime.script, state, event, World(now=now))
        inbound = Inbound(address, "", "other")
        urgency = flows.urgency(runtime.script, step.state, World(now=now))
        carrier = Carrier(plan, inbound, step.state, urgency, runtime.centre, runtime.lifetimes)
        carrier.carry(step.effects)
        await runtime.commit(plan)


def sniffed(head: bytes) -> str | None:
    """The type by content, never by name; None for a type we do not take."""
    kind = filetype.guess(head)
    if kind is not None:
        mime = str(kind.mime)
        good = mime.startswith((*KINDS, OFFICE)) or mime in DOCUMENTS
        return mime if good and mime not in REFUSED else None
    return "text/plain" if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    for cut in range(4):  # a character may be cut at the end of the head
        try:
            head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return True
    return False
