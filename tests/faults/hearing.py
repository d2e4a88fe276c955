# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one person heard, laid beside what they should have: all of it, and in order.

A bubble may hold several replies that stood together. What is said again was in the bubble
before it; each of those needs a reason of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Reason = Callable[[int], bool]  # whether something explains that this bubble is said again


@dataclass(frozen=True, slots=True, order=True)
class Cost:
    """What a way of explaining costs: best is the least."""

    unexplained: int = 0
    doubled: int = 0


def heard(bubbles: Sequence[str], wanted: Sequence[str], reason: Reason) -> Cost | None:
    """The least that must be said of *bubbles*; None: a reply is missing, odd or out of order."""
    ways: dict[tuple[int, int | None], Cost] = {(0, None): Cost()}
    for number, bubble in enumerate(bubbles):
        following: dict[tuple[int, int | None], Cost] = {}
        for (done, last), cost in ways.items():
            for begin in range(done if last is None else last, done + 1):
                count = _holds(bubble, wanted[begin:])
                if not count:
                    continue
                again = begin < done
                more = Cost(
                    cost.unexplained + (again and not reason(number)), cost.doubled + again
                )
                way = max(done, begin + count), begin
                following[way] = min(following.get(way, more), more)
        ways = following
    return min((cost for (done, _), cost in ways.items() if done == len(wanted)), default=None)


def _holds(bubble: str, wanted: Sequence[str]) -> int:
    """How many of the next replies make up exactly this bubble; 0: none do."""
    whole = ""
    for count, reply in enumerate(wanted, 1):
        whole = f"{whole}\n\n{reply}" if whole else reply
        if whole == bubble:
            return count
        if not bubble.startswith(whole):
            return 0
    return 0
