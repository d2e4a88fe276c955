# SPDX-License-Identifier: AGPL-3.0-or-later
"""The platform a message names."""

from functools import cache
from typing import Final

from nlu.lexicon import named, values, words
from nlu.row import PLATFORM, Row


@cache
def platforms() -> tuple[str, ...]:
    """Return the closed list of platforms; an earlier one says more than a later one."""
    return values("platforms")


def find_platform(row: Row) -> str | None:
    """Return the platform named in *row*, or None."""
    if not row.any & PLATFORM:
        return None
    found: set[str] = set()
    end = 0
    for place, kind in enumerate(row.kinds):
        if kind & PLATFORM and place >= end:
            if length := words("no_platform").at(row.plain, place):
                end = place + length
                continue
            name, length = named("platforms").find(row.plain, place)
            if length:
                found.add(name)
                end = place + length
    return next((name for name in platforms() if name in found), None) if found else None


PLATFORMS: Final = platforms()
