# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many messages at once: each person's in order, whoever is in danger before everybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.channels import Inbound
from bot.clock import Clock
from bot.events import DANGERS, LONGEST
from bot.turn import Turn
from bot.understanding import Understanding

Rescue = Callable[[Inbound, Exception], Awaitable[None]]

TOGETHER = 16  # people of one batch at once: others who write meanwhile are heard in between
LATE = 3600.0  # seconds: a message that waited longer gets an apology


class Receiver(Protocol):
    """Who handles one message."""

    @property
    def clock(self) -> Clock:
        """Epoch seconds."""

    @property
    def understanding(self) -> Understanding:
        """What reads a message."""

    def known(self, inbound: Inbound) -> str:
        """Whose message it is."""

    async def receive(self, inbound: Inbound) -> Turn:
        """Handle it durably."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One post of a platform, or one poll."""

    runtime: Receiver

    async def receive(self, batch: Sequence[Inbound], rescue: Rescue | None) -> list[Turn]:
        """Handle a batch: per person in order, people in parallel; all durable on return.

        In a backlog whoever is in danger is through before anybody else begins. With a
        *rescue* a message that fails is handed to it, and its neighbours go on.
        """
        groups: dict[str, list[Inbound]] = {}
        whose: dict[str, str] = {}  # a reference -> its group
        for inbound in batch:
            refs = [f"{inbound.sender.channel}:{r}" for r in (inbound.sender.to, *inbound.aliases)]
            who = next((whose[ref] for ref in refs if ref in whose), None) or self.runtime.known(
                inbound
            )
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
        now = self.runtime.clock()
        old = [i for i in group if i.sent_at is not None and now - i.sent_at > LATE and i.text]
        try:
            risks = [
                set(self.runtime.understanding.read(i.text[:LONGEST], now, None).risks)
                for i in old
            ]
        except Exception:  # noqa: BLE001 - who cannot be understood waits behind nobody
            return True
        return any(found & DANGERS for found in risks)

    async def _in_order(self, group: Sequence[Inbound], rescue: Rescue | None) -> list[Turn]:
        turns = []
        for inbound in group:
            try:
                turns.append(await self.runtime.receive(inbound))
            except Exception as fault:
                if rescue is None:
                    raise
                await rescue(inbound, fault)
        return turns
