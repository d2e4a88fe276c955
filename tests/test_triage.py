# SPDX-License-Identifier: AGPL-3.0-or-later
"""Triage is data: every rule decides something, says why, and minds the time that is left."""

from __future__ import annotations

import pytest

import content
import flows
import nlu
from flows.model import State, World
from flows.script import Rule

SCRIPT = flows.load(content.load().keys, nlu.SITUATIONS)
NOW = World(now=1e9)
HOUR = 3600
# What a condition of triage is derived from, where it is no note itself.
BEHIND = {
    "minor": lambda _: {"age_band": "minor"},
    "threat": lambda _: {"threatened": "yes"},
    "deadline_within": lambda hours: {"deadline_at": str(int(1e9 + (int(hours) - 1) * HOUR))},
}


def notes(rule: Rule) -> dict[str, str]:
    """The fewest notes with which the rule holds."""
    found: dict[str, str] = {}
    for name, values in rule.when:
        found |= BEHIND.get(name, lambda value, name=name: {name: value})(values[0])
    return found


def level(**found: str) -> str:
    return flows.urgency(SCRIPT, State("guide.menu", notes=found), NOW)


@pytest.mark.parametrize("rule", SCRIPT.triage, ids=lambda rule: str(rule.when))
def test_a_rule_decides_what_it_says_and_gives_its_reason(rule):
    assert level(**notes(rule)) == rule.urgency
    assert len(rule.why.split()) >= 5
    assert rule.why.endswith(".")


@pytest.mark.parametrize("rule", SCRIPT.triage[:-1], ids=lambda rule: str(rule.when))
def test_no_rule_stands_there_for_nothing(rule):
    """Without its last condition the rule does not hold: nothing else decides the same."""
    found = notes(rule)
    found.popitem()
    assert level(**found) != rule.urgency


@pytest.mark.parametrize(
    ("hours", "told"),
    [(47, "urgent"), (48, "urgent"), (49, "normal"), (-23, "urgent"), (-25, "normal")],
)
def test_an_ultimatum_presses_from_two_days_before_to_one_day_after(hours, told):
    assert level(deadline_at=str(int(1e9 + hours * HOUR))) == told
