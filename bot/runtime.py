# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one path: a message comes in, and one transaction holds everything it changed."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any
from weakref import WeakValueDictionary

import flows
from bot import links
from bot.bursts import Bursts
from bot.cases import Cannot, taking
from bot.centre import Centre
from bot.channels import Address, Inbound
from bot.clock import HOUR, Clock, hour
from bot.commands import bare
from bot.config import Lifetimes
from bot.ledger import Case, Contact, Ledger
from bot.pace import Pace
from bot.plan import Plan, Stale
from bot.store import Run
from bot.turn import Carrier, Turn, names
from bot.understanding import Understanding, heard
from bot.vault import receipt
from flows.model import (
    CaseStage,
    Chose,
    Event,
    FileCase,
    Lang,
    Mistyped,
    Presented,
    Said,
    Sent,
    State,
    Step,
    Unknown,
    Urgency,
    World,
)  # fmt: skip
from nlu import Reading

log = logging.getLogger(__name__)

Rescue = Callable[[Inbound, Exception], Awaitable[None]]

TOGETHER = 16  # people of one batch at once: others who write meanwhile are heard in between
TRIES = 5  # a contact written by an operator's command meanwhile is thought again
LATE = 3600.0  # seconds: a message that waited longer gets an apology
PACED = frozenset(("telegram", "whatsapp"))  # where a stranger's program may write without end
NEVER_A_RECEIPT = 400  # characters
LONGEST = 20_000  # characters read for understanding; all of them are kept


