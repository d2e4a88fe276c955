# SPDX-License-Identifier: AGPL-3.0-or-later
"""How fast one contact writes: beyond a person's pace everything is kept and little answered."""

from __future__ import annotations

from collections import OrderedDict

BURST = 40.0  # messages at once: an album, a story in short lines
REFILL = 1.0  # messages a second in the long run
KNOWN = 10_000  # contacts remembered; the longest silent are forgotten first


class Pace:
    """A bucket a contact, in memory only."""

    def __init__(self, burst: float = BURST, refill: float = REFILL) -> None:
        self.burst, self.refill = burst, refill
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def flood(self, contact: str, now: float) -> bool:
        """Count one message; True when there were more than a person types."""
        level, last = self._buckets.pop(contact, (self.burst, now))
        level = min(self.burst, level + max(0.0, now - last) * self.refill)
        self._buckets[contact] = (max(0.0, level - 1.0), now)
        if len(self._buckets) > KNOWN:
            self._buckets.popitem(last=False)
        return level < 1.0
