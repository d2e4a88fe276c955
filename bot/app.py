# SPDX-License-Identifier: AGPL-3.0-or-later
"""The composition root: every part is built here, and only here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import content
import flows
import nlu
from bot.bell import Bell
from bot.centre import Centre
from bot.channels import Channel
from bot.clock import Clock
from bot.config import Lifetimes
from bot.delivery import Delivery, taken_at
from bot.door import Door
from bot.ear import Ear
from bot.intake import Intake
from bot.ledger import Ledger, set_mark
from bot.mailbox import Mailbox
from bot.papers import Papers
from bot.relay import Relay
from bot.retention import Retention
from bot.runtime import Runtime
from bot.store import Store
from bot.sweep import Sweeper
from bot.transcriber import Transcriber
from bot.typist import Typist
from bot.understanding import Ranks, understanding
from bot.vault.service import ServiceKey

DATABASE, FILES = "sanad.db", "files"
SALT = "receipt salt"
LIFETIMES = Lifetimes()


@dataclass(slots=True)
class App:
    """A bot, ready to receive."""

    store: Store
    ledger: Ledger
    catalog: content.Catalog
    script: flows.Script
    runtime: Runtime
    intake: Intake
    delivery: Delivery
    mailbox: Mailbox
    door: Door
    relay: Relay
    retention: Retention

    def close(self) -> None:
        """Finish what was asked and close the database."""
        self.store.close()


def script_of(catalog: content.Catalog) -> flows.Script:
    """The flows, knowing which situations have their own texts."""
    script = flows.load(catalog.keys, nlu.SITUATIONS, languages=catalog.languages)
    if found := flows.faults(script):
        raise flows.ScriptError(found)
    return script


def build(  # noqa: PLR0913, PLR0917 - the root names every part once
    data: Path,
    key: ServiceKey,
    centre: Centre,
    channels: Mapping[str, Channel],
    clock: Clock,
    lifetimes: Lifetimes = LIFETIMES,
    beside: Ranks | None = None,
    transcriber: Transcriber | None = None,
    *,
    semantic: bool = False,
    page: str = "",
) -> App:
    """Open the store in *data* and wire everything to it; *page*: where the sealing page is."""
    catalog, script, reader = _mind(semantic=semantic)
    store = Store(data / DATABASE)
    ledger = Ledger(store, key, clock)
    runtime = Runtime(
        script=script,
        understanding=understanding(reader, catalog, script, beside),
        ledger=ledger,
        centre=centre,
        clock=clock,
        lifetimes=lifetimes,
        salt=_salt(ledger),
        words=vocabulary(catalog.languages),
        files=data / FILES,
    )
    intake = Intake(runtime, Ear(transcriber, runtime.receive) if transcriber else None)
    papers = Papers(script, catalog, ledger, clock, centre.name)
    delivery = Delivery(catalog, ledger, clock, papers, page)
    mailbox = Mailbox(ledger, delivery)
    door = Door(runtime, catalog, lambda case: taken_at(case, clock()))
    retention = Retention(ledger, clock, lifetimes, data / FILES)
    reached = dict(channels)
    bell = Bell(ledger, delivery, reached, lifetimes.alarm_minutes)
    sweeper = Sweeper(ledger, clock)
    runtime.on_slow = typist = Typist(reached)
    relay = Relay(ledger, delivery, intake, retention, reached, bell, sweeper, typist)
    relay.share.busy = runtime.busy
    runtime.on_commit += [relay.wake, mailbox.wake]
    return App(
        store, ledger, catalog, script, runtime, intake, delivery, mailbox, door, relay, retention
    )


@cache
def _mind(*, semantic: bool) -> tuple[content.Catalog, flows.Script, nlu.Reader]:
    """Texts, flows and the reader: read once, for they never change while a process runs."""
    catalog = content.load()
    return catalog, script_of(catalog), nlu.load(semantic=semantic)


def vocabulary(languages: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The words shown beside a receipt, a hundred a language."""
    return {
        lang: tuple((files("content") / lang / "words.txt").read_text(encoding="utf-8").split())
        for lang in languages
    }


def _salt(ledger: Ledger) -> bytes:
    """One public salt for all receipts of this service, made once."""
    if (salt := ledger.mark(SALT)) is None:
        fresh = os.urandom(16)
        ledger.store.write_now(lambda run: set_mark(run, SALT, fresh))
        salt = fresh
    return salt
