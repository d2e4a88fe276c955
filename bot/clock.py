# SPDX-License-Identifier: AGPL-3.0-or-later
"""Time as this house keeps it: epoch seconds inside, hours on the disk, Morocco's wall clock."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HOUR = 3600
HOUR_BITS = 24  # rows that one hour can number
GAP = 1000  # two operators at once should not meet
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


def at_hour(seconds: float, days: int, hour: int) -> float:
    """That hour of the day *days* from now, in Morocco; the day after if it has passed."""
    now = wall(seconds)
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)
    return (then if then > now else then + timedelta(days=1)).timestamp()


class Numbers:
    """Row numbers known before the row is written, for its seal names them.

    They only grow, and they say the hour at most: a stolen database must not tell the moment
    at which somebody wrote. A running bot takes even numbers, an operator's command odd ones.
    """

    def __init__(self, clock: Clock, highest: int = 0, *, operator: bool = False) -> None:
        gap = 2 * secrets.randbelow(GAP) if operator else 0
        self._last = (highest + 2) // 2 * 2 + gap - (1 if operator else 2)
        self._clock = clock
        self._turn = threading.Lock()

    def next(self) -> int:
        """A number above all others of this process, below 2**53."""
        with self._turn:
            start = (int(self._clock()) // HOUR << HOUR_BITS) | (self._last & 1)
            self._last = max(self._last + 2, start)
            return self._last


def wall_clock() -> float:
    """The clock of this machine, epoch seconds."""
    return time.time()
