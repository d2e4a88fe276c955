# SPDX-License-Identifier: AGPL-3.0-or-later
"""Time as this house keeps it: epoch seconds inside, hours on the disk, Morocco's wall clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HOUR = 3600
MOROCCO = ZoneInfo("Africa/Casablanca")

Clock = Callable[[], float]  # epoch seconds


def hour(seconds: float) -> int:
    """The start of the hour: what is stored says no more."""
    return int(seconds) // HOUR * HOUR


def wall(seconds: float) -> datetime:
    """The time on a wall in Morocco."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(MOROCCO)


def next_nine(seconds: float) -> float:
    """The next 9 in the morning on a wall in Morocco."""
    now = wall(seconds)
    nine = now.replace(hour=9, minute=0, second=0, microsecond=0)
    return (nine if nine > now else nine + timedelta(days=1)).timestamp()


class Numbers:
    """Row numbers that only grow, known before the row is written (its seal names them)."""

    def __init__(self) -> None:
        self._last = 0
        self._turn = threading.Lock()

    def next(self) -> int:
        """A number above all others of this process; microseconds, below 2**53."""
        with self._turn:
            self._last = max(self._last + 1, time.time_ns() // 1000)
            return self._last


def wall_clock() -> float:
    """The clock of this machine, epoch seconds."""
    return time.time()
