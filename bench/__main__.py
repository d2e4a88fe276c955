# SPDX-License-Identifier: AGPL-3.0-or-later
"""All figures in one table: ``python -m bench`` or ``make bench``; one core, one run."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module

PARTS = ("reading", "start", "memory", "turns", "webhook", "sealing")

# What was promised: at most this much, or at least.
GOALS: Mapping[tuple[str, str], tuple[str, Callable[[float], bool]]] = {
    ("reading", "read_p99_us"): ("under 1000", lambda us: us < 1000),
    ("start", "sanad chat, first reply, s"): ("under 1.5", lambda s: s < 1.5),
    ("memory", "bot, idle, MB"): ("under 150", lambda mb: mb < 150),
    ("memory", "bot, after 200 turns, MB"): ("under 150", lambda mb: mb < 150),
    ("memory", "bot, peak of 32 receipts at once, MB"): ("under 150", lambda mb: mb < 150),
    ("webhook", "telegram, p99, ms"): ("under 50", lambda ms: ms < 50),
    ("webhook", "whatsapp, p99, ms"): ("under 50", lambda ms: ms < 50),
    ("turns", "turns per insert"): ("0.5 or more", lambda share: share >= 0.5),
}


def main() -> int:
    """Measure everything; the exit status says whether every promise was kept."""
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})  # whatever is started from here stays on it as well
    began = time.perf_counter()
    print(f"Python {platform.python_version()}, {platform.machine()}, one core (number {core})")
    missed = sum(_part(name) for name in PARTS)
    print(f"\n{time.perf_counter() - began:.0f} s in all; promises missed: {missed}")
    return min(missed, 1)


def _part(name: str) -> int:
    """Print one part's figures; return how many of its promises were missed."""
    print(f"\n{name}")
    figures: Mapping[str, float | None] = import_module(f"bench.{name}").measure()
    promised = {what for part, what in GOALS if part == name}
    if gone := promised - figures.keys():
        raise LookupError(f"{name} no longer measures {', '.join(sorted(gone))}")
    return sum(_line(name, what, figure) for what, figure in figures.items())


def _line(part: str, what: str, figure: float | None) -> bool:
    """Print one figure; return whether it misses its promise."""
    goal, holds = GOALS.get((part, what), ("", lambda _: True))
    missed = bool(goal) and (figure is None or not holds(figure))
    verdict = f"   {goal}: {'MISSED' if missed else 'kept'}" if goal else ""
    print(f"  {what:40}{_shown(figure):>12}{verdict}", flush=True)
    return missed


def _shown(figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:.3g}" if abs(figure) < 100 else f"{figure:.0f}"


if __name__ == "__main__":
    sys.exit(main())
