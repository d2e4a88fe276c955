# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the server knows of a case without its words: picked answers, hours, fingerprints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.ledger import Case, Contact, Ledger
from flows.model import State, World
from flows.script import Script
from flows.view import view


@dataclass(frozen=True, slots=True)
class Proof:
    """A file that was sealed: its reference in the chat, its kind, hour and fingerprint."""

    reference: str
    kind: str
    at: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Told:
    """Everything a dossier can say; ``seen`` is what a flow's conditions see."""

    now: float
    seen: Mapping[str, str] = field(repr=False)
    opened: int | None = None
    filed: int | None = None
    proofs: tuple[Proof, ...] = ()


def told(script: Script, ledger: Ledger, contact: Contact, now: float) -> Told | None:
    """What this contact told, or None when nothing is known of what happens."""
    if contact.state is None or "situation" not in contact.state["notes"]:
        return None
    case = ledger.case(contact.case)
    stage = case.stage if case else "none"
    seen = view(script, State(**contact.state), World(now=now, case=stage))
    if case is None:
        return Told(now, seen)
    return Told(now, seen, case.opened, case.filed, tuple(_proofs(ledger, case)))


def _proofs(ledger: Ledger, case: Case) -> Iterator[Proof]:
    sql = "select id, at, print from entry where case_id = ? and kind = 'file' order by id"
    for place, (number, at, sealed) in enumerate(ledger.store.read(sql, (case.id,)), 1):
        known = ledger.open(sealed, "entry", "print", number) if sealed else {}
        kind, digest = known.get("kind", "document"), known.get("sha256", "")
        yield Proof(f"F{place}", kind, at, digest)
