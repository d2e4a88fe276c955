# SPDX-License-Identifier: AGPL-3.0-or-later
"""A voice note on WhatsApp: answered in both languages, fetched if it may be, then heard."""

from __future__ import annotations

import pytest

from bot.channels import Address
from bot.ear import Ear
from tests.service.house import plain
from tests.whatsapp.line import THREAT

pytestmark = pytest.mark.anyio
VOICE = b"OggS\0\x02" + b"a voice" * 40


class Local:
    """Understands a threat in every voice."""

    def words(self, audio: bytes, mime: str) -> str:
        return THREAT if (audio, mime) == (VOICE, "audio/ogg") else ""


async def test_a_voice_before_any_word_is_one_bubble_in_both_languages_with_buttons(line, caller):
    [heard] = await caller.sends(VOICE, "audio")
    for lang in ("ar", "fr"):
        assert plain(line.text("media.voice", lang)) in heard
    asks = line.bodies()[-1]["interactive"]
    assert asks["type"] == "button"
    titles = [button["reply"]["title"] for button in asks["action"]["buttons"]]
    assert "Français" in [plain(title) for title in titles]
    assert line.graph.calls("describe") == []
    await caller.taps("give_voice", "adult")
    assert line.graph.calls("describe") == []


async def test_a_voice_let_through_is_sealed_and_heard_by_who_can(line, caller):
    line.app.intake.ear = Ear(Local(), line.app.runtime.receive)
    await caller.sends(VOICE, "audio")
    heard = await caller.taps("give_voice", "adult", "file_clean")
    await line.app.intake.ear.quiet()
    await line.settled()
    assert line.text("threat_to_publish.now") in "\n".join(heard + caller.heard())
    assert [body for kind, body in line.sealed() if kind == "file"] == [VOICE]
    assert THREAT.encode() in [body for _, body in line.sealed()]
    assert line.graph.refused() == []


async def test_words_heard_later_open_no_window(line, caller):
    await caller.sends(VOICE, "audio")
    sql = "select heard from contact"
    before = line.rows(sql)
    line.passes(600)
    ear = Ear(Local(), line.app.runtime.receive)
    ear.listen(VOICE, "audio/ogg", Address("whatsapp", "MA.700001"), "1")
    await ear.quiet()
    assert line.words("story") == [THREAT]
    assert line.rows(sql) == before
