# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad doctor`` finds each thing that is broken, says it in one line, and no secret."""

from __future__ import annotations

import time
from importlib.resources import files

import pytest

from bot.clock import HOUR_BITS
from bot.ledger import set_mark
from bot.service import ALIVE
from bot.vault.service import ServiceKey
from flows.model import Escalate, FileCase, Keep, Say


@pytest.fixture
def alive(house):
    """A bot with one conversation and a fresh sign of life."""
    house.person("1", channel="web").does(Say(("talk.hello",)), hours_ago=3)
    sign(house, 30)
    return house


def sign(house, seconds_ago):
    with house.opened() as ledger:
        now = str(int(time.time() - seconds_ago)).encode()
        ledger.store.write_now(lambda run: set_mark(run, ALIVE, now))


def change(house, sql, *values):
    with house.opened() as ledger:
        ledger.store.write_now(lambda run: run.execute(sql, values))


def findings(house):
    result = house.sanad("doctor")
    lines = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    bad = [said for well, said in lines if well == "BAD"]
    built = {"missing: sanad nlu train", "missing: make pages"}
    problems = [said for said in bad if not any(said.endswith(one) for one in built)]
    assert result.exit_code == (1 if bad else 0)
    return problems, result


def one(house):
    problems, _ = findings(house)
    assert len(problems) == 1, problems
    return problems[0]


def test_a_healthy_bot(alive):
    problems, result = findings(alive)
    assert problems == []
    assert "opens this database" in result.stdout
    assert "last sign of life 0 min ago" in result.stdout
    assert "2 to alarm" in result.stdout


def test_what_is_not_built_is_said(alive):
    _, result = findings(alive)
    pages = (files("bot") / "static" / "index.html").is_file()
    assert ("BAD  pages" in result.stdout) is not pages
    trained = (files("nlu") / "model").is_dir()
    assert ("BAD  model" in result.stdout) is not trained


def test_nothing_is_written(alive):
    before = (alive.data / "sanad.db").read_bytes()
    findings(alive)
    assert (alive.data / "sanad.db").read_bytes() == before


def test_configuration_faults_are_all_named_and_the_rest_is_still_looked_at(alive):
    alive.env |= {"SANAD_PORT": "soon", "SANAD_WEB": "maybe"}
    problems, result = findings(alive)
    assert [line for line in problems if line.startswith("configuration")] == problems
    assert len(problems) == 2
    assert "database       sound" in result.stdout


def test_a_missing_key_is_named(alive):
    del alive.env["SANAD_SERVICE_KEY_FILE"]
    assert "SANAD_SERVICE_KEY_FILE" in one(alive)


def test_a_key_that_is_not_this_databases(alive, tmp_path):
    other = ServiceKey.spell(ServiceKey.make())
    (tmp_path / "service.key").write_text(other)
    assert "another one than this database's" in one(alive)
    _, result = findings(alive)
    assert other not in result.output


def test_no_database_yet(house):
    assert "no bot has run" in one(house)


def test_a_damaged_database(alive):
    alive.person("2").does(Keep("story"), text="x" * 50_000)
    file = alive.data / "sanad.db"
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    file.write_bytes(data)
    problems, _ = findings(alive)
    assert any("damaged" in line for line in problems)


def test_a_newer_schema(alive):
    change(alive, "insert into _sqlite_migrations (migration_set, name) values ('sanad', 'next')")
    assert "newer than this program: next" in one(alive)


def test_others_may_read(alive):
    (alive.data / "sanad.db").chmod(0o644)
    assert "permissions" in one(alive)


def test_a_silent_bot(alive):
    sign(alive, 3600)
    assert "last sign of life 60 min ago" in one(alive)
    change(alive, "delete from mark where name = ?", ALIVE)
    assert "no sign of life yet" in one(alive)


def test_parked_rows_with_their_reason(alive):
    change(alive, "update outbox set parked = 'blocked'")
    assert "1 of kind say: blocked" in one(alive)


def test_a_row_that_should_have_gone(alive):
    alive.person("2").does(Say(("talk.hello",)), hours_ago=2)
    assert "oldest unsent: kind say, due 2 h ago" in one(alive)


def test_untaken_alarms_and_their_age(alive):
    alive.person("2").does(Keep("story"), Escalate("danger"), text="words")
    problems, result = findings(alive)
    assert problems == []
    assert "1 not taken, the oldest for" in result.stdout
    later = time.time() + 9000
    hour_ago = (3 << HOUR_BITS, later)  # a row's number tells the hour it was made in
    change(alive, "update outbox set id = id - ?, due = ? where kind = 'alarm'", *hour_ago)
    problems, _ = findings(alive)
    assert [problem.split(maxsplit=1)[1][:24] for problem in problems] == [
        "1 not taken, the oldest ",
        "one has not got through ",
    ]
    change(alive, "update cases set alarm = 'delivered'")
    assert "not taken" in one(alive)
    alive.done("cases", "take", alive.listed()[0]["id"])
    assert findings(alive)[0] == []


def test_a_sealed_file_that_the_disk_lost(alive):
    person = alive.person("2")
    person.does(Keep("story"), text="words")
    name = person.sends_file(b"x" * 900)
    (alive.data / "files" / name).unlink()
    said = one(alive)
    assert "1 of 1 are not on the disk" in said
    assert name not in said


def test_nobody_to_alarm_and_a_recipient_with_a_typo(alive, tmp_path):
    profile = tmp_path / "centre.yaml"
    text = profile.read_text().splitlines()
    text[0] = text[0].replace(alive.counsellor.recipient, alive.counsellor.recipient[:-1] + "b")
    profile.write_text("\n".join(text[:2]))
    problems, _ = findings(alive)
    assert problems == [
        "team           salma: no valid age recipient",
        "targets        nobody can be alarmed: alarms in the profile",
    ]


def test_no_secret_and_no_content_is_shown(alive):
    person = alive.person("77001")
    case = person.does(Keep("story"), FileCase(), text="canary-zitouna")
    _, result = findings(alive)
    key = (alive.root / "service.key").read_text()
    for secret in (key, "77001", "canary", person.digits, alive.recovery.recipient, case):
        assert secret not in result.output


def test_rasa_is_asked_for_and_does_not_answer(alive):
    alive.env |= {
        "SANAD_NLU": "rasa",
        "SANAD_RASA_TOKEN": "a-token",
        "SANAD_RASA_URL": "http://127.0.0.1:1",
    }
    assert one(alive).startswith("rasa")
    assert "embedded engine reads" in one(alive)
