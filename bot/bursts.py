# SPDX-License-Identifier: AGPL-3.0-or-later
"""Things that one person sends together, an album or a row of stickers: answered once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from bot.channels import Inbound

TOGETHER = 20.0  # seconds between two of them at most
KNOWN = 10_000  # contacts remembered; the longest silent are forgotten first


@dataclass(frozen=True, slots=True)
class Last:
    """What a contact sent last, and whether it belonged to what came before."""

    message: str = field(repr=False)
    mark: str | None = field(repr=False)
    at: float
    more: bool


class Bursts:
    """In memory only: after a restart an album is answered once more, and nothing is lost."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, Last] = OrderedDict()

    def more(self, contact: str, inbound: Inbound, now: float) -> bool:
        """Whether this one goes on what the same contact began; asked twice it says the same."""
        last, mark = self._last.pop(contact, None), _mark(inbound)
        if last is None or last.message != inbound.id:
            joined = last is not None and last.mark == mark and now - last.at <= TOGETHER
            last = Last(inbound.id, mark, now, more=joined and mark is not None)
        self._last[contact] = last
        if len(self._last) > KNOWN:
            self._last.popitem(last=False)
        return last.more


def _mark(inbound: Inbound) -> str | None:
    if inbound.kind == "file":
        return f"album {inbound.album}" if inbound.album else None
    return "unreadable" if inbound.kind == "other" else None
