# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only its reader may see stands behind a tap and cannot be handed on."""

from __future__ import annotations

import pytest

from bot.vault import receipt
from tests.service.house import plain
from tests.service.stories import HUMAN, guided, lodged
from tests.telegram.test_veil import covered

pytestmark = pytest.mark.anyio


async def test_a_receipt_is_hidden_and_the_bubble_says_how_to_see_it(house):
    sara = house.visitor()
    digits = await lodged(sara)
    calls = house.control.calls("sendMessage")
    [call] = [call for call in calls if receipt.find(plain(call["text"])) == digits]
    shown, words = map(plain, covered(call))
    assert receipt.find(shown) == digits
    assert words == " · ".join(receipt.words(digits, house.app.runtime.words["fr"]))
    assert receipt.find(plain(call["text"].replace(covered(call)[0], ""))) is None
    assert house.text("complaint.filed_veiled") in plain(call["text"])
    assert call["protect_content"] is True


async def test_an_answer_is_hidden_and_its_head_says_how_to_see_it(house):
    sara = house.visitor()
    await guided(sara)
    await sara.says(HUMAN)
    house.answers("Bonjour 🙂, gardez les messages.")
    await house.later(0)
    call = house.control.calls("sendMessage")[-1]
    assert covered(call) == ["Bonjour 🙂, gardez les messages."]
    assert plain(call["text"]).startswith(house.text("human.answer_veiled"))
    assert call["protect_content"] is True


async def test_nothing_else_is_hidden(house):
    sara = house.visitor()
    await guided(sara)
    assert all("entities" not in call for call in house.control.calls("sendMessage"))
