# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shaping a message: one test per rule, and the limits for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Attachment, Message, Option
from bot.channels.lines import units
from bot.channels.whatsapp_shape import parts, shape

RLM = "\u200f"
options = st.lists(
    st.builds(
        Option,
        id=st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=64),
        label=st.text(min_size=1, max_size=90).filter(str.strip),
    ),
    max_size=23,
)
any_text = st.text(st.characters(exclude_categories=[]), max_size=300)
texts = any_text | st.builds(lambda text, times: text * times, any_text, st.integers(1, 200))


def shaped(message: Message, to: str = "212600000001") -> list[dict]:
    return [shape(to, part) for part in parts(message)]


def asked(*labels: str, text: str = "?", **more: str) -> dict:
    options = tuple(Option(f"o{n}", label) for n, label in enumerate(labels))
    [body] = shaped(Message(text, options, "fr", "ltr", **more))
    return body["interactive"]


def test_a_plain_bubble_without_a_preview():
    assert shaped(Message("Bonjour", lang="fr", dir="ltr")) == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "212600000001",
            "type": "text",
            "text": {"body": "Bonjour", "preview_url": False},
        }
    ]


def test_a_user_id_is_a_recipient_and_no_number():
    [body] = shaped(Message("x"), to="MA.700001")
    assert body["recipient"] == "MA.700001"
    assert "to" not in body


def test_nothing_pretends_that_forwarding_is_forbidden():
    assert shaped(Message("x", protect=True)) == shaped(Message("x"))


def test_three_short_labels_are_buttons():
    assert asked("Oui", "Non", "Un autre jour") == {
        "type": "button",
        "body": {"text": "?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "o0", "title": "Oui"}},
                {"type": "reply", "reply": {"id": "o1", "title": "Non"}},
                {"type": "reply", "reply": {"id": "o2", "title": "Un autre jour"}},
            ]
        },
    }


@pytest.mark.parametrize(
    "labels",
    [
        ("Oui", "Non", "Peut-être", "Passer"),
        ("Oui", "Vingt-et-une lettres !"),
        ("Pareil", "Pareil"),
    ],
)
def test_more_or_longer_or_equal_labels_are_a_list(labels):
    body = asked(*labels, pick="Choisir")
    assert body["type"] == "list"
    assert body["action"]["button"] == "Choisir"
    rows = body["action"]["sections"][0]["rows"]
    assert [row["title"] for row in rows] == list(labels)
    assert [row["id"] for row in rows] == [f"o{n}" for n in range(len(labels))]


def test_a_long_label_stands_whole_in_the_line_below():
    long = "Une personne de ma famille a besoin d'aide"
    [_, row] = asked("Moi", long)["action"]["sections"][0]["rows"]
    assert row["description"] == long
    assert row["title"] == "Une personne de ma…"


def test_no_button_is_lost_beyond_ten():
    message = Message("?", tuple(Option(f"o{n}", f"Choix {n}") for n in range(23)), "fr", "ltr")
    bodies = shaped(message)
    rows = [b["interactive"]["action"]["sections"][0]["rows"] for b in bodies[:2]]
    assert [len(some) for some in rows] == [10, 10]
    assert len(bodies[2]["interactive"]["action"]["buttons"]) == 3


def test_buttons_stand_under_a_short_last_part():
    steps = "\n\n".join(f"{n}. " + "Une étape à suivre. " * 20 for n in range(1, 6))
    bodies = shaped(Message(f"{steps}\n\nEt ensuite ?", (Option("a", "Oui"),), "fr", "ltr"))
    assert [body["type"] for body in bodies] == ["text", "interactive"]
    assert bodies[1]["interactive"]["body"]["text"].endswith("Et ensuite ?")
    assert bodies[1]["interactive"]["body"]["text"].startswith(("4.", "5."))
    assert bodies[0]["text"]["body"].startswith("1.")


def test_a_long_text_without_buttons_is_split_between_sentences():
    bodies = shaped(Message("Une phrase entière. " * 500, lang="fr", dir="ltr"))
    assert len(bodies) == 3
    assert all(body["text"]["body"].endswith("entière.") for body in bodies)


def test_arabic_lines_that_begin_otherwise_are_marked():
    message = Message("سلام\n2511 رقم\n🙏 شكرا", (Option("a", "19 شرطة"),))
    [body] = shaped(message)
    assert body["interactive"]["body"]["text"] == f"سلام\n{RLM}2511 رقم\n{RLM}🙏 شكرا"
    [button] = body["interactive"]["action"]["buttons"]
    assert button["reply"]["title"] == f"{RLM}19 شرطة"


def test_a_mark_never_makes_a_label_too_long():
    label = "1" + "ب" * 19
    [body] = shaped(Message("سلام", (Option("a", label),)))
    assert body["interactive"]["action"]["buttons"][0]["reply"]["title"] == label


def test_a_text_without_ink_becomes_nothing():
    for text in ("", " \n ", RLM, f" {RLM}\n"):
        assert parts(Message(text)) == []
        assert parts(Message(text, (Option("a", "b"),))) == []


def test_files_come_last_each_by_itself():
    paper = Attachment("document", "note.pdf", "application/pdf", b"%PDF")
    voice = Attachment("voice", "audio.ogg", "audio/ogg", b"OggS")
    made = parts(Message("x", (Option("a", "b"),), attachments=(voice, paper)))
    assert [part.attachments for part in made] == [(), (voice,), (paper,)]
    assert [bool(part.options) for part in made] == [True, False, False]


def test_a_template_says_its_name_language_and_what_its_buttons_send():
    [body] = shaped(Message("", (Option("read", "Lire"),), "fr", "ltr", template="answer_waiting"))
    assert body["template"] == {
        "name": "answer_waiting",
        "language": {"code": "fr"},
        "components": [
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": "0",
                "parameters": [{"type": "payload", "payload": "read"}],
            }
        ],
    }


@given(texts, options, st.sampled_from(["rtl", "ltr"]))
def test_any_message_keeps_within_the_limits_and_no_button_is_lost(text, buttons, side):
    made = shaped(Message(text, tuple(buttons), dir=side))
    ids = []
    for body in made:
        if body["type"] == "text":
            assert 0 < units(body["text"]["body"]) <= 4096
            body["text"]["body"].encode()
            continue
        asks = body["interactive"]
        assert 0 < units(asks["body"]["text"]) <= 1024
        asks["body"]["text"].encode()
        if asks["type"] == "button":
            replies = [button["reply"] for button in asks["action"]["buttons"]]
            assert 1 <= len(replies) <= 3
            assert len({reply["title"] for reply in replies}) == len(replies)
            assert all(0 < units(reply["title"]) <= 20 for reply in replies)
            ids += [reply["id"] for reply in replies]
        else:
            rows = asks["action"]["sections"][0]["rows"]
            assert 1 <= len(rows) <= 10
            assert 0 < units(asks["action"]["button"]) <= 20
            for row in rows:
                assert 0 < units(row["title"]) <= 24
                assert 0 < units(row.get("description", "x")) <= 72
            ids += [row["id"] for row in rows]
    if made:
        assert ids == [button.id for button in buttons]


@given(texts, st.sampled_from(["rtl", "ltr"]))
def test_splitting_loses_nothing_but_white_space(text, side):
    def ink(of: str) -> str:
        clean = of.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return "".join(clean.replace(RLM, "").split())

    button = (Option("a", "Oui"),)
    made = parts(Message(text, button, dir=side))
    if made:
        assert ink("".join(part.text for part in made)) == ink(text)
