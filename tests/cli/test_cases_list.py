# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad cases list`` puts the most urgent case first and knows no content."""

from __future__ import annotations

import time

from flows.model import Escalate, FileCase, Keep

CANARY = "zitouna qamar 0612345678"


def lodged(house, to, *, urgency="normal", hours_ago=0.0, **notes):
    return house.person(to).does(
        Keep("story"), FileCase(), text=CANARY, urgency=urgency, hours_ago=hours_ago, **notes
    )


def deadline(hours):
    return str(int(time.time() + hours * 3600))


def test_danger_then_urgent_then_normal_then_deadline_then_age(house):
    old = lodged(house, "1", hours_ago=30)
    new = lodged(house, "2", hours_ago=2)
    passed = lodged(house, "3", hours_ago=40, deadline_at=deadline(-30))
    late = lodged(house, "4", urgency="urgent", deadline_at=deadline(40))
    soon = lodged(house, "5", urgency="urgent", deadline_at=deadline(5))
    danger = house.person("6").does(
        Keep("story"), Escalate("danger"), text=CANARY, urgency="danger", danger="physical"
    )
    missed = lodged(house, "7", urgency="urgent", deadline_at=deadline(-2))
    order = [line["id"] for line in house.listed()]
    assert order == [danger, missed, soon, late, passed, old, new]


def test_a_line_says_what_helps_to_choose(house):
    case = lodged(
        house, "1", urgency="urgent", hours_ago=3,
        situation="threat_to_publish", platform="instagram", age_band="minor",
        deadline_at=deadline(6.02),
    )  # fmt: skip
    (line,) = house.listed()
    since = line.pop("since")
    assert since % 3600 == 0
    assert line == {
        "id": case, "stage": "filed", "urgency": "urgent", "situation": "threat_to_publish",
        "platform": "instagram", "minor": True, "deadline_hours": 6.0, "waiting_hours": 3,
        "taken": None, "entries": 2, "answers": 0,
    }  # fmt: skip
    header, row = house.done("cases", "list").splitlines()
    assert header.split()[:3] == ["ID", "STAGE", "URGENCY"]
    cells = ["filed", "urgent", "threat_to_publish", "instagram", "yes", "6", "3", "-", "2", "0"]
    assert row.split() == [case, *cells]


def test_drafts_and_closed_cases_are_not_listed_and_no_word_ever_is(house):
    house.person("1").does(Keep("story"), text=CANARY)
    closed = lodged(house, "2")
    house.done("cases", "close", closed)
    alarmed = house.person("3").does(Keep("story"), Escalate("urgent"), text=CANARY)
    (line,) = house.listed()
    assert (line["id"], line["stage"], line["minor"]) == (alarmed, "alarmed", None)
    shown = house.done("cases", "list") + house.done("cases", "list", "--json")
    assert not set(CANARY.split()) & set(shown.replace('"', " ").split())


def test_an_empty_list_and_an_empty_folder_are_said(house):
    assert "no bot has run" in house.refused("cases", "list")
    with house.opened():
        pass
    assert house.done("cases", "list") == "No open case.\n"
