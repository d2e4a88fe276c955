# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages written to be hard by somebody who had not seen our phrases: what is heard in them."""

import pytest

from nlu.labels import DANGER, DANGERS
from nlu.phrases import read, within
from tests.nlu.floors import FLOORS, PERILS, alarmed, kept

FLOOR = kept(FLOORS)["perils"]


@pytest.fixture(scope="module")
def now(reader):
    return alarmed(reader)


@pytest.mark.parametrize("kind", sorted(FLOOR))
def test_no_more_dangers_are_missed_and_no_more_are_imagined(now, kind):
    assert now[kind]["of"] == FLOOR[kind]["of"], "the messages changed: make floors"
    if kind == DANGER:
        assert now[kind]["heard"] >= FLOOR[kind]["heard"]
    else:
        assert now[kind]["heard"] <= FLOOR[kind]["heard"]


def test_most_dangers_are_heard_and_few_others(now):
    shares = {kind: counts["heard"] / counts["of"] for kind, counts in now.items()}
    assert shares["danger"] >= 0.85
    assert shares["lookalikes"] <= 0.15
    assert shares["ordinary"] <= 0.01


def test_each_kind_is_what_its_folder_says():
    for folder in PERILS.iterdir():
        told = {bool(DANGERS & phrase.risks) for phrase in read(within(folder))}
        assert told == {folder.name == DANGER}
