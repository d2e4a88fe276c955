# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one path: a message comes in, and one transaction holds everything it changed."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any
from weakref import WeakValueDictionary

import flows
from bot import links
from bot.batch import LATE, Batch, Rescue
from bot.bursts import Bursts
from bot.centre import Centre
from bot.channels import Address, Inbound
from bot.clock import HOUR, Clock
from bot.config import Lifetimes
from bot.events import DANGERS, Events
from bot.ledger import Case, Contact, Ledger
from bot.pace import Pace
from bot.plan import Plan, Stale
from bot.team import Team
from bot.turn import Carrier, Turn, names
from bot.understanding import Understanding
from bot.vault import receipt
from flows.model import (
    CaseStage,
    Event,
    FileCase,
    Lang,
    Mistyped,
    Presented,
    State,
    Step,
    Urgency,
    World,
)  # fmt: skip
from nlu import Reading

log = logging.getLogger(__name__)

TRIES = 5  # a contact written by an operator's command meanwhile is thought again
PACED = frozenset(("telegram", "whatsapp"))  # where a stranger's program may write without end


@dataclass(slots=True)
class Thought:
    """One message understood: the event, what the dialogue made of it, what it was made from."""

    contact: Contact
    case: Case | None
    event: Event
    step: Step
    reading: Reading | None = None
    root: receipt.Root | None = None
    shown: Case | None = None  # a case that this chat may hear of and never leads to
    digits: str = field(default="", repr=False)


