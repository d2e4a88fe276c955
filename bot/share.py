# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much of the event loop the relay takes: receiving comes first, answers a moment later."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic

STEP = 8  # sends begun at one look; many at once would make every webhook wait for all of them
PAUSE = 0.01  # seconds between two looks of an idle bot
LENT = 4.0  # for each second that a look took, or the loop was late, so many are left to others
LONGEST = 0.25  # seconds between two looks of a bot that is hardly keeping up


@dataclass(slots=True)
class Share:
    """Paces the looks at the outbox by what they cost and by how late the loop is."""

    took: float = 0.0

    async def rest(self) -> None:
        """Leave the loop to others for a while."""
        pause = min(LONGEST, PAUSE + LENT * self.took)
        began = monotonic()
        await asyncio.sleep(pause)
        late = monotonic() - began - pause
        if late > PAUSE:
            await asyncio.sleep(min(LONGEST, LENT * late))
