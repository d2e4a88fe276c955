# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad holdings`` counts everything that is held and says nothing of what it is."""

from __future__ import annotations

import json

from flows.model import Escalate, FileCase, Keep, Say, Subscribe

CANARY = "canary-zitouna"


def held(house):
    lines = [json.loads(line) for line in house.done("holdings", "--json").splitlines()]
    return {(line["what"], line["kind"]): (line["count"], line["oldest_hours"]) for line in lines}


def test_everything_is_counted_with_its_age(house):
    hello = Say(("talk.hello",))
    house.person("1").does(Keep("story"), hello, text=CANARY, hours_ago=5)
    house.person("2").does(Keep("story"), FileCase(), text=CANARY, hours_ago=50)
    house.person("3").does(Keep("story"), Escalate("danger"), text=CANARY, hours_ago=2)
    house.person("4").does(hello, Subscribe(), hours_ago=9)
    closed = house.person("5").does(Keep("story"), FileCase(), text=CANARY, hours_ago=70)
    house.done("cases", "close", closed)
    house.person("6").does(Keep("story"), FileCase(), text=CANARY)
    house.person("6").sends_file(b"x" * 5000)
    with house.opened() as ledger:
        sql = "update outbox set parked = 'blocked' where kind = 'say' and id ="
        sql += " (select max(id) from outbox where kind = 'say')"
        ledger.store.write_now(lambda run: run.execute(sql))
    found = held(house)
    ages = {key: (count, age) for key, (count, age) in found.items() if age is not None}
    assert ages["contacts", None][0] == 6
    assert ages["contacts", None][1] in {70, 71}
    assert ages["drafts", None][0] == 1
    assert ages["drafts", None][1] in {5, 6}
    assert {key[1]: count for key, (count, _) in found.items() if key[0] == "cases"} == {
        "alarmed": 1, "closed": 1, "filed": 2,
    }  # fmt: skip
    assert ages["subscriptions", "fr"][0] == 1
    stories, summaries, file_and_note = 5, 3, 2
    assert found["entries", None][0] == stories + summaries + file_and_note
    assert found["outbox", "alarm"][0] == 6
    assert found["outbox", "say"] == (1, 0)
    assert found["parked", "say: blocked"] == (1, 0)
    assert found["waiting files", None] == (0, None)
    assert found["files", None] == (1, 0)


def test_the_bytes_on_the_disk_are_counted(house):
    person = house.person()
    person.does(Keep("story"), text=CANARY)
    name = person.sends_file(b"x" * 5000)
    size = (house.data / "files" / name).stat().st_size
    (line,) = [
        json.loads(x) for x in house.done("holdings", "--json").splitlines() if '"files"' in x
    ]
    assert line["bytes"] == size
    assert f"{size} bytes" in house.done("holdings")


def test_no_content_and_nobody_is_shown(house):
    person = house.person("77001")
    case = person.does(Keep("story"), FileCase(), text=CANARY, situation="deepfake")
    shown = house.done("holdings") + house.done("holdings", "--json")
    for word in (CANARY, "77001", case, "deepfake", person.digits):
        assert word not in shown
