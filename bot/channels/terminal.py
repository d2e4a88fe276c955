# SPDX-License-Identifier: AGPL-3.0-or-later
"""The terminal as a channel: bubbles gather in a list, files are paths."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.channels import FileRef, Limits, Refused
from bot.message import Message

CHUNK = 64 * 1024


@dataclass(slots=True)
class Terminal:
    """Whoever sits here reads everything at once."""

    name: str = "terminal"
    limits: Limits = field(
        default_factory=lambda: Limits(text=100_000, option_bytes=200, label=80)
    )
    shown: list[Message] = field(default_factory=list, repr=False)

    @staticmethod
    def parts(message: Message) -> Sequence[Message]:
        """A screen takes anything."""
        return (message,)

    async def send(self, to: str, message: Message, token: str = "") -> Sequence[str]:  # noqa: ARG002 - one reader
        """Put a bubble on the screen."""
        self.shown.append(message)
        return ()

    async def fetch(self, ref: FileRef) -> AsyncIterator[bytes]:
        """Read an offered file."""
        try:
            with await asyncio.to_thread(Path(ref.ref).open, "rb") as file:
                while chunk := await asyncio.to_thread(file.read, CHUNK):
                    yield chunk
        except (OSError, ValueError):
            raise Refused("no_such_file") from None

    async def delete(self, to: str, messages: Sequence[str]) -> None:
        """A terminal's scroll-back is its owner's."""

    def take(self) -> list[Message]:
        """Everything shown since the last time."""
        shown, self.shown = self.shown, []
        return shown
