# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shows that an answer is coming while a slow turn is worked on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.channels import Address, Channel, Typing


class Typist:
    """Types beside the turn, never before it: nobody waits for a courtesy."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, address: Address) -> None:
        """Begin, where the messenger can; what becomes of it is nobody's concern."""
        channel = self._channels.get(address.channel)
        if isinstance(channel, Typing):
            task = asyncio.create_task(channel.typing(address.to))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
