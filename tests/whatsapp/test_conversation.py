# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole way on WhatsApp: words, buttons, lists, files, and one bubble for one turn."""

from __future__ import annotations

import pytest

from bot.vault import receipt
from tests.service.house import picture, plain
from tests.whatsapp.line import THREAT

pytestmark = pytest.mark.anyio


async def guided(caller):
    await caller.says(THREAT)
    return await caller.taps("safe_yes", "adult")


async def test_a_threat_is_answered_in_one_bubble_with_its_question(line, caller):
    heard = await caller.says(THREAT)
    assert len(heard) == 1
    assert line.text("threat_to_publish.now") in heard[0]
    assert {o.partition("@")[0] for o in caller.person.options()} >= {"safe_yes", "safe_no"}
    [body] = line.bodies()
    assert body["recipient"] == "MA.700001"
    assert body["interactive"]["body"]["text"]


async def test_many_choices_stand_in_one_list_that_says_what_it_opens(line, caller):
    await guided(caller)
    asks = line.bodies()[-1]["interactive"]
    assert asks["type"] == "list"
    assert asks["action"]["button"] == line.text("label.choose")
    assert line.graph.refused() == []


async def test_a_complaint_is_lodged_by_taps_and_the_words_are_sealed(line, caller):
    await guided(caller)
    heard = await caller.taps("complaint", "send")
    assert any(receipt.find(bubble) for bubble in heard)
    assert line.case().stage == "filed"
    assert line.words("story") == [THREAT]


async def test_arabic_is_answered_in_arabic_with_arabic_buttons(line, caller):
    heard = await caller.says("واحد كيهددني بتصاوري")
    assert len(heard) == 1
    labels = [plain(label) for label in caller.person.options().values()]
    assert line.text("label.safe_yes", "ar") in labels


async def test_nothing_is_fetched_before_it_may_be(line, caller):
    heard = await caller.sends(picture(), caption=THREAT)
    assert heard
    assert line.graph.calls("describe") == []
    await caller.taps("adult")
    assert line.graph.calls("describe") == []
    await caller.taps("file_clean")
    assert len(line.graph.calls("describe")) == 1
    assert [body for kind, body in line.sealed() if kind == "file"] == [picture()]
    assert line.words("caption") == [THREAT]


async def test_nothing_of_a_minor_is_ever_fetched(line, caller):
    await caller.sends(picture(), caption=THREAT)
    await caller.taps("under18")
    await caller.sends(b"OggS" + bytes(60), "audio")
    assert line.graph.calls("describe") == []
    assert line.count("waiting") == 0


@pytest.mark.parametrize(
    ("data", "kind", "mime"),
    [
        (b"%PDF-1.4 a contract" * 9, "document", "application/pdf"),
        (b"OggS\0\x02" + b"\0" * 22 + b"\x01\x13OpusHead" + b"\0" * 40, "audio", "audio/ogg"),
    ],
)
async def test_documents_and_voices_are_sealed_whole(line, caller, data, kind, mime):
    await guided(caller)
    await caller.sends(data, kind, mime=mime)
    await caller.taps("file_clean")
    assert [body for kind, body in line.sealed() if kind == "file"] == [data]


async def test_a_file_whose_week_is_over_is_said_so(line, caller):
    await guided(caller)
    await caller.sends(picture())
    line.graph.forward(8 * 24 * 3600)
    await caller.taps("file_clean")
    assert line.text("media.failed_gone") in "\n".join(b["text"] for b in caller.bubbles())
    assert line.files() == []


async def test_a_reaction_and_a_message_taken_back_say_nothing(line, caller):
    await caller.says(THREAT)
    for act in (caller.person.reacts, caller.person.revokes):
        act(caller.last["id"])
        assert await caller.answer() == []


async def test_what_nobody_can_use_is_answered_gently(line, caller):
    await caller.says(THREAT)
    caller.person.sends({"type": "location", "location": {"latitude": 33.9, "longitude": -6.8}})
    heard = await caller.answer()
    assert line.text("talk.unreadable") in "\n".join(heard)


async def test_a_message_is_marked_read_and_typing_is_shown(line, caller):
    await caller.says(THREAT)
    [read] = line.graph.until("read", 1)
    assert read["params"]["message_id"] == caller.last["id"]
    assert read["params"]["typing_indicator"] == {"type": "text"}


async def test_a_read_mark_that_fails_harms_nothing(line, caller):
    line.graph.fault("read", "html", status=503)
    assert len(await caller.says(THREAT)) == 1


async def test_erasing_leaves_nothing_here_and_says_how_to_erase_there(line, caller):
    await guided(caller)
    heard = await caller.taps("erase", "erase_yes")
    assert heard[-1].startswith(line.text("leave.erased_whatsapp", until="x").partition("x")[0])
    assert "Supprimer pour moi" in heard[-1]
    for table in ("contact", "alias", "waiting", "sent", "cases", "entry"):
        assert line.count(table) == 0, table
    await line.later(2)
    assert line.count("outbox") <= 1  # the sweep


async def test_a_quick_exit_says_nothing_that_betrays(line, caller):
    await guided(caller)
    assert await caller.says("sortie") == [line.text("leave.neutral")]


async def test_are_you_safe_hides_behind_no_list_and_names_the_way_out(line, caller):
    await caller.says(THREAT)
    asked = caller.bubbles()[-1]
    assert line.text("talk.safe_whatsapp") in plain(asked["text"])
    assert "sortie" in asked["text"]
    assert [sent.partition("@")[0] for sent in asked["options"]] == [
        "safe_no", "safe_yes", "safe_seen",
    ]  # fmt: skip
    assert asked["body"]["interactive"]["type"] == "button"


async def test_the_honest_meter_speaks_of_whatsapp(line, caller):
    await caller.says("bonjour")
    heard = "\n".join(await caller.taps("secret"))
    assert line.text("answer.secret_whatsapp") in heard


async def test_a_dossier_comes_as_a_file_and_nobody_says_that_it_can_be_taken_back(line, caller):
    await guided(caller)
    await caller.says("je veux un dossier")
    await caller.taps("papers_yes", "skip")
    assert [body["type"] for body in line.bodies()].count("document") == 1
    said = "\n".join(plain(bubble["text"]) for bubble in caller.bubbles())
    assert line.text("papers.after_whatsapp") in said
    assert line.text("papers.after") not in said
    heard = await caller.taps("papers_drop")
    assert line.text("papers.dropped_whatsapp") in "\n".join(heard)


async def test_a_goodbye_does_not_promise_to_empty_the_chat(line, caller):
    await guided(caller)
    heard = "\n".join(await caller.says("au revoir"))
    assert line.text("leave.goodbye_whatsapp") in heard
