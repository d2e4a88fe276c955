# SPDX-License-Identifier: AGPL-3.0-or-later
"""One turn carried out: effects become sealed entries, rows and statements of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot import sweep
from bot.centre import Centre
from bot.channels import Inbound, Origin
from bot.clock import HOUR, hour, wall
from bot.config import Lifetimes
from bot.ledger import LIFE, PAPERS, RECEIPT, Case
from bot.plan import Plan, about
from bot.reminder import drop_reminder, set_reminder
from bot.vault import receipt
from bot.vault.seal import new_case, seal
from bot.window import hear
from flows.model import (
    Allow,
    Confirmed,
    DropPapers,
    Effect,
    Erase,
    Escalate,
    Fetch,
    FileCase,
    HandOff,
    Hold,
    Keep,
    Papers,
    QuickExit,
    ReadAnswers,
    Recall,
    RefuseFile,
    Remind,
    Say,
    ShredFiles,
    State,
    Subscribe,
    Tell,
    Unlink,
    Unremind,
    Unsubscribe,
    Wipe,
    Withdraw,
)  # fmt: skip
from nlu import Reading

RECEIPT_TEXT = "complaint.filed"  # the bubble that shows the receipt
DAY = 24 * HOUR
# What a counsellor wants to know first, in this order.
SUMMARY = (
    "situation", "published", "demand", "amount", "platform", "deadline_at", "deadline_sure",
    "age_band", "for", "danger", "safe", "paid", "not_alone", "lives_with", "ping",
    "woman", "call", "call_hours", "pickup", "easy", "role", "consent", "me_abroad",
    "offender_police",
)  # fmt: skip

NAMES: Mapping[type, str] = {
    Keep: "seal_text",
    RefuseFile: "refuse_file",
    Escalate: "escalate",
    FileCase: "receipt",
    Withdraw: "withdraw",
    Erase: "erase",
    QuickExit: "quick_exit",
    Subscribe: "subscribe",
    Unsubscribe: "unsubscribe",
    HandOff: "handoff",
    Papers: "papers",
    DropPapers: "drop_papers",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message led to, for whoever asked: no words, no address."""

    effects: tuple[str, ...] = ()
    lang: str = "ar"
    urgency: str | None = None
    reading: Reading | None = field(default=None, repr=False)
    duplicate: bool = False


