# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages that Meta approves: what it would refuse is named first, and they betray nothing."""

from __future__ import annotations

import re

import pytest
from kapso_whatsapp import build_template_definition

import content
from bot import window
from tests.standins.graph_referee import judge_template

KEEP_NAME = window.KEEP.partition(".")[2]
GOOD = "note: {category: utility, buttons: [label.ok]}\n"


@pytest.fixture
def shelf(shelf):
    """One template without a fault."""
    shelf.write("templates.yaml", GOOD)
    shelf.both("templates", "note: A word waits.\n")
    shelf.both("label", "ok: Show\n")
    return shelf


def test_a_good_template_has_no_fault_and_is_in_the_catalog(shelf):
    assert content.faults(shelf.root) == []
    assert content.load(shelf.root).approved("fr", "note") == {
        "name": "note",
        "language": "fr",
        "category": "UTILITY",
        "components": [
            {"type": "BODY", "text": "A word waits."},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Show"}]},
        ],
    }


WRONG = [
    ("templates.yaml", "Note: {category: utility}\n", "a name is"),
    ("templates.yaml", "note: {category: poem}\n", "category 'poem'"),
    ("templates.yaml", "note: {category: utility, colour: red}\n", "unknown field colour"),
    ("templates.yaml", "note: words\n", "not a category"),
    ("templates.yaml", "note: {category: utility, buttons: [label.no]}\n", "no such button"),
    ("templates.yaml", f"{GOOD}more: {{category: utility}}\n", "no words: templates.more"),
    ("templates.yaml", "{}\n", "no template of this name"),
    ("fr/templates.yaml", "note: '{who} writes to you.'\n", "at the beginning or the end"),
    ("fr/templates.yaml", "note: 'This is from {who}.'\n", "at the beginning or the end"),
    ("fr/templates.yaml", "note: 'This {who} is here.'\n", "an example for every placeholder"),
    ("fr/templates.yaml", "note: {text: x, promise: stored, otherwise: t.b}\n", "a promise"),
    ("fr/templates.yaml", "other: A word waits.\n", "no words: templates.note"),
]  # fmt: skip


@pytest.mark.parametrize("row", WRONG, ids=[row[2] for row in WRONG])
def test_a_fault_is_named(shelf, row):
    name, text, why = row
    shelf.write(name, text)
    assert any(why in fault for fault in content.faults(shelf.root)), content.faults(shelf.root)


def test_placeholders_are_numbered_in_the_order_of_the_words(shelf):
    shelf.write("templates.yaml", "note: {category: utility, example: {a: one, b: two}}\n")
    shelf.both("templates", "note: 'First {b}, then {a}, then {b} again.'\n")
    assert content.faults(shelf.root) == []
    [body] = content.load(shelf.root).approved("fr", "note")["components"]
    assert body["text"] == "First {{1}}, then {{2}}, then {{1}} again."
    assert body["example"] == {"body_text": [["two", "one"]]}


@pytest.fixture(scope="module")
def shipped():
    return content.load()


def test_what_we_ship_is_what_meta_takes(shipped):
    assert set(shipped.templates) == {"answer_waiting", "keep_line", "tip"}
    for name in shipped.templates:
        for lang in shipped.languages:
            asked = shipped.approved(lang, name)
            assert judge_template(asked) == asked
            assert build_template_definition(**asked) == asked


BETRAYS = r"chantage|menac|plainte|conseill|aide|centre|sanad|danger|image|photo|intime"
BETRAYS += r"|ابتزاز|تهديد|شكاية|مستشار|مساعدة|مركز|سند|خطر|صور"


def test_whoever_holds_the_phone_learns_nothing_from_them(shipped):
    for one in shipped.templates.values():
        for lang in shipped.languages:
            said = [shipped.texts[lang][key] for key in (one.key, *one.buttons)]
            assert not re.search(BETRAYS, " ".join(said), re.IGNORECASE)


def test_nobody_is_written_to_beyond_what_they_asked_for(shipped):
    """What goes to many is marketing: then Meta's own stop button ends it."""
    kinds = {name: one.category for name, one in shipped.templates.items()}
    assert kinds == {"answer_waiting": "utility", "keep_line": "utility", "tip": "marketing"}


def test_what_the_bot_sends_after_a_day_is_among_them_with_as_many_buttons(shipped):
    assert len(shipped.templates[window.TEMPLATE].buttons) == 1  # the one that window.py fills
    assert KEEP_NAME in shipped.templates
    assert shipped.has(window.KEEP)
