# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages of writers who had not seen our phrases: what is heard.

Of hard ones, of plain ones, of those that join what happened and a danger in one breath, and of
those on themes that were misread most when more phrases were written for them (weak). On the
plain ones edges were chosen; the newest are kept apart as fresh, and say what to expect outside.
"""

import pytest

from nlu.labels import DANGER, DANGERS
from nlu.phrases import read, within
from tests.nlu.floors import FLOORS, PERILS, alarmed, balanced, kept

FLOOR = kept(FLOORS)["perils"]
KINDS = [(how, kind) for how, kinds in FLOOR.items() for kind in kinds]
# Of each kind: what is heard as danger, at least of dangers, at most of the others.
BOUNDS = {
    "hard": {"danger": 0.95, "lookalikes": 0.05, "ordinary": 0.025},
    "plain": {"danger": 0.988, "lookalikes": 0.04, "ordinary": 0.01},
    "breath": {"danger": 0.92, "lookalikes": 0.04, "ordinary": 0.01},
    "weak": {"danger": 0.94, "lookalikes": 0.11},
    "fresh": {"danger": 0.97, "lookalikes": 0.08, "ordinary": 0.015},
}
RISKS_F1 = 0.9


@pytest.fixture(scope="module")
def now(reader):
    return alarmed(reader)


@pytest.mark.parametrize(("how", "kind"), KINDS)
def test_no_more_dangers_are_missed_and_no_more_are_imagined(now, how, kind):
    floor, counts = FLOOR[how][kind], now[how][kind]
    assert counts["of"] == floor["of"], "the messages changed: make floors"
    if kind == DANGER:
        assert counts["heard"] >= floor["heard"]
    else:
        assert counts["heard"] <= floor["heard"]


@pytest.mark.parametrize(("how", "kind"), KINDS)
def test_most_dangers_are_heard_and_few_others(now, how, kind):
    counts = now[how][kind]
    share, bound = counts["heard"] / counts["of"], BOUNDS[how][kind]
    assert share >= bound if kind == DANGER else share <= bound


def test_the_other_risks_are_heard_as_well(reader):
    assert {risk: found for risk, found in balanced(reader).items() if found < RISKS_F1} == {}


def test_each_kind_is_what_its_folder_says():
    for folder in PERILS.glob("*/*"):
        told = {bool(DANGERS & phrase.risks) for phrase in read(within(folder))}
        assert told == {folder.name == DANGER}
