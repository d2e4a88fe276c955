# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody wants to be called, or to be heard by a woman: sealed, passed on, never promised."""

from __future__ import annotations

import pytest

from bot.vault.unseal import open_case
from tests.service.stories import TAKEN, claims, guided

pytestmark = pytest.mark.anyio
NUMBER = "06 61 00 00 77"


async def asked(visitor, *, pickup="others"):
    await guided(visitor)
    heard = await visitor.says("appelez-moi s'il vous plaît")
    heard += await visitor.says(NUMBER)
    return heard + await visitor.presses("evening", pickup)


async def test_a_number_is_sealed_with_its_hours_and_who_may_pick_up(house):
    await asked(house.visitor())
    assert house.words("answer:phone") == [NUMBER]
    (summary,) = house.words("summary")
    assert "call_hours: evening" in summary
    assert "pickup: others" in summary
    assert open_case(house.case().wrapped, house.counsellor)


async def test_no_call_is_promised_and_nobody_is_said_to_know(house):
    heard = await asked(house.visitor())
    assert any(house.text("call.truth") in text for text in heard)
    assert claims(heard) == []
    assert any(house.text("human.status_queued") in text for text in heard)


async def test_whoever_asks_again_hears_the_true_state(house):
    sara = house.visitor()
    await asked(sara)
    await sara.presses("ping_no")
    again = await sara.says("vous allez m'appeler ?")
    assert any(house.text("call.again") in text for text in again)
    assert not any(TAKEN.search(text) for text in again)
    house.takes()
    assert any(TAKEN.search(text) for text in await sara.says("vous allez m'appeler ?"))


async def test_a_woman_is_asked_for_in_what_counsellors_read(house):
    sara = house.visitor()
    await guided(sara)
    heard = await sara.says("je voudrais parler avec une femme")
    assert any(house.text("care.woman") in text for text in heard)
    assert "woman: yes" in house.words("summary")[0]
    assert not any(TAKEN.search(text) for text in heard)


async def test_a_relation_never_stands_in_the_summary(house):
    sara = house.visitor()
    await sara.says("c'était une relation hors mariage et il menace de publier mes photos")
    await sara.presses("safe_yes", "adult", "complaint", "send")
    assert house.app.ledger.contact(sara.id).state["notes"]["exposure"] == "yes"
    (summary,) = house.words("summary")
    assert "exposure" not in summary
    assert "exposure" not in house.case().triage
