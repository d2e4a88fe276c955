# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a counsellor does with a case: each act is one transaction, beside a running bot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bot.act import READ, Act, Reach
from bot.clock import hour
from bot.ledger import Case, Ledger
from bot.store import Run
from bot.vault.answer import Reply, read_reply
from bot.vault.faults import Unreadable
from bot.vault.seal import seal


class Cannot(Exception):
    """The act is not possible; the text is one line, without a word of the case."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an act led to: the case, when it was taken (epoch seconds), who hears of it."""

    case: str
    taken: int
    reach: Reach


def take(ledger: Ledger, ident: str, now: float, by: str | None = None) -> Done:
    """Put a case in somebody's hands: its alarms end, and the person hears of it as they allowed.

    The name goes inside the seal, for whoever opens the case. Twice is harmless. Raises
    `Cannot`.
    """
    return ledger.store.write_now(lambda run: taking(run, ledger, ident, now, by))


def taking(run: Run, ledger: Ledger, ident: str, now: float, by: str | None = None) -> Done:
    """The same inside somebody's transaction: the command and the team's button do just this."""
    case, act = lodged(ledger, ident), Act(run, ledger, now)
    if case.taken is not None:
        return Done(case.id, case.taken, "again")
    if by:
        act.keep(case, "taken", seal(f"{by}\n".encode(), case.recipient))
    return Done(case.id, act.claim(case), act.ping(act.linked(case)))


def answer(ledger: Ledger, blob: bytes, now: float) -> Done:
    """Take in a counsellor's sealed reply, once; whoever answers a case has taken it.

    Pushed as text only to somebody in the conversation; else one neutral message, if it was
    allowed. Raises `Cannot`.
    """
    try:
        reply = read_reply(blob, ledger.key)
        if reply.delivery is not None:
            ledger.key.open_delivery(reply.delivery)  # it must be possible to say it
    except Unreadable:
        raise Cannot("this file is no answer made for this server, or it is damaged") from None
    number = hashlib.sha256(blob).hexdigest()[:32]

    def job(run: Run) -> Done:
        case, act = lodged(ledger, reply.case), Act(run, ledger, now)
        if run.execute("select 1 from answer where id = ?", (number,)).fetchone():
            return Done(case.id, case.taken or 0, "again")
        reach = _answered(act, case, reply, number)
        return Done(case.id, act.claim(case), reach)

    return ledger.store.write_now(job)


def close(ledger: Ledger, ident: str, now: float, *, unread: bool = False) -> bool:
    """End a case: nobody is linked to it any more, and only its receipt still opens answers.

    False if it was closed before. An answer that nobody could ever read then is a fault,
    unless *unread* says that this is meant. Raises `Cannot`.
    """

    def job(run: Run) -> bool:
        case, act = found(ledger, ident), Act(run, ledger, now)
        if case.stage == "closed":
            return False
        if case.visitor is None and not unread and _unread(ledger, case):
            raise Cannot(f"case {case.id} has no receipt and an unread answer: see --unread")
        act.claim(case)
        act.shut(case)
        sql = "update cases set stage = 'closed', closed = ?, alarm = null where id = ?"
        run.execute(sql, (hour(now), case.id))
        act.unlink(case)
        _only_by_receipt(act, case)
        return True

    return ledger.store.write_now(job)


def found(ledger: Ledger, ident: str) -> Case:
    """A case that counsellors may open, also a closed one. Raises `Cannot`."""
    ident = ident.strip().upper()
    case = ledger.case(ident)
    if case is None:
        raise Cannot(f"no case {ident} here: withdrawn, destroyed on its day, or mistyped")
    if not case.open:
        raise Cannot(f"case {ident} is a draft: nobody may open it before it is lodged")
    return case


def lodged(ledger: Ledger, ident: str) -> Case:
    """A case that somebody can still work on. Raises `Cannot`."""
    case = found(ledger, ident)
    if case.stage == "closed":
        raise Cannot(f"case {case.id} is closed")
    return case


def _answered(act: Act, case: Case, reply: Reply, number: str) -> Reach:
    contacts, visitor = act.linked(case), reply.visitor
    if visitor is None and case.visitor is not None and reply.delivery is not None:
        # filed after the reply was written
        visitor = seal(act.ledger.key.open_delivery(reply.delivery), case.visitor)
    if visitor is None and not (contacts and reply.delivery):
        raise Cannot(f"case {case.id} has no reader: the person left and has no receipt")
    # With nobody linked only the receipt reads it: this server must not be able to.
    delivery = reply.delivery if contacts else None
    act.run.execute(
        "insert into answer (id, case_id, visitor, delivery, at) values (?, ?, ?, ?, ?)",
        (number, case.id, visitor, delivery, hour(act.now)),
    )
    act.keep(case, "answer", reply.thread)
    if contacts and contacts[0].touched >= hour(act.now):  # in the conversation, by the hour
        return act.push(contacts[0], number)
    return act.ping(contacts, READ)


def _unread(ledger: Ledger, case: Case) -> bool:
    sql = "select 1 from answer where case_id = ? and read is null"
    return bool(ledger.store.read(sql, (case.id,)))


def _only_by_receipt(act: Act, case: Case) -> None:
    """The server forgets how to open the answers; one that is being sent still goes."""
    going = {row.body["answer"] for row in act.ledger.rows("kind = 'answer'", ())}
    sql = "select id from answer where case_id = ? and delivery is not null"
    for (number,) in act.ledger.store.read(sql, (case.id,)):
        if number not in going:
            act.run.execute("update answer set delivery = null where id = ?", (number,))
