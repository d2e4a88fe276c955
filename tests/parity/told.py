# SPDX-License-Identifier: AGPL-3.0-or-later
"""A golden scene played on one phone: what is read, what can be tapped, what became of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from bot import runtime
from bot.app import App, build
from bot.channels import Address, Message
from bot.channels.whatsapp_shape import MORE
from bot.vault.service import ServiceKey
from tests.golden.stage import Played, Stage
from tests.parity.phone import Act, Phone
from tests.service.house import plain
from tests.whatsapp.line import held_back

STEPS = 200  # of the clock or of the relay in one turn


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn as the person saw it, and what it left behind; receipt and case are masked."""

    turn: Mapping[str, Any]
    bubbles: tuple[Message, ...]
    effects: tuple[str, ...]
    alarms: int
    standing: str


@dataclass
class Told(Stage):
    """A stage whose visitor holds a phone.

    ``aside``: options that answer at once what only this channel asks. ``instead``: the
    turn in place of a press on what is not on every channel, by the whole of what it sends.
    """

    phone: Phone | None = None
    aside: frozenset[str] = frozenset()
    instead: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    _seen: list[Message] = field(default_factory=list)
    _alarms: int = 0
    _due: float = 0.0

    async def play(self, last: Callable[[], None] = lambda: None) -> Played:
        self._due = self.clock()
        self._hand.set(self.clock())
        self.address = await self._hand.begin()
        with effects(self.effects_of_turn):
            return await super().play(last)

    @property
    def _hand(self) -> Phone:
        return cast("Phone", self.phone)

    def effects_of_turn(self, named: str) -> None:
        """A turn has said in the log what it did."""
        self.effects += tuple(name for name in named.split(",") if name)

    async def _turned(self, turn: Mapping[str, Any]) -> None:
        await super()._turned(turn)
        effects = tuple(sorted({*self.effects, *self.app.intake.kept}))
        bubbles = tuple(replace(one, text=self._masked(one.text)) for one in self._seen)
        self.heard.append(Heard(turn, bubbles, effects, self._alarms, self._standing()))
        self._seen.clear()
        self._alarms = 0

    async def _turn(self, turn: Mapping[str, Any]) -> None:
        at = next(
            (sent.partition("@")[2] for sent in map(self.shown.get, self.labels) if sent), ""
        )
        other = self.instead.get(f"{turn.get('choose')}@{at}")
        await super()._turn(other or turn)

    async def _another(self, name: str) -> Address:  # noqa: ARG002 - the phone has its own
        return await self._hand.begin()

    async def _wait(self, seconds: float) -> None:
        """Scenes keep to their minutes, however long a phone's own pace has taken."""
        self._due += seconds
        self._forward(max(self.clock(), self._due))
        self.bell.open = True
        await self._settled()
        self.bell.open = False
        await self._reads()

    def _forward(self, now: float) -> None:
        self.clock.now = now
        self._hand.set(now)

    async def _send(self, kind: Any, **what: Any) -> None:
        self.app.intake.kept.clear()
        what.pop("edits", None)
        if file := what.get("file"):
            what["data"] = await asyncio.to_thread(Path(file.ref).read_bytes)
        await self._hand.does(Act(kind, self.clock(), **what))
        await self._settled()
        await self._reads()

    async def _reads(self) -> None:
        """Read what has come; what only this channel asks is answered with one tap."""
        self._bubbles()
        for option in self.aside.intersection(map(self.shown.get, self.labels)):
            await self._send("option", option=option)

    async def _counsellor(self, act: str, words: str) -> None:
        await super()._counsellor(act, words)
        await self._settled()

    async def _settled(self) -> None:
        """All that is due is said and shown; a pace is walked by the clock."""
        for _ in range(STEPS):
            await self.app.relay.drain()
            quiet = await self._hand.settled()
            self.terminal.shown += await self._hand.reads()
            if not quiet:
                continue
            if not self._hand.pace or not held_back(self.app, self.clock()):
                self.terminal.shown = list(paged(self.terminal.shown))
                return
            self._forward(self.clock() + self._hand.pace)
        raise AssertionError("it never comes to an end")

    def _bubbles(self) -> None:
        self._alarms += len(self.bell.rung)
        super()._bubbles()

    def _heard(self, bubble: Message) -> None:
        super()._heard(bubble)
        self._seen.append(bubble)

    def _built(self) -> App:
        key = ServiceKey.read(ServiceKey.spell(self.key_bytes))
        channels = self._hand.channels(self.bell)
        app = build(self.data, key, self.centre, channels, self.clock)
        self._hand.house.app = app
        return app


def paged(bubbles: Iterable[Message]) -> Iterator[Message]:
    """A list that goes on in the next bubble is one list."""
    last: Message | None = None
    for bubble in bubbles:
        if last and last.options and bubble.options and plain(bubble.text) == MORE:
            last = replace(last, options=(*last.options, *bubble.options))
            continue
        if last:
            yield last
        last = bubble
    if last:
        yield last


class Ear(logging.Handler):
    """Hears what each turn did, where the bot says it to whoever runs it."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        match record.args:
            case (str(), str(named), float()):
                self._tell(named)


@contextmanager
def effects(tell: Callable[[str], None]) -> Iterator[None]:
    """Tell the effects of every turn as long as the block lasts."""
    ear, level = Ear(tell), runtime.log.level
    runtime.log.setLevel(logging.INFO)
    runtime.log.addHandler(ear)
    try:
        yield
    finally:
        runtime.log.removeHandler(ear)
        runtime.log.setLevel(level)
