# SPDX-License-Identifier: AGPL-3.0-or-later
"""The door: cases sealed in a visitor's browser; here no word and no receipt ever arrives."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import flows
from bot.channels import Address
from bot.clock import hour
from bot.filing import TICKS, Filing, Found, OtherTeam, Standing, TooMany, Words
from bot.ledger import Case, Contact
from bot.pace import Pace
from bot.plan import Plan, new_ident
from bot.runtime import Runtime
from bot.vault import receipt
from bot.vault.envelope import Unfit, recipient, wrapped_identity
from bot.vault.faults import NoTeam
from content import Catalog
from flows.model import State, World

NOBODY: Final = Contact("")  # whoever comes through the door is no contact
NOWHERE: Final = Address("door", "")
# Everybody's together, for nobody is known here: so many at once, then so many a second.
FILINGS, VISITS = (60.0, 0.5), (240.0, 8.0)
ADDITIONS = (30.0, 0.05)  # to one case
ANSWERS: Final = (
    "select visitor from answer where case_id = ? and visitor is not null order by at, rowid"
)
UNLINK: Final = "update contact set link = null, version = version + 1 where id = ?"
TEXTS: Final = (  # what the page says of what only we know, besides the door's own texts
    "danger.short_minor", "receipt.status_taken", "receipt.status_delivered",
    "receipt.status_stored", "receipt.status_closed", "receipt.not_found", "receipt.mistyped",
    "receipt.withdraw_sure", "receipt.withdrawn", "complaint.added", "label.withdraw",
    "label.withdraw_yes", "label.keep_case", "label.other_lang",
)  # fmt: skip


@dataclass(slots=True)
class Door:
    """Takes in what browsers sealed and hands out what only they can open."""

    runtime: Runtime
    catalog: Catalog
    taken_at: Callable[[Case], str]
    filings: Pace = field(default_factory=lambda: Pace(*FILINGS))
    visits: Pace = field(default_factory=lambda: Pace(*VISITS))
    additions: Pace = field(default_factory=lambda: Pace(*ADDITIONS))

    def __post_init__(self) -> None:
        if not self.runtime.centre.team or not self.runtime.centre.recovery:
            raise NoTeam("no counsellor")

    @property
    def team(self) -> tuple[str, ...]:
        """Everybody who must be able to open a case, each once."""
        centre = self.runtime.centre
        return tuple(dict.fromkeys((*centre.team.values(), centre.recovery)))

    @property
    def salt(self) -> bytes:
        """What receipts are stretched with: public, the same for everybody."""
        return self.runtime.salt

    @property
    def words(self) -> Mapping[str, Sequence[str]]:
        """The words beside a receipt, by language."""
        return self.runtime.words

    @property
    def situations(self) -> tuple[str, ...]:
        """What may have happened, in the order in which it is offered."""
        return tuple(self.runtime.script.situations)

    def texts(self) -> dict[str, dict[str, str]]:
        """Every sentence of the page by language, with its facts; the page puts times in."""
        labels = (f"label.sit_{situation}" for situation in self.situations)
        own = sorted(key for key in self.catalog.keys if key.startswith("door."))
        keys = (*own, *TEXTS, *labels)
        return {
            lang: {key: self.catalog.joined(lang, key) for key in keys}
            for lang in self.catalog.languages
        }

    async def file(self, filing: Filing) -> bool:
        """Keep a case for good and call the team; whether there is somebody to call.

        The same case twice is kept once: an answer may be lost on its way to the page.
        Raises `Unfit`, `OtherTeam`, `TooMany`.
        """
        if set(filing.team) != set(self.team):
            raise OtherTeam
        self._check(filing)
        self._paced(self.filings)  # last: what is refused anyway takes nobody's place
        if (known := self._case(filing.token)) is not None:
            return self._again(known, filing)
        plan = self._plan()
        case = self._lodge(plan, filing)
        plan.enter(case, "story", filing.words.blob, filing.words.length)
        urgency = self._urgency(filing, plan.now)
        plan.triage({**filing.notes(plan.now), "lang": filing.lang, "urgency": urgency})
        plan.keep("summary", filing.summary(urgency).encode())
        plan.alarm(case, urgency, self.runtime.centre.alarms)
        try:
            await self.runtime.commit(plan)
        except sqlite3.IntegrityError:  # the same came twice at the same moment
            if (known := self._case(filing.token)) is None:
                raise
            return self._again(known, filing)
        return bool(self.runtime.centre.alarms)

    def open(self, token: bytes) -> Found:
        """What a token leads to; one that leads nowhere costs the same. Raises `TooMany`."""
        self._paced(self.visits)
        case = self._case(token)
        answers = self.runtime.ledger.store.read(ANSWERS, (case.id if case else "",))
        if case is None:
            return Found()
        sealed = tuple(bytes(answer) for (answer,) in answers)
        return Found(_standing(case), self.taken_at(case), case.recipient, sealed)

    async def add(self, token: bytes, ident: str, words: Words) -> bool:
        """Keep more words in an open case, once each; False where there is none.

        Raises `Unfit`, `TooMany`.
        """
        words.check()
        self._paced(self.visits)
        case, name = self._case(token), f"{NOWHERE.channel}:{ident}"
        if case is None or case.stage == "closed":
            return False
        if self.runtime.ledger.seen(name):
            return True
        self._paced(self.additions, case.id)
        plan = self._plan()
        plan.see(self.runtime.ledger.key.seen(name))
        plan.enter(case, "message", words.blob, words.length)
        try:
            await self.runtime.commit(plan)
        except sqlite3.IntegrityError:  # it came twice, or the case went meanwhile
            return self.runtime.ledger.seen(name)
        return True

    async def withdraw(self, token: bytes) -> bool:
        """Destroy a case; True only once nothing of it is left to carve. Raises `TooMany`."""
        self._paced(self.visits)
        if (case := self._case(token)) is not None:
            plan = self._plan()
            plan.destroy_case(case)
            for contact in self.runtime.ledger.contacts_of_case(case.id):  # it came from a chat
                plan.add(UNLINK, (contact,))
            await self.runtime.commit(plan)
        return await self.runtime.ledger.store.shredded()

    def _paced(self, pace: Pace, whose: str = "") -> None:
        if pace.flood(whose, self.runtime.clock()):
            raise TooMany

    def _check(self, filing: Filing) -> None:
        if filing.situation is not None and filing.situation not in self.situations:
            raise Unfit
        if not filing.ticks <= set(TICKS) or filing.lang not in self.catalog.languages:
            raise Unfit
        filing.words.check()
        wrapped_identity(filing.wrapped, len(self.team))
        if recipient(filing.visitor) == recipient(filing.recipient):
            raise Unfit

    def _plan(self) -> Plan:
        return Plan(self.runtime.ledger, self.runtime.clock(), NOBODY, NOWHERE)

    def _case(self, token: bytes) -> Case | None:
        ledger = self.runtime.ledger
        return ledger.case_of_receipt([receipt.stored(token, p) for p in ledger.key.peppers])

    def _lodge(self, plan: Plan, filing: Filing) -> Case:
        """The row of a case that never was a draft: whoever came meant to file it."""
        now, ledger = hour(plan.now), plan.ledger
        plan.case = case = Case(
            new_ident(), "filed", filing.recipient, filing.wrapped, True, filing.visitor,
            opened=now, filed=now, door=True,
        )  # fmt: skip
        plan.add(
            "insert into cases (id, stage, recipient, wrapped, open, visitor, lookup, opened,"
            " filed, door) values (?, 'filed', ?, ?, 1, ?, ?, ?, ?, 1)",
            (case.id, case.recipient, case.wrapped, case.visitor,
             receipt.stored(filing.token, ledger.key.pepper), now, now),
        )  # fmt: skip
        return case

    def _again(self, known: Case, filing: Filing) -> bool:
        if known.recipient != filing.recipient:
            raise Unfit
        return bool(self.runtime.centre.alarms)

    def _urgency(self, filing: Filing, now: float) -> str:
        """By the same rules as a chat's; they see what was ticked, and no word."""
        state = State("complaint.filed", filing.lang, filing.notes(now))
        return flows.urgency(self.runtime.script, state, World(now=now))


def _standing(case: Case) -> Standing:
    if case.stage == "closed":
        return "closed"
    if case.taken is not None:
        return "taken"
    return "delivered" if case.alarm == "delivered" else "stored"
