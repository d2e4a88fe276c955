# SPDX-License-Identifier: AGPL-3.0-or-later
"""The dossier through the whole bot: made when sent, gone from the chat on wish, on no disk."""

from __future__ import annotations

import hashlib

import pypdfium2
import pytest

from tests.service.house import picture
from tests.service.stories import DANGER, THREAT

pytestmark = pytest.mark.anyio


async def _asked(visitor):
    await visitor.says(THREAT)
    await visitor.presses("safe_yes", "adult")
    await visitor.sends(picture(), "document")
    await visitor.presses("file_clean")
    await visitor.says("je veux un dossier pdf")
    await visitor.presses("papers_yes", "since_week")


def _documents(visitor):
    return [said for said in visitor.bubbles() if "document" in said]


async def test_the_dossier_comes_with_the_fingerprint_of_what_was_sent(house):
    sara = house.visitor()
    await _asked(sara)
    [said] = _documents(sara)
    data = house.control.uploaded(said["document"]["file_id"])
    assert data.startswith(b"%PDF-")
    assert said["document"]["file_name"] == "document.pdf"
    pages = pypdfium2.PdfDocument(data)
    words = "".join(page.get_textpage().get_text_range() for page in pages)
    assert hashlib.sha256(picture()).hexdigest()[:16] in words


async def test_nothing_of_it_is_on_the_disk_nor_in_the_outbox(house):
    sara = house.visitor()
    await _asked(sara)
    held = b"".join(path.read_bytes() for path in house.data.rglob("*") if path.is_file())
    assert b"%PDF-" not in held
    assert hashlib.sha256(picture()).hexdigest().encode() not in held
    assert house.rows("select 1 from outbox where kind = 'papers'") == []


async def test_it_goes_from_the_chat_on_wish_and_nothing_else_does(house):
    sara = house.visitor()
    await _asked(sara)
    before = len(sara.bubbles())
    heard = await sara.presses("papers_drop")
    assert _documents(sara) == []
    assert house.text("papers.dropped") in "\n".join(heard)
    assert len(sara.bubbles()) >= before - 2 + len(heard)


async def test_erasing_takes_it_along(house):
    sara = house.visitor()
    await _asked(sara)
    await sara.presses("erase", "erase_yes")
    assert _documents(sara) == []


async def test_danger_comes_before_a_dossier_that_waits(house):
    sara = house.visitor()
    await sara.says(THREAT)
    await sara.presses("safe_yes", "adult")
    await sara.says("je veux un dossier pdf")
    await sara.presses("papers_yes")
    house.control.fault("sendDocument", "error", status=500)
    await sara.presses("skip")
    assert _documents(sara) == []
    await sara.says(DANGER)
    await house.later(1)
    assert house.text("danger.numbers_self_harm") in "\n".join(
        bubble.get("text", "") for bubble in sara.bubbles()
    )


async def test_a_minor_has_one_without_any_file(house):
    sara = house.visitor()
    await sara.says(THREAT)
    await sara.presses("safe_yes", "under18")
    await sara.says("je veux un dossier pdf")
    await sara.presses("papers_yes", "skip")
    [said] = _documents(sara)
    words = "".join(
        page.get_textpage().get_text_range()
        for page in pypdfium2.PdfDocument(house.control.uploaded(said["document"]["file_id"]))
    )
    assert "2511" in words
    assert "StopNCII" not in words
