# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person holds in the hand: acts go to the bot, and what it shows can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.app import App
from bot.channels import Address, Attachment, Channel, FileRef, Inbound, Message
from bot.channels.terminal import Terminal
from tests.golden.stage import Bell


@dataclass(slots=True)
class House:
    """The bot that a phone's server leads to: a fresh one for every scene."""

    app: App | None = None

    def __getattr__(self, part: str) -> Any:
        return getattr(self.app, part)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the person does, as a scene says it."""

    kind: str
    now: float  # epoch seconds, by the scene's clock
    text: str = ""
    option: str | None = None
    file: FileRef | None = None
    data: bytes = field(default=b"", repr=False)


class Phone(Protocol):
    """One channel with the person's side of it."""

    name: str
    house: House
    pace: float  # seconds between two bubbles

    async def open(self, held: AsyncExitStack) -> None:
        """Start whatever stands between the person and the bot; *held* ends it."""

    def channels(self, bell: Bell) -> Mapping[str, Channel]:
        """What the bot is built with; *bell* is the counsellors' chat."""

    async def begin(self) -> Address:
        """Somebody new holds it."""

    async def does(self, act: Act) -> None:
        """Return once the bot has taken it for good."""

    async def settled(self) -> bool:
        """Whether all that the platform has to tell is told."""

    async def reads(self) -> Sequence[Message]:
        """The bubbles that were not there at the last look."""

    def set(self, now: float) -> None:
        """The platform's clock goes as the scene's does."""


@dataclass(slots=True)
class Screen:
    """The terminal: what all others are compared with."""

    name: str = "terminal"
    house: House = field(default_factory=House)
    pace: float = 0.0
    _screen: Terminal = field(default_factory=Terminal)
    _people: int = 0
    _acts: int = 0
    _address: Address = field(default_factory=lambda: Address("terminal", ""))
    _last: str = ""

    async def open(self, held: AsyncExitStack) -> None:
        """It is in this process."""

    def channels(self, bell: Bell) -> Mapping[str, Channel]:
        return {"terminal": self._screen, "telegram": bell}

    async def begin(self) -> Address:
        self._people += 1
        self._address = Address("terminal", f"somebody {self._people}")
        return self._address

    async def does(self, act: Act) -> None:
        self._acts += 1
        ident = f"m{self._acts}"
        edits = self._last if act.kind == "edit" else None
        await self.house.runtime.receive(Inbound(
            self._address, ident, act.kind, act.text, act.option, act.file,
            message=ident, edits=edits,
        ))  # fmt: skip
        self._last = ident

    async def settled(self) -> bool:
        return True

    async def reads(self) -> Sequence[Message]:
        return self._screen.take()

    def set(self, now: float) -> None:
        """It has no clock of its own."""


def unread(kind: str, name: str, type_: str = "") -> Attachment:
    """A file as a phone shows it before it is opened."""
    return Attachment(kind, name, type_, b"")  # type: ignore[arg-type]
