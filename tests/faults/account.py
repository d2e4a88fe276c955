# SPDX-License-Identifier: AGPL-3.0-or-later
"""All that is left of one run: what the platform sent, what the counsellor can read."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.app import DATABASE, SALT
from bot.ledger import Ledger
from bot.store import Store
from bot.vault import receipt
from bot.vault.padding import trim
from bot.vault.unseal import open_case, unseal
from tests.faults.cast import shown_receipt
from tests.faults.process import House, Telegram

TOKEN = re.compile(r"qz[bcdfghjklm]{7}")  # a story's own word


@dataclass(frozen=True, slots=True)
class Bubble:
    """One sendMessage that the stand-in did."""

    text: str = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True)
class Holding:
    """One case as the counsellor reads it: its stage, its entries in order."""

    stage: str
    entries: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def tokens(self) -> list[str]:
        """The numbered stories in it."""
        return [token for _, text in self.entries for token in TOKEN.findall(text)]


@dataclass(slots=True)
class Account:
    """All that is left of one run."""

    bubbles: dict[int, list[Bubble]]
    cases: list[Holding]
    receipts: Counter[str]  # "opens", "opens nothing"
    contacts: int
    parked: int


def account(bubbles: Mapping[int, list[Bubble]], house: House) -> Account:
    """Read what a bot that has ended left behind."""
    store = Store(house.data / DATABASE)
    try:
        ledger = Ledger(store, house.key)
        cases = list(_cases(ledger, house.counsellor))
        contacts = store.read("select count(*) from contact")[0][0]
        parked = store.read("select count(*) from outbox where parked is not null")[0][0]
        return Account(bubbles, cases, _receipts(ledger, bubbles), contacts, parked)
    finally:
        store.close()


def bubbles(telegram: Telegram) -> dict[int, list[Bubble]]:
    """What Telegram did of what it was told to send, by chat, in order."""
    heard: dict[int, list[Bubble]] = defaultdict(list)
    for event in telegram.look():
        if event.get("method") == "sendMessage":
            params = event["params"]
            heard[int(params["chat_id"])].append(Bubble(params["text"], event["at"]))
    return heard


def _cases(ledger: Ledger, counsellor: str) -> Iterator[Holding]:
    for (ident,) in ledger.store.read("select id from cases order by id"):
        case = ledger.case(ident)
        if case is None:
            continue
        identity = open_case(ledger.unwrap_draft(case), counsellor)
        yield Holding(case.stage, tuple(_entries(ledger, ident, identity)))


def _entries(ledger: Ledger, case: str, identity: str) -> Iterator[tuple[str, str]]:
    sql = "select id, kind, blob, length from entry where case_id = ? order by id"
    for number, kind, blob, length in ledger.store.read(sql, (case,)):
        size = ledger.open(length, "entry", "length", number)
        words = unseal(trim(blob, size), identity).decode()
        yield kind, "" if kind == "summary" else words


def _receipts(ledger: Ledger, bubbles: Mapping[int, Sequence[Bubble]]) -> Counter[str]:
    salt = ledger.mark(SALT) or b""
    shown = {shown_receipt(bubble.text) for bubble in itertools.chain(*bubbles.values())}
    opened: Counter[str] = Counter()
    for digits in shown - {None}:
        lookups = [receipt.root(digits or "", salt).lookup(p) for p in ledger.key.peppers]
        case = ledger.case_of_receipt(lookups)
        opened["opens" if case and case.stage == "filed" else "opens nothing"] += 1
    return opened
