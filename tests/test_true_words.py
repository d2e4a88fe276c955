# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever the bot said in a conversation: each number and address in it is a fact, or theirs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import content

GOLDEN = Path(__file__).parent / "golden"
ADDRESS = re.compile(r"(?:https?://)?(?:[\w-]+\.)+(?:ma|org|com|net|fr|uk|gov)(?:/[\w./?=-]*)?")
NUMBER = re.compile(r"(?<![\w{])\d[\d.\-]*\d|(?<![\w{.])\d+")
BUBBLE = re.compile(r"^‹ .*(?:\n  .*)*", re.MULTILINE)
STEP = re.compile(r"^(?:‹ |  )\d\. ", re.MULTILINE)
CLOCK = re.compile(r"\d{2}/\d{2}(?:/\d{4})?|\b\d{1,2}(?::\d{2}| h\b)|(?<=على الساعة )\d{1,2}")
OURS = {"18", "72", "47", "9"}  # an age, lifetimes of ours, an hour of the morning
FACTS = content.load().facts.values()
VALUES = " ".join(value for fact in FACTS for lang in fact.values.values()
                  for value in lang.values())  # fmt: skip
KNOWN = {*NUMBER.findall(VALUES), *re.findall(r"\d+", VALUES)}
SAID = re.compile(r"^› .*(?:\n  .*)*", re.MULTILINE)


SHUT = [content.load().text(lang, "talk.kept") for lang in ("ar", "fr")]


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_every_number_and_address_said_is_a_fact_or_the_persons_own(path):
    text = path.read_text(encoding="utf-8")
    theirs = {*re.findall(r"\d+", " ".join(SAID.findall(text)))}
    for bubble in BUBBLE.findall(text):
        for address in ADDRESS.findall(bubble):
            assert address.rstrip("./") in VALUES, address
        bare = CLOCK.sub("", STEP.sub("", ADDRESS.sub("", bubble)))
        strange = {*NUMBER.findall(bare)} - KNOWN - OURS - theirs
        assert strange == set(), bubble


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_nobody_hears_that_nobody_can_open_it_in_the_turn_that_opens_it(path):
    for turn in path.read_text(encoding="utf-8").split("\n› "):
        said = " ".join(turn.split())
        shut = any(" ".join(text.split()) in said for text in SHUT)
        assert not (shut and re.search(r"^! .*escalate", turn, re.MULTILINE)), said
