# SPDX-License-Identifier: AGPL-3.0-or-later
"""What holds of a reading whichever engine tells its label: one contract, two engines."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nlu import INTENTS, RISKS, SITUATIONS
from nlu.evaluate import evaluate
from nlu.labels import VARIETIES
from nlu.phrases import Source, read

NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)
LABELS = {*SITUATIONS, *INTENTS}
HELDOUT = sorted((Path(__file__).parents[1] / "nlu" / "heldout").glob("*.yml"))

# One message a variety that no engine may miss.
PLAIN = [
    ("wa7ed kayhddni ynchr tsawri ila ma khlstch", "ar", "threat_to_publish"),
    ("واحد كيهددني ينشر تصاوري إلا ما خلصتوش", "ar", "threat_to_publish"),
    ("quelqu'un menace de publier mes photos", "fr", "threat_to_publish"),
    ("شخص يهددني بنشر صوري على الإنترنت", "ar", "threat_to_publish"),
    ("on a piraté mon compte facebook", "fr", "hacked_account"),
    ("bghit nsifet chikaya", "ar", "file_complaint"),
    ("merci beaucoup", "fr", "thank"),
]
STRANGE = [
    "", " ", "\u200f\u200b", "?!", "2000", "🙏", "\ud800", "\x00", "ــــ", "[a](b)",
    '{"text": 1}', "/restart", "/greet{}", "a" * 5000, "لا " * 4000, "'; drop table",
]  # fmt: skip


@pytest.mark.parametrize(("text", "language", "label"), PLAIN)
def test_a_plain_message_is_understood(engine, text, language, label):
    reading = engine.read(text, NOW)
    assert (reading.language, reading.label) == (language, label)


@pytest.mark.parametrize("text", STRANGE)
def test_whatever_is_said_there_is_a_whole_reading(engine, text):
    reading = engine.read(text, NOW)
    assert reading.label in LABELS
    assert reading.runner_up in LABELS
    assert 0 <= reading.confidence <= 1
    assert set(reading.labels) <= LABELS
    assert len(reading.labels) <= 3
    assert reading.variety in VARIETIES
    assert set(reading.risks) <= set(RISKS)
    json.dumps(reading.as_json())


def test_figures_alone_are_never_a_situation(engine):
    for text in ("2000", "٢٠٠٠", "06", "?"):
        assert engine.read(text, NOW).doubt


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("je veux mourir", "self_harm"),
        ("bghit nmout", "self_harm"),
        ("بغيت نقتل راسي", "self_harm"),
        ("il est devant ma porte avec un couteau", "physical_danger"),
    ],
)
def test_a_danger_is_heard_and_never_doubted(engine, text, risk):
    reading = engine.read(text, NOW)
    assert risk in reading.risks
    assert not reading.doubt


def test_language_risks_and_entities_are_the_embedded_engines_own(engine, reader):
    for text in (
        "3ndi 16 3am, wa7ed f insta bgha 500 dh 9bel ghda m3a 8",
        "mon fils de 15 ans, on lui demande 3000dh sur snap avant ce soir",
    ):
        mine, theirs = reader.read(text, NOW), engine.read(text, NOW)
        assert (theirs.language, theirs.variety) == (mine.language, mine.variety)
        assert set(theirs.risks) >= {"minor", "money_demanded"}
        assert theirs.entities.age == mine.entities.age
        assert theirs.entities.amount == mine.entities.amount
        assert theirs.entities.platform == mine.entities.platform


def test_a_phrase_is_read_the_same_twice(engine):
    text = "salam, un mec 3ndo tsawri o bgha lflous"
    assert engine.read(text, NOW) == engine.read(text, NOW)


def test_held_out_phrases_are_mostly_understood(engine):
    scores = evaluate(engine, read([Source(file) for file in HELDOUT]), time.perf_counter)
    assert scores.accuracy >= 0.85
    assert scores.sure_and_wrong <= 0.08
