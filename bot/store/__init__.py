# SPDX-License-Identifier: AGPL-3.0-or-later
"""One SQLite file that survives anything but the loss of its disk; what lies in it is sealed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from bot.store.schema import migrations
from bot.store.writer import Writer

T = TypeVar("T")
Run = sqlite3.Connection
Values = Mapping[str, object] | tuple[object, ...]

# secure_delete overwrites what is erased; FULL makes "kept" mean kept through a power cut.
PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",
    "busy_timeout=5000",
    "secure_delete=on",
    "foreign_keys=on",
    "temp_store=memory",
)
CHECKPOINT_TRIES = 50


class Store:
    """The database file of one bot; several processes may open it, one at a time writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        self._write = _connect(path)
        migrations.apply(Database(self._write))
        self._read = _connect(path)
        self._check = _connect(path)
        self._check.execute("pragma busy_timeout=0")  # it must not hold the event loop
        self._writer = Writer(self._write)

    async def write(self, job: Callable[[Run], T]) -> T:
        """Run *job* in a savepoint of a group transaction; return once it is on the disk."""
        result: T = await self._writer.write(job)
        return result

    def write_now(self, job: Callable[[Run], T]) -> T:
        """The same for callers without an event loop: the operator's commands."""
        result: T = self._writer.write_now(job)
        return result

    def read(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Rows as they are committed now."""
        return self._read.execute(sql, values).fetchall()

    def highest(self) -> int:
        """The highest row number in use."""
        tables = ("outbox", "entry", "waiting", "sent", "room")
        sql = " union all ".join(f"select coalesce(max(id), 0) from {name}" for name in tables)
        return max(int(number) for (number,) in self.read(sql))

    async def shredded(self) -> bool:
        """True once nothing erased is left in the write-ahead log.

        Erased rows are overwritten in the file by ``secure_delete``; their older copies
        live in the log until a checkpoint truncates it, which a reader may delay.
        """
        for _ in range(CHECKPOINT_TRIES):
            if self._truncated():
                return True
            await asyncio.sleep(0.05)
        return False

    def _truncated(self) -> bool:
        try:
            busy, _, _ = self._check.execute("pragma wal_checkpoint(truncate)").fetchone()
        except sqlite3.OperationalError:  # a writer holds the log: try again
            return False
        return not busy

    def close(self) -> None:
        """Finish what was asked and close."""
        self._writer.close()
        self._read.close()
        self._check.close()
        self._write.close()


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    for pragma in PRAGMAS:
        db.execute(f"pragma {pragma}")
    return db
