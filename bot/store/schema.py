# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tables, and how yesterday's database becomes today's. No column holds a word in clear."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("sanad")


@migrations()
def first(db: Database) -> None:
    """Contacts, cases with their entries, the outbox, and what was already seen."""
    _people(db)
    _cases(db)
    _queues(db)


@migrations()
def prints(db: Database) -> None:
    """A sealed file's fingerprint, so that its owner's dossier can name it; encrypted."""
    db.table("entry").add_column("print", bytes)


@migrations()
def fates(db: Database) -> None:
    """A platform that tells later what became of a message; one person, several references."""
    outbox = db.table("outbox")
    outbox.add_column("token", str)  # random; travels with the message and comes back
    outbox.add_column("part", int, not_null_default=0)  # bubbles of this row that are through
    outbox.add_column("handed", int, not_null_default=0)  # 1: taken over, its fate unknown
    outbox.create_index(["token"])
    db.table("contact").add_column("heard", bytes)  # when they last wrote, where that matters
    alias = {"id": str, "contact": str}  # keyed hash of another reference -> the contact's
    db.table("alias").create(alias, pk="id", not_null={"contact"})
    db.table("alias").create_index(["contact"])


@migrations()
def rooms(db: Database) -> None:
    """Where a case was announced to the team; and how many came by a campaign's link."""
    room = {
        "id": int,
        "case_id": str,
        "channel": str,
        "body": bytes,  # the target, its room, the last alarm's message: encrypted
    }
    db.table("room").create(room, pk="id", not_null={"case_id", "body"})
    db.table("room").create_index(["case_id"])
    tally = {"day": str, "campaign": str, "count": int}
    db.table("tally").create(tally, pk=("day", "campaign"), not_null={"count"})


@migrations()
def doors(db: Database) -> None:
    """A case that was sealed in a browser: in a chat its receipt tells how it stands, no words."""
    db.table("cases").add_column("door", int, not_null_default=0)


def _people(db: Database) -> None:
    contact = {
        "id": str,  # keyed hash of the address
        "address": bytes,
        "state": bytes,
        "link": bytes,  # the case, while there is one; dropped on close, erase, wish
        "allow": str,  # may we write first: now, after9, no; null: never asked
        "tips": str,  # language of the tips asked for; null: none
        "touched": int,  # hour
        "version": int,
    }
    db.table("contact").create(contact, pk="id", not_null={"id", "address", "state"})
    db.table("contact").create_index(["touched"])
    db.table("seen").create({"id": str, "at": int}, pk="id").create_index(["at"])
    sent = {"id": int, "contact": str, "body": bytes, "at": int, "receipt": int}
    db.table("sent").create(sent, pk="id").create_index(["contact"])
    waiting = {"id": int, "contact": str, "body": bytes, "at": int}
    db.table("waiting").create(waiting, pk="id").create_index(["contact"])


def _cases(db: Database) -> None:
    case = {
        "id": str,  # random
        "stage": str,  # draft, filed, closed
        "recipient": str,  # age, public
        "wrapped": bytes,  # the case's identity, for the team; a draft's lies in one more wrapping
        "open": int,  # 1: the outer wrapping is gone
        "visitor": str,  # age, public; from the receipt
        "lookup": bytes,
        "triage": bytes,
        "alarm": str,  # null, queued, delivered
        "opened": int,
        "filed": int,
        "taken": int,
        "closed": int,
    }
    db.table("cases").create(case, pk="id", not_null={"id", "stage", "recipient", "opened"})
    db.table("cases").create_index(["lookup"], unique=True)
    entry = {
        "id": int,
        "case_id": str,
        "kind": str,  # story, message, answer:when, file, about, …
        "blob": bytes,  # an age file, padded to its size class; null: it lies in a file
        "file": str,  # random name under files/
        "length": bytes,  # true length, encrypted
        "at": int,  # hour
    }
    db.table("entry").create(entry, pk="id", foreign_keys=[("case_id", "cases", "id")])
    db.table("entry").create_index(["case_id"])
    answer = {
        "id": str,
        "case_id": str,
        "visitor": bytes,  # sealed to the receipt
        "delivery": bytes,  # openable by the relay for one send, then null
        "at": int,
        "read": int,
    }
    db.table("answer").create(answer, pk="id", foreign_keys=[("case_id", "cases", "id")])
    db.table("answer").create_index(["case_id"])


def _queues(db: Database) -> None:
    outbox = {
        "id": int,
        "contact": str,  # whose conversation; null: nobody's
        "channel": str,
        "kind": str,  # what to do: say, answer, fetch, alarm, wipe, … (see relay)
        "case_id": str,
        "due": float,  # epoch seconds
        "body": bytes,  # content keys, values, address: encrypted
        "attempts": int,
        "danger": int,
        "parked": str,  # why a person must look
    }
    db.table("outbox").create(outbox, pk="id", defaults={"attempts": 0, "danger": 0})
    db.execute("create index outbox_due on outbox (due) where parked is null")
    db.table("outbox").create_index(["contact"])
    db.table("outbox").create_index(["case_id"])
    db.table("mark").create({"name": str, "value": bytes}, pk="name")
