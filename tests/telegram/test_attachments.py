# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files beside a bubble: before its words, under a name that betrays nothing, or none of it."""

from __future__ import annotations

import pytest

from bot.channels import Attachment, Message, Refused, TryLater

pytestmark = pytest.mark.anyio
PAPER = Attachment("document", "document.pdf", "application/pdf", b"%PDF-1.7 words of nobody")
SPOKEN = Attachment("voice", "voice.ogg", "audio/ogg", b"OggS spoken words")


@pytest.mark.parametrize(("file", "method"), [(PAPER, "sendDocument"), (SPOKEN, "sendVoice")])
async def test_a_file_arrives_whole_before_the_words(telegram, control, person, file, method):
    ids = await telegram.send(
        "700001", Message("Voici.", attachments=(file,), lang="fr", dir="ltr")
    )
    first, second = control.bubbles(person.chat)
    assert control.uploaded(first[file.kind]["file_id"]) == file.data
    assert second["text"] == "Voici."
    assert ids == [str(first["message_id"]), str(second["message_id"])]
    assert len(control.calls(method)) == 1
    assert control.refused() == []


async def test_a_document_keeps_its_neutral_name(telegram, control, person):
    await telegram.send("700001", Message("Voici.", attachments=(PAPER,)))
    assert control.bubbles(person.chat)[0]["document"]["file_name"] == "document.pdf"


async def test_words_that_fail_take_their_file_back(telegram, control, person):
    control.fault("sendMessage", "error", status=500)
    with pytest.raises(TryLater):
        await telegram.send("700001", Message("Voici.", attachments=(PAPER,)))
    assert control.bubbles(person.chat) == []


async def test_a_protected_bubble_protects_its_file(telegram, control, person):
    await telegram.send("700001", Message("Voici.", attachments=(PAPER,), protect=True))
    assert control.calls("sendDocument")[0]["protect_content"] is True


async def test_whoever_forbids_voices_still_gets_the_words(telegram, control, person):
    said = "Bad Request: VOICE_MESSAGES_FORBIDDEN"
    control.fault("sendVoice", "error", status=400, description=said)
    await telegram.send("700001", Message("Voici.", attachments=(SPOKEN,)))
    assert [bubble["text"] for bubble in control.bubbles(person.chat)] == ["Voici."]


async def test_a_document_that_is_refused_is_no_secret(telegram, control, person):
    control.fault("sendDocument", "error", status=400)
    with pytest.raises(Refused):
        await telegram.send("700001", Message("Voici.", attachments=(PAPER,)))
    assert control.bubbles(person.chat) == []


def test_its_bytes_are_in_no_repr():
    assert "words" not in repr(Message("x", attachments=(PAPER,)))
