# SPDX-License-Identifier: AGPL-3.0-or-later
"""The links on posters: a language, the tips, a campaign; nothing in them leads to a person."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bot.clock import wall
from bot.ledger import Ledger
from bot.plan import Plan

PREFIX, BETWEEN = "c-", "_"
TALLY = (
    "insert into tally (day, campaign, count) values (?, ?, 1)"
    " on conflict (day, campaign) do update set count = count + 1"
)


@dataclass(frozen=True, slots=True)
class Link:
    """What the load of a link asks for; whatever nobody knows asks for nothing."""

    lang: str | None = None
    tips: bool = False
    campaign: str | None = None


def parse(load: str, languages: Collection[str], campaigns: Collection[str]) -> Link:
    """Read "fr", "tips", "c-lycees", or several joined by "_"; any other part is ignored."""
    parts = load.split(BETWEEN)
    lang = next((part for part in parts if part in languages), None)
    named = (part.removeprefix(PREFIX) for part in parts if part.startswith(PREFIX))
    campaign = next((name for name in named if name in campaigns), None)
    return Link(lang, "tips" in parts, campaign)


def count(plan: Plan, campaign: str) -> None:
    """One more arrival of the day; who it was stands nowhere beside it."""
    day = f"{wall(plan.now):%Y-%m-%d}"
    plan.add(TALLY, (day, campaign))


def loads(languages: Sequence[str], campaigns: Sequence[str]) -> Iterator[str]:
    """Every load worth printing: each language alone, then each campaign in each."""
    yield from languages
    for campaign in campaigns:
        yield from (f"{lang}{BETWEEN}{PREFIX}{campaign}" for lang in languages)


def tallies(ledger: Ledger) -> list[tuple[str, str, int]]:
    """Day, campaign and number of arrivals, the newest day first."""
    sql = "select day, campaign, count from tally order by day desc, campaign"
    return [(str(day), str(campaign), int(n)) for day, campaign, n in ledger.store.read(sql)]