@dataclass(slots=True)
class Carrier:
    """Carries the effects of one step into a plan."""

    plan: Plan
    inbound: Inbound
    state: State
    urgency: str
    centre: Centre
    lifetimes: Lifetimes
    root: receipt.Root | None = None  # of a receipt made or typed in this turn
    digits: str = field(default="", repr=False)
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unlinked: bool = False  # the person wants to come back by receipt only
    entry: int | None = None  # what the person's message was sealed as
    wiped: bool = False  # the chat is emptied in this turn
    reminder: float | None = None  # when the reminder picked in this turn is due

    def carry(self, effects: Sequence[Effect]) -> None:
        """All effects, then the bubbles, then the state."""
        gone = any(isinstance(e, Erase | QuickExit) for e in effects)
        for effect in effects:
            if not isinstance(effect, Say):
                self._effect(effect)
        if not gone:
            self._save(effects)
            self._unfetched()
            self._sent(effects)
            each = self.state.notes.get("sweep") == sweep.EACH
            if each or sweep.wanted(self.plan.contact):
                sweep.schedule(self.plan, at=self.state.at, each=each)
        for effect in effects:
            if isinstance(effect, Say):
                self._say(effect, shred=self.plan.shreds)

    def _save(self, effects: Sequence[Effect]) -> None:
        plan = self.plan
        tips = next(
            (self.state.lang if isinstance(e, Subscribe) else ""
             for e in effects if isinstance(e, Subscribe | Unsubscribe)), None,
        )  # fmt: skip
        if plan.case is not None:
            plan.triage({**_triage(self.state), "urgency": self.urgency})
        if self.unlinked:
            plan.case = None
        hear(plan, self.inbound, self.state.lang)
        state = {"at": self.state.at, "lang": self.state.lang, "notes": dict(self.state.notes),
                 "back": self.state.back, "misses": self.state.misses}  # fmt: skip
        plan.remember(state, tips=tips)

    def _effect(self, effect: Effect) -> None:  # noqa: C901, PLR0912 - one line an effect
        match effect:
            case Keep(kind=kind):
                self._keep(kind)
            case Hold():
                self._hold()
            case Fetch():
                self._fetch()
            case RefuseFile():
                self._drop_waiting()
            case ShredFiles():
                self._drop_waiting()
                if self.plan.case:
                    self.plan.shred_files(self.plan.case.id)
            case Escalate(urgency=urgency):
                self._alarm(urgency)
            case Recall():
                self._recall()
            case FileCase():
                self._file()
            case Confirmed():
                self.plan.wipe(*self._own(), where=f"contact = ? and receipt = {RECEIPT}")
            case ReadAnswers():
                self._read_answers()
            case Papers():
                self._papers()
            case DropPapers():
                self.plan.wipe(where=f"contact = ? and receipt = {PAPERS}")
            case Allow(when=when):
                self.plan.contact = replace(self.plan.contact, allow=when)
            case Withdraw():
                self._withdraw()
            case Wipe():
                self.plan.wipe(*self._own(), tell=self.state.lang)
                self.wiped = True
            case Erase():
                self._leave(tell=self.state.lang)
            case QuickExit():
                self._leave()
            case Unlink():
                self.unlinked = True
            case Tell():
                self._case()
                self._summary()
            case Remind(days=days, hour=at):
                self.reminder = set_reminder(self.plan, self.state.lang, days, at)
            case Unremind():
                drop_reminder(self.plan)
            case HandOff() | Subscribe() | Unsubscribe() | Say():
                pass

    def _case(self) -> Case:
        """The case at hand, a new draft if there is none; a closed one takes nothing more."""
        if self.plan.case is None or self.plan.case.stage == "closed":
            team = tuple(self.centre.team.values())
            self.plan.open_case(new_case(team, self.centre.recovery))
        return self._known()

    def _known(self) -> Case:
        if self.plan.case is None:
            raise LookupError("no case")
        return self.plan.case

    def _keep(self, kind: str) -> None:
        self._case()
        self.entry = self.plan.keep(kind, self.inbound.text.encode("utf-8", "surrogatepass"))
        if self.inbound.origin is not None:
            self.plan.keep("origin", about(**told_of(self.inbound.origin)))

    def _own(self) -> tuple[str, ...]:
        """The platform's id of the person's message in this turn."""
        return () if self.inbound.message is None else (self.inbound.message,)

    def _sent(self, effects: Sequence[Effect]) -> None:
        """Remember the person's own message, so that it can be wiped with the rest."""
        if self.inbound.message is None or Confirmed() in effects or self.wiped:
            return  # the receipt typed back, or all of the chat, is wiped at once
        ledger = self.plan.ledger
        number = ledger.numbers.next()
        body = {"m": self.inbound.message, "entry": self.entry}
        values = (number, self.plan.contact.id, ledger.seal(body, "sent", "body", number))
        sql = "insert into sent (id, contact, body, at, receipt) values (?, ?, ?, ?, 0)"
        self.plan.add(sql, (*values, hour(self.plan.now)))

    def _hold(self) -> None:
        file, ledger = self.inbound.file, self.plan.ledger
        if file is None:
            return
        number = ledger.numbers.next()
        body: dict[str, Any] = {
            "ref": file.ref,
            "kind": file.kind,
            "size": file.size,
            "small": file.compressed,
        }
        if self.inbound.origin is not None:
            body["origin"] = told_of(self.inbound.origin)
        self.plan.add(
            "insert into waiting (id, contact, body, at) values (?, ?, ?, ?)",
            (number, self.plan.contact.id, ledger.seal(body, "waiting", "body", number),
             hour(self.plan.now)),
        )  # fmt: skip

    def _fetch(self) -> None:
        self._case()
        for number, blob in self._waiting():
            body = self.plan.ledger.open(blob, "waiting", "body", number)
            self.plan.queue(
                "fetch", {**body, "to": self.plan.address.to}, self.plan.now,
                contact=self.plan.contact.id, channel=self.plan.address.channel,
            )  # fmt: skip
        self._drop_waiting()

    def _waiting(self) -> list[tuple[Any, ...]]:
        sql = "select id, body from waiting where contact = ? order by id"
        return self.plan.ledger.store.read(sql, (self.plan.contact.id,))

    def _drop_waiting(self) -> None:
        self.plan.add("delete from waiting where contact = ?", (self.plan.contact.id,))

    def _unfetched(self) -> None:
        """What was let through and has not come yet never comes from somebody under 18."""
        if self.state.notes.get("age_band") == "minor":
            sql = "delete from outbox where contact = ? and kind = 'fetch'"
            self.plan.add(sql, (self.plan.contact.id,))

    def _open_case(self) -> Case:
        """Counsellors may open it from now on: the outer wrapping goes."""
        case = self._case()
        if not case.open:
            inner = self.plan.ledger.unwrap_draft(case)
            case = replace(case, wrapped=inner, open=True)
            self.plan.add("update cases set wrapped = ?, open = 1 where id = ?", (inner, case.id))
            self.plan.case = case
        return case

    def _alarm(self, urgency: str) -> None:
        """One repeating row a target, however often the person cries for help."""
        self.plan.alarm(self._open_case(), urgency, self.centre.alarms)

    def _recall(self) -> None:
        case = self.plan.case
        if case is None or case.stage != "draft" or case.taken is not None or case.wrapped is None:
            return
        wrapped = self.plan.ledger.wrap_draft(case.wrapped, case.id) if case.open else case.wrapped
        self.plan.end_alarms(case)
        self.plan.add(
            "update cases set wrapped = ?, open = 0, alarm = null where id = ?", (wrapped, case.id)
        )
        self.plan.case = replace(case, wrapped=wrapped, open=False)

    def _file(self) -> None:
        case = self._open_case()
        if self.root is None:
            raise LookupError("no receipt")
        self._summary()
        lookup = self.root.lookup(self.plan.ledger.key.pepper)
        self.plan.add(
            "update cases set stage = 'filed', visitor = ?, lookup = ?, filed = ? where id = ?",
            (self.root.recipient, lookup, hour(self.plan.now), case.id),
        )
        self._alarm(self.urgency)

    def _summary(self) -> None:
        """What was understood, for the counsellor: sealed like the words."""
        notes = dict(self.state.notes)
        if due := notes.get("deadline_at"):
            notes["deadline_at"] = f"{wall(float(due)):%Y-%m-%d %H:%M} (Africa/Casablanca)"
        told = "\n".join(f"{note}: {notes[note]}" for note in SUMMARY if note in notes)
        self.plan.keep("summary", f"urgency: {self.urgency}\n{told}\n".encode())

    def _read_answers(self) -> None:
        sql = "select id from answer where case_id = ? and delivery is not null order by at"
        case = self._known().id
        for (answer,) in self.plan.ledger.store.read(sql, (case,)):
            body = {"to": self.plan.address.to, "answer": answer, "lang": self.state.lang}
            self.plan.queue(
                "answer", body, self.plan.now,
                contact=self.plan.contact.id, channel=self.plan.address.channel,
            )  # fmt: skip

    def _papers(self) -> None:
        """A row that says whose dossier and in which language; its content is read when sent."""
        body = {"to": self.plan.address.to, "lang": self.state.lang}
        self.plan.queue(
            "papers", body, hour(self.plan.now),
            contact=self.plan.contact.id, channel=self.plan.address.channel,
        )  # fmt: skip

    def release_answers(self, root: receipt.Root, case: Case, *, hit: bool) -> None:
        """Reseal a case's answers to the relay, in the one turn in which the receipt is known."""
        if not hit:
            return
        rows = self.plan.ledger.store.read(
            "select id, visitor, delivery from answer where case_id = ?", (case.id,)
        )
        for answer, visitor, delivery in rows:
            if delivery is None and visitor is not None:
                again = seal(root.open(visitor), self.plan.ledger.key.delivery)
                self.plan.add("update answer set delivery = ? where id = ?", (again, answer))

    def _withdraw(self) -> None:
        if self.plan.case is not None:
            self.plan.destroy_case(self.plan.case)

    def _leave(self, tell: str | None = None) -> None:
        """Contact, state and draft go; a lodged or taken case stays with its receipt."""
        case = self.plan.case
        if case is not None and case.stage == "draft" and case.taken is None:
            self.plan.destroy_case(case)
        self.plan.forget(*self._own(), tell=tell)

    def _times(self) -> dict[str, str]:
        """The ultimatum and the reminder as real times."""
        due, lang = self.state.notes.get("deadline_at"), self.state.lang
        return {
            "deadline": _clock_time(float(due), lang) if due else "",
            "reminder": _clock_time(self.reminder, lang) if self.reminder else "",
        }

    def _say(self, say: Say, *, shred: bool) -> None:
        values = dict(say.values)
        shows = RECEIPT_TEXT in say.texts
        if shows and self.digits:
            vocabulary = self.words[self.state.lang]
            values["receipt"] = receipt.shown(self.digits)
            values["words"] = " · ".join(receipt.words(self.digits, vocabulary))
        until = wall(self.plan.now + self.lifetimes.backup_days * DAY).strftime("%d/%m/%Y")
        body = {
            "texts": list(say.texts),
            "options": [list(o) for o in say.options],
            "values": {**values, **self._times(), "until": until},
            "lang": self.state.lang,
            "at": say.at,
            "protect": shows,
            "shred": shred,
            "receipt": shows,
        }
        self.plan.say(body, weight=LIFE if self.state.notes.get("danger") else int(shows))


def told_of(origin: Origin) -> dict[str, str]:
    """A forwarded message's origin as a counsellor reads it; whose it is was never read."""
    sent = f"{wall(origin.sent_at):%Y-%m-%d %H:%M} (Africa/Casablanca)" if origin.sent_at else "?"
    return {"forwarded_from": origin.kind, "first_sent": sent}


def _clock_time(seconds: float, lang: str) -> str:
    """A day and an hour as they are read on a phone."""
    return wall(seconds).strftime("%d/%m à %H:%M" if lang == "fr" else "%d/%m %H:%M")


def _triage(state: State) -> dict[str, str]:
    wanted = (
        "situation",
        "platform",
        "age_band",
        "deadline_at",
        "danger",
        "demand",
        "for",
        "lang",
    )
    return {n: state.notes[n] for n in wanted if n in state.notes} | {"lang": state.lang}


def names(effects: Sequence[Effect]) -> tuple[str, ...]:
    """The effects by the closed list of the command line."""
    named = [NAMES[type(e)] for e in effects if type(e) in NAMES]
    return tuple(dict.fromkeys(named))
