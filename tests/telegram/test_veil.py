# SPDX-License-Identifier: AGPL-3.0-or-later
"""Spoilers over what a glance must not see: the right letters, counted as Telegram counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Message
from bot.channels.telegram_shape import shape, units
from bot.channels.telegram_veil import veils


def covered(body):
    """The letters that a phone would hide, part by part."""
    raw = body["text"].encode("utf-16-le")
    return [
        raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in body.get("entities", ())
    ]


def hidden(text, *passages, side="ltr"):
    return [covered(b) for b in shape("5", Message(text, dir=side, hidden=passages))]


@pytest.mark.parametrize(("text", "passage"), [
    ("Voici : 1234", "1234"),
    ("🙂 Voici 🙂🙂 1234 fin", "1234"),  # each of these signs counts twice
    ("\u2066🙂1234\u2069", "1234"),
    ("1234", "1234"),
    ("a\n12\n34\nb", "12\n34"),
])  # fmt: skip
def test_exactly_the_passage_is_hidden(text, passage):
    assert hidden(text, passage) == [[passage]]


def test_every_occurrence_and_several_passages():
    assert hidden("12 et 12 puis mots", "12", "mots") == [["12", "12", "mots"]]


def test_marks_of_direction_move_nothing():
    [[found]] = hidden("رقمك:\n1234 5678\nشكرا", "1234 5678", side="rtl")
    assert found.strip("\u200f") == "1234 5678"


def test_without_a_passage_there_is_no_entity():
    [body] = shape("5", Message("Bonjour"))
    assert "entities" not in body
    assert hidden("Bonjour", "absent", "") == [[]]


def test_a_passage_that_is_cut_is_hidden_in_every_part():
    words = " ".join(f"mot{n}" for n in range(1500))
    bodies = shape("5", Message(f"Réponse :\n\n{words}", dir="ltr", hidden=(words,)))
    assert len(bodies) > 1
    assert [covered(b)[0] for b in bodies[1:]] == [b["text"] for b in bodies[1:]]
    assert " ".join(covered(b)[0] for b in bodies).split() == words.split()
    assert covered(bodies[0])[0].startswith("mot0 ")


@given(st.text(min_size=1, max_size=60), st.data())
def test_any_text_and_any_part_of_it(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    passage = text[start : data.draw(st.integers(start + 1, len(text)))]
    for side in ("ltr", "rtl"):
        for body in shape("5", Message(text, dir=side, hidden=(passage,))):
            for entity in body.get("entities", ()):
                assert 0 <= entity["offset"] < units(body["text"])
                assert 0 < entity["length"] <= units(body["text"]) - entity["offset"]


@given(st.text(alphabet="ab 🙂\n", min_size=1, max_size=40))
def test_what_is_hidden_whole_is_hidden_whole(text):
    shown = text.strip()
    [entities] = veils(text, [shown], [text])
    if shown:
        assert entities == [{"type": "spoiler", "offset": 0, "length": units(shown)}]
