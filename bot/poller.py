# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asks Telegram for updates and confirms them only once they have been taken."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from bot.channels import Inbound, SendError, TryLater
from bot.channels.telegram import Conflict, Telegram

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Deliver(Protocol):
    """Takes what people did."""

    async def __call__(self, batch: list[Inbound], /) -> object:
        """Return only when all of it is durable; know a repeated ``id`` for a repeat."""


class Park(Protocol):
    """Keeps an update that could not be delivered for a human to look at."""

    async def __call__(self, update: Any, /) -> object:
        """Return only when it is durable."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait, in seconds."""

    poll: int = 50  # for the first update of a poll; Telegram's own limit
    first: float = 1.0  # after a first failure; doubled each time
    most: float = 60.0
    tries: int = 3  # to deliver one update before it is parked


class Poller:
    """The one getUpdates loop of this bot.

    The offset moves past an update only after ``deliver`` or ``park`` returned for it, so a
    crash at any moment makes Telegram deliver again; each batch is ordered by update id.
    ``beat`` is called after each poll that Telegram answered.
    """

    def __init__(
        self,
        telegram: Telegram,
        deliver: Deliver,
        park: Park,
        beat: Callable[[], object] = lambda: None,
        pace: Pace = Pace(),
    ) -> None:
        self._telegram = telegram
        self._deliver = deliver
        self._park = park
        self._beat = beat
        self._pace = pace
        self._offset: int | None = None
        self._courtesies: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until ``stop`` is set; a delivery under way is brought to its end.

        Nothing that Telegram or the network does ends the loop: a refused token, too, is
        tried again at the slowest pace, and shows by the missing beat.
        """
        await self._until_done(partial(self._prepare, stop), stop)
        while not stop.is_set():
            await self._until_done(partial(self._once, stop), stop)
        for task in self._courtesies:
            task.cancel()
        await asyncio.gather(*self._courtesies, return_exceptions=True)

    async def _prepare(self, stop: asyncio.Event) -> None:
        await _unless(stop, self._telegram.unlisten())

    async def _once(self, stop: asyncio.Event) -> None:
        asked = self._telegram.updates(self._offset, self._pace.poll)
        found = await _unless(stop, asked)
        if found is None:
            return
        self._beat()
        if not found:
            # Everything below the offset is confirmed now. Ids start anew after a quiet
            # week, and an old offset would then confirm what nobody has read.
            self._offset = None
            return
        updates = sorted((one for one in found if _id(one) is not None), key=_key)
        if not updates:
            raise TryLater(code="odd")  # without an id nothing can be confirmed
        for stranger in (one for one in found if _id(one) is None):
            await self._park(stranger)
        await self._take(updates, stop)

    async def _take(self, updates: Sequence[Any], stop: asyncio.Event) -> None:
        """Deliver all at once, which is fast; if that fails one by one, which is sure."""
        try:
            await self._hand_over(updates)
        except Exception as fault:  # noqa: BLE001 whatever it is, the next batch is due
            _log.error("telegram: a batch of %d failed: %s", len(updates), type(fault).__name__)
        else:
            self._offset = _key(updates[-1]) + 1
            return
        for update in updates:
            await self._until_done(partial(self._take_one, update, stop), stop)
            if stop.is_set():
                return

    async def _take_one(self, update: Any, stop: asyncio.Event) -> None:
        for attempt in range(self._pace.tries):
            await _rest(stop, self._wait(attempt))
            if stop.is_set():
                return
            try:
                await self._hand_over([update])
                break
            except Exception as fault:  # noqa: BLE001 parked below, where a human sees it
                _log.error("telegram: one update failed: %s", type(fault).__name__)
        else:
            await self._park(update)
        self._offset = _key(update) + 1

    async def _hand_over(self, updates: Sequence[Any]) -> None:
        batch = [said for said in map(self._telegram.read, updates) if said is not None]
        if batch:
            await self._deliver(batch)
        for update in updates:
            task = asyncio.create_task(self._telegram.settle(update))
            self._courtesies.add(task)
            task.add_done_callback(self._courtesies.discard)

    async def _until_done(self, act: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
        """Do ``act`` again and again, ever slower, until it succeeds or ``stop`` is set."""
        failures = 0
        while not stop.is_set():
            try:
                await act()
            except SendError as fault:
                wait = self._patience(fault, failures)
                _log.warning("telegram: %s; again in %.2f s", _reason(fault), wait)
            except Exception as fault:  # noqa: BLE001 parking failed: the store is unwell
                wait = self._wait(failures)
                _log.error("telegram: %s; again in %.2f s", type(fault).__name__, wait)
            else:
                return
            failures += 1
            await _rest(stop, wait)

    def _patience(self, fault: SendError, failures: int) -> float:
        match fault:
            case TryLater(after=after) if after is not None:
                return max(after.total_seconds(), self._pace.first)
            case TryLater():
                return self._wait(failures)
        return self._pace.most  # a refused token: only a human can help

    def _wait(self, failures: int) -> float:
        return min(self._pace.most, self._pace.first * float(2 ** min(failures, 16)))


def _reason(fault: SendError) -> str:
    if isinstance(fault, Conflict):
        return "another poller or a webhook receives for this bot"
    return str(fault)


def _id(update: Any) -> int | None:
    match update:
        case {"update_id": int() as number} if not isinstance(number, bool):
            return number
    return None


def _key(update: Any) -> int:
    return int(update["update_id"])


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _unless(stop: asyncio.Event, asked: Coroutine[Any, Any, T]) -> T | None:
    """Return what was asked for, or None as soon as ``stop`` is set: then nothing is lost."""
    poll, halt = asyncio.create_task(asked), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((poll, halt), return_when=asyncio.FIRST_COMPLETED)
        return None if stop.is_set() else poll.result()
    finally:
        poll.cancel()
        halt.cancel()
        await asyncio.gather(poll, halt, return_exceptions=True)
