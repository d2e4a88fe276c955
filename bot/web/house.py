# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the web needs of the running bot, and nothing more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from bot.channels import Address, Inbound, Message
from bot.filing import Filing, Found, Words


class Turn(Protocol):
    """What became of one thing said; it is durable before anybody holds this."""

    @property
    def effects(self) -> Sequence[str]:
        """The names of what the turn did, from design.md's closed list."""


class Parcel(Protocol):
    """One thing waiting for a visitor: a bubble, or the leave to bring a file's bytes."""

    @property
    def id(self) -> int:
        """The same until it is acknowledged."""

    @property
    def message(self) -> Message | None:
        """The bubble, or None."""

    @property
    def upload(self) -> str | None:
        """The ticket of the file whose bytes may be brought now, or None."""


class Runtime(Protocol):
    """The one path that everything said takes."""

    async def receive(self, inbound: Inbound) -> Turn:
        """Return only when it is written for good."""


class Intake(Protocol):
    """Where files go that the gate has let through; a row of its own stays closed to us."""

    def expected(self, address: Address, ticket: str) -> Any | None:
        """The row of a file whose bytes may come now, or None."""

    async def take(self, row: Any, chunks: AsyncIterator[bytes]) -> None:
        """Seal the bytes as they come."""

    async def fail(self, row: Any, reason: str) -> None:
        """Tell the person that the file will not come."""


class Mailbox(Protocol):
    """What waits for visitors who come and fetch."""

    async def collect(self, address: Address, wait: float) -> Sequence[Parcel]:
        """Return what waits, or what comes within ``wait`` seconds; again until acknowledged."""

    async def acknowledge(self, address: Address, ids: Sequence[int]) -> None:
        """Forget these parcels: the visitor has them."""


class Door(Protocol):
    """Where seals made in a browser go in, and seals for a browser come out."""

    @property
    def salt(self) -> bytes:
        """What receipts are stretched with; public."""

    @property
    def team(self) -> Sequence[str]:
        """Whom a browser seals a new case's identity to."""

    @property
    def situations(self) -> Sequence[str]:
        """What may have happened."""

    @property
    def words(self) -> Mapping[str, Sequence[str]]:
        """The words beside a receipt, by language."""

    def texts(self) -> Mapping[str, Mapping[str, str]]:
        """What the page says, by language and key."""

    async def file(self, filing: Filing) -> bool:
        """Keep a case for good; whether somebody is called."""

    def open(self, token: bytes) -> Found:
        """What a token leads to."""

    async def add(self, token: bytes, ident: str, words: Words) -> bool:
        """Keep more words of a case; whether it is one."""

    async def withdraw(self, token: bytes) -> bool:
        """Destroy a case; whether nothing is left."""


class House(Protocol):
    """The built bot, as far as the web sees it."""

    @property
    def runtime(self) -> Runtime:
        """Where things said go in."""

    @property
    def intake(self) -> Intake:
        """Where files go in."""

    @property
    def mailbox(self) -> Mailbox:
        """Where replies come out."""

    @property
    def door(self) -> Door:
        """Where what a browser sealed goes in and out."""
