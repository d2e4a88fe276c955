# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad retention`` shows what is due without touching it, and destroys it when told."""

from __future__ import annotations

import os
import time

import pytest

from flows.model import FileCase, Keep, Subscribe

CANARY = "canary-zitouna"


@pytest.fixture
def aged(house):
    """A draft past its 72 hours with a file, one within them, a filed case, an old closed one."""
    old = house.person("1")
    old.does(Keep("story"), text=CANARY, hours_ago=80)
    name = old.sends_file(b"x" * 5000)
    past = time.time() - 80 * 3600
    os.utime(house.data / "files" / name, (past, past))
    house.person("2").does(Keep("story"), text=CANARY, hours_ago=70)
    filed = house.person("3").does(Keep("story"), FileCase(), text=CANARY, hours_ago=500)
    closed = house.person("4").does(Keep("story"), FileCase(), text=CANARY, hours_ago=2500)
    house.done("cases", "close", closed)
    ended = int(time.time()) // 3600 * 3600 - 91 * 24 * 3600
    house.person("5").does(Subscribe(), hours_ago=400)
    with house.opened() as ledger:
        sql = "update cases set closed = ? where id = ?"
        ledger.store.write_now(lambda run: run.execute(sql, (ended, closed)))
        ((wrapped,),) = ledger.store.read("select wrapped from cases where id = ?", (closed,))
    return filed, name, wrapped


def counted(output):
    pairs = [line.split() for line in output.split("now:")[1].splitlines() if line.strip()]
    return {what: int(count) for what, count in pairs}


def test_what_is_due_is_counted_and_nothing_changes(house, aged):
    before = house.rows("select id, stage from cases order by id")
    shown = house.done("retention")
    assert counted(shown) == {"drafts": 1, "contacts": 2, "closed": 1, "files": 1, "rows": 0}
    assert "72 h of silence" in shown
    assert "90 days" in shown
    assert house.rows("select id, stage from cases order by id") == before
    assert house.rows("select count(*) from contact") == [(5,)]
    assert len(list((house.data / "files").iterdir())) == 1


def test_run_destroys_exactly_that(house, aged):
    filed, name, wrapped = aged
    due = counted(house.done("retention"))
    assert counted(house.done("retention", "--run")) == due
    stages = dict(house.rows("select id, stage from cases"))
    assert stages[filed] == "filed"
    assert sorted(stages.values()) == ["draft", "filed"]
    assert house.rows("select count(*) from contact where tips = 'fr'") == [(1,)]
    assert not (house.data / "files" / name).exists()
    stored = b"".join(path.read_bytes() for path in house.data.rglob("*") if path.is_file())
    assert wrapped not in stored, "shredded means gone from database and log"
    assert counted(house.done("retention")) == dict.fromkeys(due, 0)


def test_the_lifetimes_are_the_configured_ones(house, aged):
    house.env |= {"SANAD_DRAFT_HOURS": "60", "SANAD_CLOSED_DAYS": "120"}
    shown = house.done("retention")
    assert "60 h of silence" in shown
    assert counted(shown)["drafts"] == 2
    assert counted(shown)["closed"] == 0