@dataclass(slots=True)
class Runtime:
    """Handles each message exactly once, in the order its person wrote."""

    script: flows.Script
    understanding: Understanding
    ledger: Ledger
    centre: Centre
    clock: Clock
    lifetimes: Lifetimes
    salt: bytes  # public, one per service: receipts are stretched with it
    words: Mapping[str, Sequence[str]]
    files: Path
    on_commit: list[Callable[[], None]] = field(default_factory=list)
    first_language: Lang | None = None  # of a first message that decides none; Arabic if untold
    pace: Pace = field(default_factory=Pace)
    bursts: Bursts = field(default_factory=Bursts)
    on_slow: Callable[[Address], None] = lambda _: None  # what follows takes a moment
    _under_way: int = 0
    _lanes: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def receive(self, inbound: Inbound) -> Turn:
        """Handle one message; return only when everything it changed is on the disk.

        The same platform id counts once, however often it is delivered. Nothing is sent
        from here. Contacts run in parallel, one person's messages one after the other.
        """
        began = perf_counter()
        self._under_way += 1
        try:
            contact = self.known(inbound)
            async with self.lane(contact):
                turn = await self._attempts(contact, inbound)
        finally:
            self._under_way -= 1
        took = round((perf_counter() - began) * 1000, 1)
        log.info("turn %s %s %s ms", inbound.sender.channel, ",".join(turn.effects), took)
        return turn

    @property
    def _events(self) -> Events:
        return Events(self.script, self.understanding, self.centre.campaigns, self.first_language)

    def busy(self) -> bool:
        """Whether a message is being handled now."""
        return self._under_way > 0

    def known(self, inbound: Inbound) -> str:
        """Who this is; whoever moved is known by what they were before."""
        sender, aliases = inbound.sender, inbound.aliases
        if inbound.kind == "renumbered":
            first, *rest = (*aliases, sender.to)
            return self.ledger.contact_id(Address(sender.channel, first), rest)
        return self.ledger.contact_id(sender, aliases)

    async def receive_batch(
        self, batch: Sequence[Inbound], rescue: Rescue | None = None
    ) -> list[Turn]:
        """Handle a batch: per person in order, people in parallel; all durable on return.

        In a backlog whoever is in danger is through before anybody else begins. With a
        *rescue* a message that fails is handed to it, and its neighbours go on.
        """
        return await Batch(self).receive(batch, rescue)

    @asynccontextmanager
    async def lane(self, contact: str) -> AsyncIterator[None]:
        """Nothing else touches this contact meanwhile, in this process."""
        lock = self._lanes.setdefault(contact, asyncio.Lock())
        async with lock:
            yield

    async def _attempts(self, contact: str, inbound: Inbound) -> Turn:
        for _ in range(TRIES):
            try:
                return await self._turn(contact, inbound)
            except Stale:
                continue
        raise Stale

    async def _turn(self, ident: str, inbound: Inbound) -> Turn:
        message = f"{inbound.sender.channel}:{inbound.id}"
        seen = self.ledger.key.seen(message)
        if self.ledger.seen(message):
            return Turn(duplicate=True)
        if inbound.kind in {"gone", "renumbered", "unwanted"}:
            return await self._unsaid(ident, inbound, seen)
        if inbound.kind in {"take", "moved"}:
            turn = await Team(self.ledger, self.centre, self.clock).acts(inbound, seen)
            self._wake()
            return turn
        now = self.clock()
        thought = await self._think(self.ledger.contact(ident), inbound, now)
        plan = Plan(
            self.ledger, now, thought.contact, inbound.sender,
            case=thought.case, aliases=inbound.aliases, shown=thought.shown,
        )  # fmt: skip
        plan.see(seen)
        if campaign := self._events.link(inbound).campaign:
            links.count(plan, campaign)
        urgency = await self._carry(plan, inbound, thought)
        try:
            await self.commit(plan)
        except sqlite3.IntegrityError:
            if self.ledger.seen(message):
                return Turn(duplicate=True)
            raise Stale from None
        return Turn(names(thought.step.effects), thought.step.state.lang, urgency, thought.reading)

    async def _carry(self, plan: Plan, inbound: Inbound, thought: Thought) -> Urgency:
        """Turn a thought into statements; returns how urgent the conversation is now."""
        if any(isinstance(effect, FileCase) for effect in thought.step.effects):
            self.on_slow(inbound.sender)
            thought.digits = receipt.new()
            thought.root = await receipt.root_soon(thought.digits, self.salt)
        urgency = flows.urgency(self.script, thought.step.state, World(now=plan.now))
        carrier = Carrier(
            plan,
            inbound,
            thought.step.state,
            urgency,
            self.centre,
            self.lifetimes,
            root=thought.root,
            digits=thought.digits,
            words=self.words,
        )
        if isinstance(thought.event, Presented) and thought.root and thought.case:
            carrier.release_answers(thought.root, thought.case, hit=thought.event.hit)
        if thought.step.state.notes.get("danger"):
            # Life first: older bubbles not yet sent give way.
            plan.add(
                "delete from outbox where contact = ? and kind in ('say', 'papers')"
                " and attempts = 0 and danger = 0 and due <= ?",
                (plan.contact.id, plan.now),
            )
        carrier.carry(thought.step.effects)
        return urgency

    async def commit(self, plan: Plan) -> None:
        """Write a plan; then remove the files it destroyed and wake whoever delivers."""
        await self.ledger.store.write(plan.job)
        for name in plan.unlink:
            (self.files / name).unlink(missing_ok=True)
        self._wake()

    def _wake(self) -> None:
        for wake in self.on_commit:
            wake()

    async def _think(self, contact: Contact, inbound: Inbound, now: float) -> Thought:
        case = self.ledger.case(contact.case)
        state = _state(contact.state)
        world = self._seen(self._world(contact, case, now), contact, inbound)
        if (
            inbound.kind == "text"
            and (typed := self._events.typed(inbound.text, state)) is not None
        ):
            around = self.understanding.read(inbound.text, now, state.lang if state else None)
            if not set(around.risks) & DANGERS:  # life first, even beside a receipt
                return await self._presented(
                    typed, inbound.sender, around, contact, case, state, world
                )
        event, reading = await self._events.event(inbound, state, now)
        asked = self._events.link(inbound).lang
        if state is not None and asked is not None:
            state = replace(state, lang=asked)
        step = flows.step(self.script, state, event, world, asked or self.first_language or "ar")
        return Thought(contact, case, event, step, reading)

    def _seen(self, world: World, contact: Contact, inbound: Inbound) -> World:
        """The world as this message finds it: late, or one of a flood."""
        late = inbound.sent_at is not None and world.now - inbound.sent_at > LATE
        told = inbound.sender.channel in PACED
        flood = told and self.pace.flood(contact.id, world.now)
        more = told and self.bursts.more(contact.id, inbound, world.now)
        channel = inbound.sender.channel
        return replace(world, channel=channel, late=late, flood=flood, more=more)

    def _world(self, contact: Contact, case: Case | None, now: float | None = None) -> World:
        now = self.clock() if now is None else now
        world = World(
            now,
            _away(contact, now),
            waiting=contact.waiting,
            targets=bool(self.centre.alarms),
        )
        if case is None:
            return world
        taken = case.taken is not None and case.stage == "filed"
        stage: CaseStage = "taken" if taken else case.stage
        return replace(
            world, case=stage, taken=case.taken is not None, files=case.files, answers=case.answers
        )

    async def _presented(  # noqa: PLR0913, PLR0917 - what one turn knows
        self,
        digits: str,
        sender: Address,
        reading: Reading,
        contact: Contact,
        case: Case | None,
        state: State | None,
        world: World,
    ) -> Thought:
        """A typed receipt; wrong check digits cost no Argon2."""
        event: Event = Mistyped()
        root, found = None, None
        if digits:
            self.on_slow(sender)
            root = await receipt.root_soon(digits, self.salt)
            found = self.ledger.case_of_receipt([root.lookup(p) for p in self.ledger.key.peppers])
            mine = found is not None and case is not None and found.id == case.id
            door = found is not None and found.door
            event = Presented(found is not None, mine, door=door)
        if found is not None:
            seen = self._world(contact, found, world.now)
            world = replace(seen, channel=world.channel, late=world.late, flood=world.flood)
        lang = self._events.language(reading, state, found)
        state = replace(state, lang=lang) if state else None
        step = flows.step(self.script, state, event, world, lang)
        if found is not None and found.door:  # no link, and nothing that opens an answer
            return Thought(contact, case, event, step, shown=found)
        return Thought(contact, found or case, event, step, root=root)

    async def _unsaid(self, ident: str, inbound: Inbound, seen: str) -> Turn:
        """What the platform tells of somebody who said nothing; what they lodged stays."""
        contact = self.ledger.contact(ident)
        plan = Plan(self.ledger, self.clock(), contact, inbound.sender, aliases=inbound.aliases)
        plan.see(seen)
        match inbound.kind:
            case "gone":  # they blocked us: nothing is sent any more
                plan.add("delete from outbox where contact = ? and kind <> 'fetch'", (ident,))
            case "renumbered" if contact.version:
                plan.recognise()
            case "unwanted":
                plan.add("update contact set tips = null where id = ?", (ident,))
        await self.commit(plan)
        return Turn()


def _state(saved: Mapping[str, Any] | None) -> State | None:
    return State(**saved) if saved else None


def _away(contact: Contact, now: float) -> float:
    return max(0.0, now - contact.touched) / HOUR if contact.version else 0.0
