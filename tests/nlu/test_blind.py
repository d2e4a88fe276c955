# SPDX-License-Identifier: AGPL-3.0-or-later
"""First messages by somebody who had seen none of our phrases, in folders by the language due."""

import pytest

from nlu.phrases import read, within
from tests.nlu.floors import BLIND, NOW

FEW = 2  # words


@pytest.fixture(scope="module")
def found(reader):
    return [
        (folder.name, phrase, reader.read(phrase.text, NOW))
        for folder in sorted(BLIND.iterdir())
        for phrase in read(within(folder))
    ]


def share(hits):
    hits = list(hits)
    return sum(hits) / len(hits)


def test_the_language_is_right(found):
    right = [(phrase, reading.language == due) for due, phrase, reading in found]
    assert share(hit for _, hit in right) >= 0.99
    assert share(hit for phrase, hit in right if phrase.variety == "arabizi") >= 0.98
    assert share(hit for phrase, hit in right if len(phrase.text.split()) <= FEW) >= 0.98


def test_the_label_is_right_or_the_runner_up_and_what_is_not_in_doubt_is_sure(found):
    read_ = [(phrase.label, reading) for _, phrase, reading in found]
    assert share(reading.label == label for label, reading in read_) >= 0.93
    assert share(label in {reading.label, reading.runner_up} for label, reading in read_) >= 0.96
    assert share(reading.doubt for _, reading in read_) <= 0.15
    sure = [reading.label == label for label, reading in read_ if not reading.doubt]
    assert share(sure) >= 0.97


@pytest.mark.parametrize("variety", ["darija", "arabizi", "fr", "msa", "mixed"])
def test_each_variety_is_understood(found, variety):
    of = [(p, reading) for _, p, reading in found if p.variety == variety]
    assert share(reading.label == phrase.label for phrase, reading in of) >= 0.87
