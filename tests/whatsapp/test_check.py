# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad check`` refuses what a phone with WhatsApp could not show whole."""

from __future__ import annotations

from dataclasses import replace

import content
from bot.app import script_of
from bot.channels.whatsapp_shape import LIMITS, parts, shape
from bot.cli.check import limits
from bot.render import Standing, render

CATALOG = content.load()
SCRIPT = script_of(CATALOG)


def with_text(key: str, text: str) -> content.Catalog:
    texts = {lang: {**of, key: text} for lang, of in CATALOG.texts.items()}
    return replace(CATALOG, texts=texts)


def test_what_we_ship_fits():
    assert list(limits(SCRIPT, CATALOG)) == []


def test_a_label_longer_than_a_button_is_refused():
    found = set(limits(SCRIPT, with_text("label.menu", "x" * (LIMITS.label + 1))))
    assert found == {
        f"{lang}/label.menu: 21 characters, a button shows 20" for lang in ("ar", "fr")
    }


def test_a_text_longer_than_a_bubble_with_buttons_is_refused():
    found = set(limits(SCRIPT, with_text("talk.age", "x" * (LIMITS.under + 1))))
    assert found == {
        f"{lang}/talk.age: 1025 characters, a bubble shows 1024" for lang in ("ar", "fr")
    }


def test_every_question_of_the_flows_is_one_bubble_with_whole_labels():
    for name, node in SCRIPT.nodes.items():
        options = [(choice.id, choice.label) for choice in node.choices][: LIMITS.options]
        for lang in CATALOG.languages:
            for line in node.ask:
                key = SCRIPT.key(line.key, None, "whatsapp")
                if not options or not CATALOG.has(key):
                    continue
                body = {"texts": [key], "options": options, "at": name, "lang": lang}
                holes = dict.fromkeys(("deadline", "reminder", "until", "receipt", "words"), "x")
                message = render(CATALOG, {**body, "values": holes}, Standing())
                [part] = parts(message)
                asks = shape("1", part)["interactive"]
                assert "description" not in str(asks), name
