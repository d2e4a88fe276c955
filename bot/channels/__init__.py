# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every messenger is to us: things said come in, neutral messages go out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol, runtime_checkable

from bot.message import Attachment, Message, Option

__all__ = [
    "Address", "Attachment", "Channel", "Closed", "Fate", "FileKind", "FileRef", "Gone", "Inbound",
    "InboundKind", "Limits", "Message", "Moved", "Option", "Origin", "OriginKind", "Refused",
    "Rooms", "SendError", "TryLater", "Typing", "Unsure", "Unwanted",
]  # fmt: skip

FileKind = Literal["photo", "document", "voice"]
InboundKind = Literal[
    "text", "option", "file", "edit", "other", "gone", "take", "moved", "renumbered", "unwanted"
]
OriginKind = Literal["person", "hidden person", "group", "channel"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person can be reached: a channel and that channel's own reference."""

    channel: str
    to: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that was offered and not fetched: only the channel can turn ``ref`` into bytes."""

    ref: str = field(repr=False)
    kind: FileKind
    size: int | None = None  # bytes, as the platform says; None: it did not
    compressed: bool = False  # a messenger's photo has lost its details


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a forwarded message comes from: what kind of sender and when, never who."""

    kind: OriginKind
    sent_at: float | None = None  # epoch seconds, by the platform


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing a person did, whatever the channel.

    ``id`` is unique on the channel and the same when the platform delivers twice.
    ``message`` is the platform's id of the person's own message, for wiping; for an
    edit ``edits`` is the ``message`` that is replaced. Kind ``other`` is anything we
    do not understand (a sticker, a location, a poll); ``gone`` says they blocked us,
    ``renumbered`` that they are reached under ``sender`` from now on, ``unwanted`` that they
    want no tips any more. ``aliases`` are other references that lead to the same person.
    """

    sender: Address
    id: str = field(repr=False)
    kind: InboundKind
    text: str = field(default="", repr=False)  # also the caption of a file
    option: str | None = None
    file: FileRef | None = None
    message: str | None = field(default=None, repr=False)
    edits: str | None = field(default=None, repr=False)
    sent_at: float | None = None  # epoch seconds by the platform's clock
    album: str | None = field(default=None, repr=False)  # files sent at once share it
    origin: Origin | None = None  # of a forwarded message
    link: str | None = None  # what stood behind the "start" of the link that was followed
    aliases: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message that the platform had accepted.

    ``token`` is what we gave it to carry; ``fault`` is None once it is under way.
    """

    token: str = field(repr=False)
    fault: SendError | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel can show, and when; ``text`` counts UTF-16 units."""

    text: int
    option_bytes: int  # the id that a button sends back
    label: int
    under: int = 0  # text of a bubble with buttons; 0: as of any other
    options: int = 0  # buttons under one bubble; 0: as many as there are
    pace: float = 0.0  # seconds between two bubbles to one person
    window: float = 0.0  # seconds after a person's message in which we may write; 0: always
    fates: bool = False  # the platform tells later what became of a message


class Channel(Protocol):
    """A messenger told what to show; ``send``, ``fetch`` and ``delete`` touch the network."""

    name: str
    limits: Limits

    def parts(self, message: Message) -> Sequence[Message]:
        """The bubbles that it takes to show this, each to be sent by itself, in order."""

    async def send(self, to: str, message: Message, token: str = "") -> Sequence[str]:
        """Deliver one bubble; return the platform's ids of what it became, for wiping.

        ``token`` travels along where the platform says later what became of the bubble
        (see :class:`Fate`). Raises :class:`TryLater`, :class:`Refused` or :class:`Gone`.
        """

    def fetch(self, ref: FileRef) -> AsyncIterator[bytes]:
        """Stream an offered file; raises as ``send`` does. Nothing is written anywhere."""

    async def delete(self, to: str, messages: Sequence[str]) -> int | None:
        """Remove messages from the chat where the platform still can; raises as ``send`` does.

        Returns how many of them are still there, or None where nobody knows.
        """


@runtime_checkable
class Typing(Protocol):
    """A messenger that can show that an answer is being worked on."""

    async def typing(self, to: str) -> None:
        """Show it for a few seconds; never fails."""


@runtime_checkable
class Rooms(Protocol):
    """A messenger whose groups can give each case a room of its own."""

    async def open_room(self, to: str, title: str) -> str | None:
        """Return where the case is written about from now on; None where there are no rooms."""

    async def close_room(self, place: str) -> None:
        """Nothing more is written there; raises as ``send`` does."""

    async def amend(self, place: str, message: str, text: str) -> None:
        """Replace a message of ours, its buttons with it; raises as ``send`` does."""


class SendError(Exception):
    """It did not go out. Says what to do next, and never what it was."""


class TryLater(SendError):
    """Worth another try, after ``after`` where the platform said when."""

    def __init__(self, after: timedelta | None = None, code: str = "later") -> None:
        super().__init__(code)
        self.after = after


class Unsure(TryLater):
    """It may have arrived: the platform will say so, and until then nobody repeats it."""


class Moved(TryLater):
    """The group has another address now: ``to``."""

    def __init__(self, to: str) -> None:
        super().__init__(timedelta(), "moved")
        self.to = to


class Refused(SendError):
    """Trying again will not help; a person must look. The text is a short code."""


class Gone(SendError):
    """They blocked us or left: stop, and do not look for them."""


class Closed(Refused):
    """Nobody may write to them before they write again."""


class Unwanted(Refused):
    """They want no tips any more; everything else they still want."""
