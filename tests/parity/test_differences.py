# SPDX-License-Identifier: AGPL-3.0-or-later
"""The comparison sees what a channel does wrong, and its table holds nothing that is not so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels import Message, Option
from tests.golden.scenes import LANGS
from tests.parity.differences import Glass, of, table
from tests.parity.phone import unread
from tests.parity.told import Heard

ASKED = Message("Êtes-vous là ?", (Option("yes@a.b", "Oui"), Option("no@a.b", "Non")))
TURN = Heard({"fr": "bonjour"}, (Message("Bonjour."), ASKED), ("seal_text",), 0, "= a.b told=yes")


def same(catalog, there: Heard, here: Heard = TURN, channel: str = "whatsapp") -> bool:
    return all(one == other for one, other in Glass(catalog, channel).both([there], [here]))


def said(*bubbles: Message) -> Heard:
    return replace(TURN, bubbles=bubbles)


def test_a_channel_may_merge_split_and_turn_what_it_says(catalog):
    merged = replace(ASKED, text=f"\u200fBonjour.\n\n\u2066{ASKED.text}\u2069")
    assert same(catalog, said(merged))
    assert same(
        catalog, said(Message("Bonjour."), Message("Êtes-vous"), replace(ASKED, text="là ?"))
    )


@pytest.mark.parametrize(
    "wrong",
    [
        said(Message("Bonjour.")),
        said(Message("Bonjour."), replace(ASKED, text="Êtes-vous")),
        said(ASKED, Message("Bonjour.")),
        said(Message("Bonjour."), replace(ASKED, options=ASKED.options[:1])),
        said(Message("Bonjour."), replace(ASKED, options=ASKED.options[::-1])),
        said(
            Message("Bonjour."),
            replace(ASKED, options=(Option("yes@a.b", "O…"), ASKED.options[1])),
        ),
        said(
            Message("Bonjour."), replace(ASKED, options=(Option("yes", "Oui"), ASKED.options[1]))
        ),
        said(Message("Bonjour."), replace(ASKED, attachments=(unread("document", "a.pdf"),))),
        replace(TURN, effects=()),
        replace(TURN, alarms=1),
        replace(TURN, standing="= a.c told=yes"),
        replace(TURN, standing="= a.b"),
    ],
)
def test_whatever_else_differs_is_seen(catalog, wrong):
    assert not same(catalog, wrong)
    assert not same(catalog, TURN, wrong)


def test_a_turn_that_only_one_of_two_had_is_seen(catalog):
    both = Glass(catalog, "web").both([TURN, TURN], [TURN])
    assert [one == other for one, other in both] == [True, False]


@pytest.mark.parametrize("channel", ["telegram", "whatsapp", "web"])
def test_what_one_channel_may_another_may_not(catalog, channel):
    """Telegram's own button, and its own line, on each channel."""
    more = (*ASKED.options, Option("wipe@leave.bye", "Vider"))
    assert same(catalog, said(TURN.bubbles[0], replace(ASKED, options=more)), channel=channel) is (
        channel == "telegram"
    )
    veil = Message(catalog.texts["fr"]["complaint.filed_veiled"])
    assert same(catalog, said(veil, *TURN.bubbles), channel=channel) is (channel == "telegram")


def test_a_text_of_the_channels_own_is_the_same_text(catalog):
    texts = catalog.texts["fr"]
    own, general = said(Message(texts["leave.goodbye_whatsapp"])), Message(texts["leave.goodbye"])
    assert same(catalog, own, said(general))
    assert not same(catalog, own, said(general), channel="web")
    assert not same(catalog, own, said(Message(texts["leave.stopped"])))


def test_every_text_of_a_channels_own_stands_in_the_table(catalog):
    named = {line.becomes for line in table() if line.kind == "text"}
    for channel in ("telegram", "whatsapp", "web"):
        for key in catalog.keys:
            general, found, _ = key.partition(f"_{channel}")
            if found and key.endswith(f"_{channel}") and catalog.has(general):
                assert key in named


def test_every_line_names_what_there_is_and_says_why(catalog):
    for line in table():
        assert len(line.why.split()) > 3
        if line.kind in {"text", "only", "question", "ends"}:
            assert catalog.has(line.what)
        if line.kind == "text":
            assert catalog.has(line.becomes)


def test_every_line_is_needed_by_some_scene(tell, catalog):
    """A difference that no scene shows any more must leave the table."""
    from tests.golden.scenes import scenes  # noqa: PLC0415

    for channel in ("telegram", "whatsapp", "web"):
        glass = Glass(catalog, channel)
        for scene in scenes():
            for lang in LANGS:
                there, here = (
                    tell(scene, lang, phone, channel) for phone in (channel, "terminal")
                )
                list(glass.both(there, here))
        wanted = {line for line in table() if line.channel == channel and line.kind != "turn"}
        assert wanted - glass.used == set()
    assert {line.what for line in of("web", "turn")} <= {
        key for s in scenes() for t in s.turns for key in t
    }
