# SPDX-License-Identifier: AGPL-3.0-or-later
"""A voice is never listened to before it may be; with a transcriber it is heard like words."""

from __future__ import annotations

import logging

import pytest

from bot.channels import Address, FileRef, Inbound
from bot.ear import Ear
from tests.service.house import plain
from tests.service.stories import DANGER, THREAT
from tests.service.test_media import fetched

pytestmark = pytest.mark.anyio
VOICE = b"OggS\0\x02" + b"a voice" * 40


class Local:
    """Understands what the test says it does."""

    def __init__(self, said: str | Exception) -> None:
        self.said = said
        self.heard: list[tuple[bytes, str]] = []

    def words(self, audio: bytes, mime: str) -> str:
        self.heard.append((audio, mime))
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


def listens(house, said):
    """Give the house an ear that hears this."""
    local = Local(said)
    house.app.intake.ear = Ear(local, house.app.runtime.receive)
    return local


async def lets_through(sara, data=VOICE, kind="voice"):
    """An adult gives a voice that is nothing intimate; what they hear once it is understood."""
    await sara.sends(data, kind)
    if kind == "voice":
        await sara.presses("give_voice")
    heard = await sara.presses("adult", "file_clean")
    if sara.house.app.intake.ear:
        await sara.house.app.intake.ear.quiet()
    return heard + await sara.answer()


async def test_a_voice_before_any_word_gets_text_and_buttons_in_both_languages(either):
    sara = either.visitor()
    told, asked = await sara.sends(VOICE, "voice")
    for lang in ("ar", "fr"):
        assert plain(either.text("media.voice", lang=lang)) in told
        assert plain(either.text("media.voice_next", lang=lang)) in asked
    assert sara.button("give_voice") != "give_voice"
    heard = await sara.presses("other_lang")
    assert heard[-1] == plain(either.text("media.voice_next", lang="fr"))
    assert (either.count("waiting"), fetched(either)) == (1, 0)


@pytest.mark.parametrize("channel", ["telegram", "whatsapp", "web", "terminal"])
async def test_it_is_so_on_every_channel(house, channel):
    sender = Address(channel, "someone")
    first = Inbound(sender, "1", "file", file=FileRef("a-ticket", "voice"))
    await house.app.runtime.receive(first)
    rows = list(house.app.ledger.rows("kind = 'say'", ()))
    said = [key for row in rows for key in row.body["texts"]]
    assert {"media.voice", "media.voice_twin", "media.voice_next"} <= set(said)
    assert [option for row in rows for option, _ in row.body.get("options", ())] == [
        "give_voice", "human", "other_lang",
    ]  # fmt: skip


async def test_without_a_transcriber_a_voice_is_sealed_and_nobody_pretends(house):
    sara = house.visitor()
    heard = await lets_through(sara)
    assert any("F1" in bubble for bubble in heard)
    assert [body for kind, body in house.sealed() if kind == "file"] == [VOICE]
    assert house.words("message") == []


async def test_a_voice_that_may_be_heard_is_a_story_like_written_words(house):
    local = listens(house, THREAT)
    sara = house.visitor()
    heard = await lets_through(sara)
    assert local.heard == [(VOICE, "audio/ogg")]
    assert THREAT in [words.decode() for _, words in house.sealed() if words != VOICE]
    assert plain(house.text("threat_to_publish.hear", lang="fr")) in "\n".join(heard)
    assert [body for kind, body in house.sealed() if kind == "file"] == [VOICE]


async def test_a_danger_that_is_spoken_is_answered_first_and_alarms(house):
    listens(house, DANGER)
    sara = house.visitor()
    heard = await lets_through(sara)
    assert "19" in "\n".join(heard)
    assert house.rows("select count(*) from outbox where kind = 'alarm'") == [(1,)]
    assert DANGER in [words.decode() for _, words in house.sealed() if words != VOICE]


async def test_what_may_not_be_taken_is_not_heard(house):
    local = listens(house, THREAT)
    minor, intimate, picture = (house.visitor() for _ in range(3))
    await minor.sends(VOICE, "voice")
    await minor.presses("give_voice", "under18")
    await intimate.sends(VOICE, "voice")
    await intimate.presses("give_voice", "adult", "file_intimate")
    await lets_through(picture, b"\x89PNG\r\n\x1a\n" + b"x" * 50, "photo")
    await house.app.intake.ear.quiet()
    assert local.heard == []


@pytest.mark.parametrize("said", [RuntimeError(THREAT), " \n"], ids=["falls", "hears nothing"])
async def test_a_voice_that_is_not_understood_stays_sealed_and_leaves_no_word(house, caplog, said):
    caplog.set_level(logging.DEBUG)
    listens(house, said)
    sara = house.visitor()
    heard = await lets_through(sara)
    assert any("F1" in bubble for bubble in heard)
    assert house.words("message") == []
    assert THREAT not in caplog.text


async def test_a_voice_that_takes_too_long_is_left_to_the_counsellors(house):
    house.app.intake.ear = Ear(Local("x"), house.app.runtime.receive, patience=0)
    sara = house.visitor()
    heard = await lets_through(sara)
    assert any("F1" in bubble for bubble in heard)
    assert house.words("message") == []
