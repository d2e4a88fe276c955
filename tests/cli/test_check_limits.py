# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad check`` refuses what a messenger would cut: each limit, and one step beyond it."""

from __future__ import annotations

from dataclasses import replace

import pytest

import content
import flows
import nlu
from bot.channels import Message, Option
from bot.channels.telegram_shape import LIMITS, shape, units
from bot.cli.check import WHATSAPP, limits
from flows.script import Choice


@pytest.fixture(scope="module")
def catalog():
    return content.load()


@pytest.fixture(scope="module")
def script(catalog):
    return flows.load(catalog.keys, nlu.SITUATIONS)


def with_choices(script, node, *choices):
    changed = replace(script.nodes[node], choices=choices)
    return replace(script, nodes={**script.nodes, node: changed})


def choice(ident):
    return Choice(ident, "label.menu", "guide.menu")


def test_what_ships_fits(script, catalog):
    assert list(limits(script, catalog)) == []


@pytest.mark.parametrize("letter", ["a", "م"])
def test_a_button_of_64_bytes_fits_and_one_of_65_does_not(script, catalog, letter):
    at = "@leave.bye"
    room = (LIMITS.option_bytes - len(at)) // len(letter.encode())
    fits = letter * room + "a" * ((LIMITS.option_bytes - len(at)) % len(letter.encode()))
    assert len(f"{fits}{at}".encode()) == 64
    assert list(limits(with_choices(script, "leave.bye", choice(fits)), catalog)) == []
    [fault] = set(limits(with_choices(script, "leave.bye", choice(f"{fits}a")), catalog))
    assert "65 bytes, Telegram takes 64" in fault


def test_more_buttons_than_a_list_has_rows(script, catalog):
    many = [choice(f"c{n}") for n in range(WHATSAPP.options + 1)]
    assert list(limits(with_choices(script, "leave.bye", *many[:-1]), catalog)) == []
    found = set(limits(with_choices(script, "leave.bye", *many), catalog))
    assert all("11 buttons" in fault for fault in found)
    assert found


@pytest.mark.parametrize(("key", "most", "said"), [
    ("label.menu", WHATSAPP.label, "a button shows 20"),
    ("leave.goodbye", WHATSAPP.under, "a bubble shows 1024"),
])  # fmt: skip
def test_a_text_longer_than_what_shows_it(script, catalog, key, most, said):
    for size, faults in ((most, 0), (most + 1, 1)):
        texts = {**catalog.texts, "fr": {**catalog.texts["fr"], key: "é" * size}}
        found = list(limits(script, replace(catalog, texts=texts)))
        assert len(found) == faults
        assert all(said in fault and key in fault for fault in found)


def test_one_text_of_ours_is_one_message_of_telegrams(script, catalog):
    assert WHATSAPP.under * 3 <= LIMITS.text  # three texts under one another still fit
    for key in catalog.keys:
        for lang in catalog.languages:
            message = Message(catalog.texts[lang][key], options=(Option("a", "b"),))
            [body] = shape("5", message)
            assert units(body["text"]) <= LIMITS.text
