# SPDX-License-Identifier: AGPL-3.0-or-later
"""Folds keep what is alike together, in either script, and spread the rest."""

from collections import Counter
from itertools import count

import pytest

from nlu.alike import Shelf
from nlu.folds import crossed, dealt
from nlu.normalize import normalize
from nlu.phrases import Phrase, packaged, packaged_risks, read

WEATHER = (
    "quel temps fait-il demain", "va-t-il pleuvoir ce soir", "il neige sur les montagnes",
    "kif ghadi ykoun ljaw ghda", "كيف غادي يكون الجو غدا", "le soleil tape fort",
)  # fmt: skip
FOOD = (
    "je mange du couscous", "une recette de tajine", "kifach ntiyeb lmarqa",
    "بغيت ناكل الكسكسو", "le pain sort du four", "encore une assiette de harira",
)  # fmt: skip
PHRASES = [Phrase(text, "weather") for text in WEATHER] + [Phrase(text, "food") for text in FOOD]


def test_a_phrase_and_its_transliteration_are_alike():
    shelf = Shelf([normalize(text) for text in WEATHER])
    assert list(shelf.pairs(0.5)) == [(3, 4)]
    assert shelf.groups(0.5) == [0, 1, 2, 3, 3, 5]
    assert shelf.likeness(normalize(WEATHER[0])).argmax() == 0
    assert Shelf([]).groups(0.5) == []


def test_what_is_alike_stays_in_one_fold_and_labels_are_spread():
    place = dealt(PHRASES, 3)
    assert place[3] == place[4]
    spread = Counter((fold, each.label) for fold, each in zip(place, PHRASES, strict=True))
    assert len(spread) == 6
    assert dealt(PHRASES, 3) == place


def test_every_phrase_is_read_once_by_a_model_that_never_saw_it():
    pytest.importorskip("sklearn", reason="training needs scikit-learn")
    ticks = count()
    rounds = [told for told, _ in crossed(PHRASES, (), 3, lambda: float(next(ticks)))]
    assert sorted(each.phrase.text for told in rounds for each in told) == sorted(WEATHER + FOOD)
    assert {each.reading.label for told in rounds for each in told} <= {"weather", "food"}


def test_our_own_phrases_are_dealt_evenly():
    phrases = [*read(packaged()), *read(packaged_risks())][::4]
    place = dealt(phrases, 5)
    sizes = Counter(place)
    assert max(sizes.values()) - min(sizes.values()) < 0.03 * len(phrases)
