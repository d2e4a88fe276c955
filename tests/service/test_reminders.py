# SPDX-License-Identifier: AGPL-3.0-or-later
"""A reminder comes once, at its hour, betrays nothing, and not at all once it is not wanted."""

from __future__ import annotations

import pytest

from bot.clock import at_hour, wall
from tests.service.house import HOUR
from tests.service.stories import DANGER, THREAT, guided

pytestmark = pytest.mark.anyio
ASKED = "rappelle-moi demain"
EVENING, MORNING = 20, 10


@pytest.fixture
def noon(house):
    """A house at noon on a wall in Morocco, so that "tonight" is still to come."""
    at_noon = wall(house.clock()).replace(hour=12, minute=0, second=0, microsecond=0)
    house.clock.now = at_noon.timestamp()
    return house


async def until(house, hour, days=1):
    """Time passes until just before that hour; gives how to reach it."""
    due = at_hour(house.clock(), days, hour)
    await house.later((due - house.clock()) / HOUR - 0.05)
    return 0.1


async def test_it_comes_at_its_hour_and_only_once(noon):
    sara = noon.visitor()
    await guided(sara)
    await sara.says(ASKED)
    await sara.presses("morning")
    little = await until(noon, MORNING)
    assert sara.heard() == []
    await noon.later(little)
    assert sara.heard() == [noon.text("remind.ping")]
    await noon.later(40)
    assert sara.heard() == []


async def test_it_betrays_nothing(noon):
    for lang in ("ar", "fr"):
        text = noon.text("remind.ping", lang)
        assert len(text) < 60
        for word in ("Sanad", "سند", "plainte", "شكاية", "menace", "تهديد", "photo", "صور"):
            assert word not in text


async def test_the_time_that_is_promised_is_the_time_of_the_row(noon):
    sara = noon.visitor()
    await guided(sara)
    await sara.says(ASKED)
    heard = await sara.presses("tonight")
    due = at_hour(noon.clock(), 0, EVENING)
    assert any(wall(due).strftime("%d/%m à 20:00") in text for text in heard)
    rows = [row for row in noon.app.ledger.rows("kind = 'say'", ()) if row.due > noon.clock()]
    assert [row.due for row in rows] == [due]


async def test_the_latest_one_counts(noon):
    sara = noon.visitor()
    await guided(sara)
    for option in ("tonight", "evening"):
        await sara.says(ASKED)
        await sara.presses(option)
    await noon.later(10)
    assert sara.heard() == []
    await noon.later(24)
    assert sara.heard() == [noon.text("remind.ping")]


@pytest.mark.parametrize("wish", ["sans rappel", "sortie"])
async def test_it_is_taken_back_by_a_word(noon, wish):
    sara = noon.visitor()
    await guided(sara)
    await sara.says(ASKED)
    await sara.presses("tonight")
    await sara.says(wish)
    await noon.later(60)
    assert sara.heard() == []


async def test_a_hurried_reply_to_danger_does_not_lose_it(noon):
    sara = noon.visitor()
    await guided(sara)
    await sara.says(ASKED)
    await sara.presses("tonight")
    await sara.says(DANGER)
    await noon.later(9)
    assert sara.heard() == [noon.text("remind.ping")]


async def test_tomorrow_of_a_reminder_is_no_ultimatum(noon):
    sara = noon.visitor()
    await sara.says(THREAT)
    await sara.says(ASKED)
    assert "deadline_at" not in noon.app.ledger.contact(sara.id).state["notes"]


async def test_nothing_comes_to_whoever_did_not_ask(noon):
    sara = noon.visitor()
    await guided(sara)
    await noon.later(60)
    assert sara.heard() == []
