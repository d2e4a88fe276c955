# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the counsellors' own group does: it takes a case, or it moves to another address."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from bot.cases import Cannot, taking
from bot.centre import Centre
from bot.channels import Address, Inbound
from bot.clock import Clock, hour
from bot.ledger import Ledger
from bot.store import Run
from bot.turn import Turn


@dataclass(frozen=True, slots=True)
class Team:
    """The groups that the centre's profile names; every other group is deaf."""

    ledger: Ledger
    centre: Centre
    clock: Clock

    async def acts(self, inbound: Inbound, seen: str) -> Turn:
        """A button pressed in a group of the centre, or its change of address; others are deaf."""
        targets = (Address(each.channel, each.to) for each in self.centre.alarms)
        ours = {self.ledger.whereabouts(target) for target in targets}
        told, now = inbound.option or "", self.clock()

        def job(run: Run) -> None:
            values = (seen, hour(now))
            if not run.execute(
                "insert or ignore into seen (id, at) values (?, ?)", values
            ).rowcount:
                return
            if inbound.sender not in ours:
                return
            if inbound.kind == "moved":
                self.ledger.move(run, inbound.sender, told)
                return
            with suppress(Cannot):  # closed meanwhile, or no case of ours
                taking(run, self.ledger, told, now)

        await self.ledger.store.write(job)
        return Turn(("take",) if inbound.kind == "take" and inbound.sender in ours else ())
