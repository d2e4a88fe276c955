# SPDX-License-Identifier: AGPL-3.0-or-later
"""Phrases never trained on: a floor for the whole, for each cell, and each failure by name."""

import time

import pytest

from nlu.evaluate import outcomes, summary
from nlu.figures import figures
from nlu.labels import INTENTS, SITUATIONS, VARIETIES
from tests.nlu.floors import FLOORS, held, kept, known, measured, wrong

HELD = held()
PHRASES = [each.phrase for each in HELD]
KNOWN = known()
FLOOR = kept(FLOORS)
CELLS = [(label, variety) for label in (*SITUATIONS, *INTENTS) for variety in VARIETIES]


def listed(phrase):
    return (phrase.variety, phrase.label, phrase.text) in KNOWN


@pytest.fixture(scope="module")
def found(reader):
    return outcomes(reader, PHRASES, time.perf_counter)


@pytest.fixture(scope="module")
def now(found):
    return measured(found)


@pytest.fixture(scope="module")
def right(found):
    return {each.name: outcome.right for each, outcome in zip(HELD, found, strict=True)}


def test_every_label_is_held_out_in_every_variety():
    assert {(phrase.label, phrase.variety) for phrase in PHRASES} == {*CELLS}


def test_what_is_listed_is_still_held_out():
    assert {(phrase.variety, phrase.label, phrase.text) for phrase in PHRASES} >= KNOWN


def test_the_whole(reader, found):
    scores, told = summary(reader, found), figures(found)
    assert scores.accuracy >= 0.92
    assert scores.macro_f1 >= 0.92
    assert scores.model_bytes < 16_000_000
    assert told.runner_up.value >= 0.95
    assert told.coverage.value >= 0.85
    assert told.sure.value >= 0.97


@pytest.mark.parametrize("variety", VARIETIES)
def test_each_variety(found, variety):
    assert figures(found).varieties[variety].value >= 0.88


@pytest.mark.parametrize(("label", "variety"), CELLS)
def test_no_cell_falls_below_its_floor(now, label, variety):
    floor = FLOOR["cells"][label][variety]
    share = now["cells"][label][variety]
    assert share.split("/")[1] == floor.split("/")[1], "held-out phrases changed: make floors"
    assert wrong(share) <= wrong(floor)


@pytest.mark.parametrize(
    "risk", ["danger", *sorted({risk for each in PHRASES for risk in each.risks})]
)
def test_no_risk_is_missed_or_imagined_more_often(now, risk):
    floor = FLOOR["risks"][risk]
    assert now["risks"][risk]["missed"] <= floor["missed"]
    assert now["risks"][risk]["imagined"] <= floor["imagined"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            each.name,
            marks=[pytest.mark.xfail(reason="listed in known.yml", strict=True)]
            if listed(each.phrase)
            else [],
        )
        for each in HELD
    ],
)
def test_each_phrase_is_read_right_or_listed(right, name):
    assert right[name]
