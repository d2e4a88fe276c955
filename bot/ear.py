# SPDX-License-Identifier: AGPL-3.0-or-later
"""Listens to a voice that its person has let through: what it says is taken as written words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from bot.channels import Address, Inbound
from bot.transcriber import Transcriber

log = logging.getLogger(__name__)

HEARD = "heard "  # what the id of words begins with that nobody wrote
PATIENCE = 300.0  # seconds; the voice itself is sealed already, whatever becomes of its words


class Ear:
    """One voice after the other, in memory only; whatever fails, the sealed voice remains."""

    def __init__(
        self,
        transcriber: Transcriber,
        receive: Callable[[Inbound], Awaitable[Any]],
        patience: float = PATIENCE,
    ) -> None:
        self._transcriber, self._receive, self._patience = transcriber, receive, patience
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @staticmethod
    async def beside(chunks: AsyncIterator[bytes], held: bytearray) -> AsyncIterator[bytes]:
        """Pass the bytes on; a copy stays in memory until they are heard."""
        async for chunk in chunks:
            held += chunk
            yield chunk

    def listen(self, audio: bytes, mime: str, sender: Address, ident: str) -> None:
        """Hear it soon; its words come in as this person's next message."""
        task = asyncio.create_task(self._heard(audio, mime, sender, ident))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def quiet(self) -> None:
        """Return when nothing is being heard any more."""
        await asyncio.gather(*self._tasks)

    async def _heard(self, audio: bytes, mime: str, sender: Address, ident: str) -> None:
        try:
            async with self._turn, asyncio.timeout(self._patience):
                words = await asyncio.to_thread(self._transcriber.words, audio, mime)
            if words.strip():
                await self._receive(Inbound(sender, f"{HEARD}{ident}", "text", words))
        except Exception as fault:  # noqa: BLE001 - somebody else's program; its text may hold words
            log.warning("a voice was not understood: %s", type(fault).__name__)
