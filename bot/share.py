# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much of the event loop the relay takes: receiving comes first, answers a moment later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

STEP = 8  # sends begun at one look; many at once would make every webhook wait for all of them
PAUSE = 0.01  # seconds between two looks of an idle bot
LENT = 9.0  # for each second that a look took, so many are left to others
LONGEST = 0.25  # seconds that whoever writes can hold up answers: then some go all the same


@dataclass(slots=True)
class Share:
    """Paces the looks at the outbox by what they cost and by whether somebody is being heard."""

    busy: Callable[[], bool] = lambda: False  # messages are being received now
    clock: Callable[[], float] = monotonic
    _granted: float = 0.0
    _began: float = 0.0

    def grant(self) -> int:
        """How many sends may begin now, besides those that save a life."""
        self._began = self.clock()
        if self.busy() and self._began - self._granted < LONGEST:
            return 0
        self._granted = self._began
        return STEP

    async def rest(self) -> None:
        """After a look: leave the loop to others for as long as it was worth to them."""
        await asyncio.sleep(min(LONGEST, PAUSE + LENT * (self.clock() - self._began)))