@dataclass(slots=True)
class Thought:
    """One message understood: the event, what the dialogue made of it, what it was made from."""

    contact: Contact
    case: Case | None
    event: Event
    step: Step
    reading: Reading | None = None
    root: receipt.Root | None = None
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
    first_language: Lang = "ar"  # of a greeting that decides none
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
            contact = self._known(inbound)
            async with self.lane(contact):
                turn = await self._attempts(contact, inbound)
        finally:
            self._under_way -= 1
        took = round((perf_counter() - began) * 1000, 1)
        log.info("turn %s %s %s ms", inbound.sender.channel, ",".join(turn.effects), took)
        return turn

    def busy(self) -> bool:
        """Whether a message is being handled now."""
        return self._under_way > 0

    def _known(self, inbound: Inbound) -> str:
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
        groups: dict[str, list[Inbound]] = {}
        whose: dict[str, str] = {}  # a reference -> its group
        for inbound in batch:
            refs = [f"{inbound.sender.channel}:{r}" for r in (inbound.sender.to, *inbound.aliases)]
            who = next((whose[ref] for ref in refs if ref in whose), None) or self._known(inbound)
            whose.update(dict.fromkeys(refs, who))
            groups.setdefault(who, []).append(inbound)
        ranks: dict[bool, list[list[Inbound]]] = {True: [], False: []}
        for group in groups.values():
            ranks[self._endangered(group)].append(group)
        turns: list[Turn] = []
        few = asyncio.Semaphore(TOGETHER)

        async def person(group: Sequence[Inbound]) -> list[Turn]:
            async with few:
                return await self._in_order(group, rescue)

        for people in ranks.values():
            for done in await asyncio.gather(*map(person, people)):
                turns += done
        return turns

    def _endangered(self, group: Sequence[Inbound]) -> bool:
        """Whether a life is at stake in a backlog: those people are answered first."""
        now = self.clock()
        old = [i for i in group if i.sent_at is not None and now - i.sent_at > LATE and i.text]
        try:
            risks = [set(self.understanding.read(i.text[:LONGEST], now, None).risks) for i in old]
        except Exception:  # noqa: BLE001 - who cannot be understood waits behind nobody
            return True
        return any(found & _DANGERS for found in risks)

    async def _in_order(self, group: Sequence[Inbound], rescue: Rescue | None) -> list[Turn]:
        turns = []
        for inbound in group:
            try:
                turns.append(await self.receive(inbound))
            except Exception as fault:
                if rescue is None:
                    raise
                await rescue(inbound, fault)
        return turns

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
        seen = self.ledger.key.seen(f"{inbound.sender.channel}:{inbound.id}")
        if self.ledger.seen(seen):
            return Turn(duplicate=True)
        if inbound.kind in {"gone", "renumbered", "unwanted"}:
            return await self._unsaid(ident, inbound, seen)
        if inbound.kind in {"take", "moved"}:
            return await self._of_the_team(inbound, seen)
        now = self.clock()
        thought = await self._think(self.ledger.contact(ident), inbound, now)
        plan = Plan(
            self.ledger, now, thought.contact, inbound.sender,
            case=thought.case, aliases=inbound.aliases,
        )  # fmt: skip
        plan.see(seen)
        if campaign := self._link(inbound).campaign:
            links.count(plan, campaign)
        urgency = await self._carry(plan, inbound, thought)
        try:
            await self.commit(plan)
        except sqlite3.IntegrityError:
            if self.ledger.seen(seen):
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
        for wake in self.on_commit:
            wake()

    async def _think(self, contact: Contact, inbound: Inbound, now: float) -> Thought:
        case = self.ledger.case(contact.case)
        state = _state(contact.state)
        world = self._seen(self._world(contact, case, now), contact, inbound)
        if inbound.kind == "text" and (typed := self._typed(inbound.text, state)) is not None:
            around = self.understanding.read(inbound.text, now, state.lang if state else None)
            if not set(around.risks) & _DANGERS:  # life first, even beside a receipt
                return await self._presented(
                    typed, inbound.sender, around, contact, case, state, world
                )
        event, reading = await self._event(inbound, state, now)
        asked = self._link(inbound).lang
        if state is not None and asked is not None:
            state = replace(state, lang=asked)
        step = flows.step(self.script, state, event, world, asked or self.first_language)
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

    def _typed(self, text: str, state: State | None) -> str | None:
        """The receipt in a text; empty if a digit is wrong; None in a story or without one."""
        node = self.script.nodes.get(state.at) if state else None
        if len(text) > NEVER_A_RECEIPT or (node and node.text):
            return None
        return receipt.find(text) or ("" if receipt.looks_like(text) else None)

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
            event = Presented(found is not None, mine)
        if found is not None:
            seen = self._world(contact, found, world.now)
            world = replace(seen, channel=world.channel, late=world.late, flood=world.flood)
        lang = self._language(reading, state, found)
        state = replace(state, lang=lang) if state else None
        step = flows.step(self.script, state, event, world, lang)
        return Thought(contact, found or case, event, step, root=root)

    def _language(self, reading: Reading, state: State | None, case: Case | None) -> Lang:
        """The language of the words around a receipt, the conversation's, or the case's."""
        if reading.signal and reading.language != "other":
            return reading.language
        if state is not None:
            return state.lang
        lang = str(case.triage.get("lang")) if case else ""
        return lang if lang in self.script.languages else self.first_language

    async def _event(
        self, inbound: Inbound, state: State | None, now: float
    ) -> tuple[Event, Reading | None]:
        lang = state.lang if state else None
        match inbound.kind:
            case "option":
                option, _, at = (inbound.option or "").partition("@")
                return Chose(option, at or None), None
            case "file":
                reading = (
                    await self.understanding.read_fully(inbound.text, now, lang)
                    if inbound.text
                    else None
                )
                caption = heard(reading, inbound.text, lang) if reading else None
                small = bool(inbound.file and inbound.file.compressed)
                kind = inbound.file.kind if inbound.file else "document"
                return Sent(kind, small, caption), reading
            case "text" | "edit":
                return await self._words(inbound, state, now, lang)
            case _:
                return Unknown(), None

    async def _words(
        self, inbound: Inbound, state: State | None, now: float, lang: str | None
    ) -> tuple[Event, Reading]:
        if inbound.link is not None:
            link = self._link(inbound)
            begun = "tips" if link.tips else "begin" if link.lang else "start"
            return Chose(begun), self.understanding.read("", now, lang)
        text = inbound.text[:LONGEST]
        reading = await self.understanding.read_fully(text, now, lang)
        option = self.understanding.option(text, self.script, state.at if state else None)
        calm = bare(text) or not set(reading.risks) & _DANGERS
        if option and inbound.kind == "text" and calm:
            return Chose(option), reading
        return Said(heard(reading, text, lang), edited=inbound.kind == "edit"), reading

    def _link(self, inbound: Inbound) -> links.Link:
        """What the link that was followed asks for."""
        return links.parse(inbound.link or "", self.script.languages, self.centre.campaigns)

    async def _of_the_team(self, inbound: Inbound, seen: str) -> Turn:
        """A button pressed in a group of the centre, or its change of address; others are deaf."""
        targets = (Address(each.channel, each.to) for each in self.centre.alarms)
        ours = {self.ledger.whereabouts(target) for target in targets}
        told, now = inbound.option or "", self.clock()

        def job(run: Run) -> None:
            values = (seen, hour(now))
            if not run.execute(
                "insert or ignore into seen (id, at) values (?, ?)", values
            ).rowcount:
                return
            if inbound.sender not in ours:
                return
            if inbound.kind == "moved":
                self.ledger.move(run, inbound.sender, told)
                return
            with suppress(Cannot):  # closed meanwhile, or no case of ours
                taking(run, self.ledger, told, now)

        await self.ledger.store.write(job)
        for wake in self.on_commit:
            wake()
        return Turn(("take",) if inbound.kind == "take" and inbound.sender in ours else ())

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


_DANGERS = {"self_harm", "physical_danger"}


def _state(saved: Mapping[str, Any] | None) -> State | None:
    return State(**saved) if saved else None


def _away(contact: Contact, now: float) -> float:
    return max(0.0, now - contact.touched) / HOUR if contact.version else 0.0
