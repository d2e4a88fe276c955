# SPDX-License-Identifier: AGPL-3.0-or-later
"""One thread writes: many messages share one fsync, and one fault never undoes its neighbours."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

BATCH = 256  # messages in one transaction at most; past that nobody waits longer for the fsync

Job = Callable[[sqlite3.Connection], Any]


@dataclass(slots=True)
class _Ticket:
    job: Job
    done: asyncio.Future[Any] | Future[Any]
    loop: asyncio.AbstractEventLoop | None
    result: Any = None
    error: BaseException | None = field(default=None)


class Writer:
    """Runs jobs in the order they came, each in a savepoint of a group transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._queue: queue.SimpleQueue[_Ticket | None] = queue.SimpleQueue()
        self._gathered: dict[asyncio.AbstractEventLoop, list[_Ticket]] = {}
        self._thread = threading.Thread(target=self._run, name="sanad-writer", daemon=True)
        self._thread.start()

    async def write(self, job: Job) -> Any:
        """Return the job's result once it is durable; raise what it raised, undone.

        The thread is woken when the loop has run everything that was ready: messages that
        came together share one fsync, and a lone one waits for nobody.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        gathered = self._gathered.setdefault(loop, [])
        gathered.append(_Ticket(job, done, loop))
        if len(gathered) == 1:
            loop.call_soon(self._hand_over, loop)
        elif len(gathered) == BATCH:
            self._hand_over(loop)
        return await done

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        for ticket in self._gathered.pop(loop, ()):
            self._queue.put(ticket)

    def write_now(self, job: Job) -> Any:
        """The same for a caller without an event loop."""
        done: Future[Any] = Future()
        self._queue.put(_Ticket(job, done, None))
        return done.result()

    def close(self) -> None:
        """Finish what was asked, then stop."""
        for loop in tuple(self._gathered):
            self._hand_over(loop)
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while batch := self._batch():
            try:
                self._transact(batch)
            except BaseException as error:  # noqa: BLE001 - the waiting callers must hear it
                for ticket in batch:
                    ticket.error = error
                if self._db.in_transaction:
                    self._db.execute("rollback")
            self._tell(batch)

    def _batch(self) -> list[_Ticket]:
        first = self._queue.get()
        if first is None:
            return []
        batch = [first]
        while len(batch) < BATCH:
            try:
                ticket = self._queue.get_nowait()
            except queue.Empty:
                break
            if ticket is None:
                self._queue.put(None)
                break
            batch.append(ticket)
        return batch

    def _transact(self, batch: list[_Ticket]) -> None:
        self._db.execute("begin immediate")
        for ticket in batch:
            self._db.execute("savepoint job")
            try:
                ticket.result = ticket.job(self._db)
            except Exception as error:  # noqa: BLE001 - one fault is its own caller's
                self._db.execute("rollback to job")
                ticket.error = error
            self._db.execute("release job")
        self._db.execute("commit")

    @staticmethod
    def _tell(batch: list[_Ticket]) -> None:
        waiting: dict[asyncio.AbstractEventLoop, list[_Ticket]] = defaultdict(list)
        for ticket in batch:
            if ticket.loop is None:
                _settle([ticket])
            else:
                waiting[ticket.loop].append(ticket)
        for loop, tickets in waiting.items():
            try:
                loop.call_soon_threadsafe(_settle, tickets)
            except RuntimeError:  # the loop has closed: nobody waits any more
                continue


def _settle(tickets: list[_Ticket]) -> None:
    for ticket in tickets:
        if ticket.done.cancelled():
            continue
        if ticket.error is not None:
            ticket.done.set_exception(ticket.error)
        else:
            ticket.done.set_result(ticket.result)
