# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shaping a message: one test per rule, and the limits for any text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Message, Option
from bot.channels.telegram_shape import shape
from tests.standins.telegram_referee import Foul, judge

RLM = "\u200f"
options = st.lists(
    st.builds(
        Option,
        id=st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=64),
        label=st.text(min_size=1, max_size=40).filter(str.strip),
    ),
    max_size=12,
)
any_text = st.text(st.characters(exclude_categories=[]), max_size=300)
texts = any_text | st.builds(lambda text, times: text * times, any_text, st.integers(1, 400))


def _text(text: str, lang: str = "ar") -> str:
    side = "rtl" if lang == "ar" else "ltr"
    [body] = shape("7", Message(text, lang=lang, dir=side))
    return body["text"]


def _rows(labels: list[str]) -> list[list[str]]:
    message = Message("?", tuple(Option(f"o{n}", label) for n, label in enumerate(labels)), "fr")
    [body] = shape("7", message)
    return [[key["text"] for key in row] for row in body["reply_markup"]["inline_keyboard"]]


def test_a_plain_bubble():
    assert shape("7", Message("Bonjour", lang="fr", dir="ltr")) == [
        {"chat_id": 7, "text": "Bonjour", "link_preview_options": {"is_disabled": True}}
    ]


def test_a_group_and_a_public_name_are_addressed_as_they_are():
    assert shape("-1009", Message("x"))[0]["chat_id"] == -1009
    assert shape("@centre", Message("x"))[0]["chat_id"] == "@centre"


def test_protection_is_asked_for_only_when_wanted():
    assert shape("7", Message("x", protect=True))[0]["protect_content"] is True
    assert "protect_content" not in shape("7", Message("x"))[0]


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("سلام", False),
        ("سلام Facebook", False),
        ("Facebook: تبليغ", True),
        ("2511 رقم مجاني", True),
        ("٣ خطوات", True),
        ("🙏 شكرا", True),
        ("- خطوة", True),
        ("  1. خطوة", True),
        ("177", True),
        ("https://example.org/a", False),
        ("", False),
        (RLM + "19 الشرطة", False),
    ],
)
def test_an_arabic_line_that_begins_otherwise_is_marked(line, marked):
    whole = _text(f"سطر\n{line}\nسطر")
    assert whole == f"سطر\n{RLM if marked else ''}{line}\nسطر"


def test_a_french_text_is_never_marked():
    assert _text("2511 : «سلام»", "fr") == "2511 : «سلام»"


def test_short_labels_stand_two_by_two_and_long_ones_alone():
    long = "Je veux parler à quelqu'un"
    assert _rows(["Oui", "Non"]) == [["Oui", "Non"]]
    assert _rows(["Oui", "Non", "Je ne sais pas"]) == [["Oui", "Non"], ["Je ne sais pas"]]
    assert _rows(["Oui", long, "Non"]) == [["Oui"], [long], ["Non"]]


def test_buttons_stand_under_the_last_part():
    first, *_, last = shape("7", Message("Un mot. " * 1500, (Option("a", "A"),), "fr"))
    assert "reply_markup" not in first
    assert last["reply_markup"] == {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}


@pytest.mark.parametrize("border", ["\n\n", "\n", ". ", "؟ ", "… ", "، ", " "])
def test_a_long_text_is_split_at_the_best_border(border):
    text = f"{'ا' * 3000}{border}{'ب' * 3000}"
    first, second = [body["text"] for body in shape("7", Message(text))]
    assert first == f"{'ا' * 3000}{border}".rstrip()
    assert second == "ب" * 3000


def test_a_sentence_is_a_better_border_than_a_word():
    text = f"{'a' * 3000}. {'b' * 500} {'c' * 3000}"
    assert [len(body["text"]) for body in shape("7", Message(text, lang="fr", dir="ltr"))] == [
        3001,
        3501,
    ]


@pytest.mark.parametrize("text", ["a" * 9000, "😭" * 5000, "ا" + "1" * 9000, "é\u0301" * 6000])
def test_a_text_without_any_border_fills_its_parts_and_no_more(text):
    parts = [body["text"] for body in shape("7", Message(text))]
    sizes = [len(part.encode("utf-16-le")) // 2 for part in parts]
    assert all(4090 <= size <= 4096 for size in sizes[:-1])
    assert sizes[-1] <= 4096
    assert _ink("".join(parts)) == text


def test_an_emoji_family_is_not_torn():
    family = "👩\u200d👧\u200d👦"
    parts = [body["text"] for body in shape("7", Message(family * 1200, lang="fr", dir="ltr"))]
    assert len(parts) > 1
    assert all(re.fullmatch(f"(?:{family})+", part) for part in parts)


def test_a_part_that_begins_in_the_middle_of_a_line_is_marked_too():
    text = "كلمة " * 900 + "Facebook كلمة " * 600
    for body in shape("7", Message(text)):
        assert body["text"].startswith((RLM, "كلمة"))


@pytest.mark.parametrize("text", ["", "  \n ", "\u200f"])
def test_a_text_without_ink_makes_no_request(text):
    assert shape("7", Message(text)) == []


@given(text=texts, options=options, lang=st.sampled_from(["ar", "fr"]))
def test_whatever_the_text_every_request_keeps_the_limits_and_no_word_is_lost(text, options, lang):
    bodies = shape("7", Message(text, tuple(options), lang))
    for body in bodies:
        if body["text"].strip():  # some code points are blank to Python's strip only
            judge("sendMessage", body)
    told = "".join(body["text"] for body in bodies)
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert _ink(told) == _ink(whole)
    if bodies and options:
        keyboard = bodies[-1]["reply_markup"]["inline_keyboard"]
        assert [key["callback_data"] for row in keyboard for key in row] == [
            option.id for option in options
        ]


PAGE = Option("page", "Écrire", "https://sanad.example/")
HELP = Option("list", "La liste")


def test_a_button_that_opens_a_page_of_ours():
    [body] = shape("7", Message("Bonjour", (HELP, PAGE), "fr", "ltr"))
    judge("sendMessage", body)
    [[first, second]] = body["reply_markup"]["inline_keyboard"]
    assert first == {"text": "La liste", "callback_data": "list"}
    assert second == {"text": "Écrire", "web_app": {"url": "https://sanad.example/"}}


@pytest.mark.parametrize("to", ["-1009", "@centre", "-1009/5"])
def test_where_several_people_read_no_button_opens_a_page(to):
    [body] = shape(to, Message("Bonjour", (HELP, PAGE), "fr", "ltr"))
    assert [[key["text"] for key in row] for row in body["reply_markup"]["inline_keyboard"]] == [
        ["La liste"]
    ]
    [bare] = shape(to, Message("Bonjour", (PAGE,), "fr", "ltr"))
    assert "reply_markup" not in bare


@pytest.mark.parametrize("change", [{"url": "http://sanad.example/"}, {"chat_id": -1009}])
def test_the_stand_in_refuses_a_page_as_telegram_does(change):
    [body] = shape(
        "7", Message("Bonjour", (replace(PAGE, url=change.get("url", PAGE.url)),), "fr")
    )
    with pytest.raises(Foul):
        judge("sendMessage", body | {k: v for k, v in change.items() if k == "chat_id"})


def _ink(text: str) -> str:
    return "".join(text.replace(RLM, "").split())
