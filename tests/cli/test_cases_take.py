# SPDX-License-Identifier: AGPL-3.0-or-later
"""Taking a case ends its alarms, and the person hears of it exactly as they allowed."""

from __future__ import annotations

import asyncio
import time

import pytest

import content
from bot.cases import Cannot, close, take
from bot.clock import wall
from bot.delivery import Delivery
from flows.model import Allow, Erase, Escalate, FileCase, Keep, Withdraw


@pytest.fixture
def waiting(house):
    """Somebody in danger whose alarm rings."""
    person = house.person()
    person.case = person.does(Keep("story"), Escalate("danger"), text="words", urgency="danger")
    return person


def pings(house):
    return [row for row in house.outbox("say") if row.body["texts"] == ["human.ping"]]


def test_the_alarms_end_and_the_hour_is_known(house, waiting):
    assert len(house.outbox("alarm")) == 2
    before = int(time.time())
    said = house.done("cases", "take", waiting.case.lower())
    assert f"Case {waiting.case} is taken since" in said
    assert house.outbox("alarm") == []
    ((taken,),) = house.rows("select taken from cases")
    assert before <= taken <= time.time()
    assert house.listed()[0]["taken"] == taken


@pytest.mark.parametrize(("allow", "lang"), [("now", "ar"), ("now", "fr"), ("after9", "fr")])
def test_who_allowed_it_gets_one_neutral_message(house, waiting, allow, lang):
    waiting.lang = lang
    waiting.does(Allow(allow))
    before = time.time()
    house.done("cases", "take", waiting.case)
    (row,) = pings(house)
    if allow == "now":
        assert before <= row.due <= time.time()
    else:
        assert row.due > time.time()
        assert wall(row.due).strftime("%H:%M:%S") == "09:00:00"
        assert row.due - before <= 24 * 3600
    catalog = content.load()
    with house.opened() as ledger:
        message = asyncio.run(Delivery(catalog, ledger, time.time).message(row))
        assert row.contact == ledger.contact_id(waiting.address)
    assert message.text == catalog.text(lang, "human.ping")
    assert message.options == ()
    assert (row.channel, row.body["to"]) == ("telegram", "77001")
    assert row.case is None, "the link from contact to case must not stand in clear"


@pytest.mark.parametrize("allow", ["no", None])
def test_no_answer_means_silence(house, waiting, allow):
    if allow:
        waiting.does(Allow(allow))
    said = house.done("cases", "take", waiting.case)
    assert "Nobody is written to" in said
    assert pings(house) == []


def test_twice_is_harmless(house, waiting):
    waiting.does(Allow("now"))
    house.done("cases", "take", waiting.case)
    ((first,),) = house.rows("select taken from cases")
    with house.opened() as ledger:
        again = take(ledger, waiting.case, time.time() + 500, "Nadia")
    assert (again.taken, again.reach) == (first, "again")
    assert "nothing changed" in house.done("cases", "take", waiting.case)
    assert len(pings(house)) == 1
    assert house.rows("select count(*) from entry where kind = 'taken'") == [(0,)]


def test_the_name_is_inside_the_seal_only(house, waiting, tmp_path):
    said = house.done("cases", "take", waiting.case, "--by", "Salma-canary")
    assert "canary" not in said
    stored = b"".join(path.read_bytes() for path in house.data.rglob("*") if path.is_file())
    assert b"Salma-canary" not in stored
    house.done("cases", "export", waiting.case, "--to", tmp_path / "out")
    identity = house.counsellor.file
    shown = house.done("cases", "open", tmp_path / "out", "--identity", identity)
    assert "Salma-canary" in shown


def test_what_is_not_there_or_not_lodged_is_refused_clearly(house, waiting):
    assert "no case AAAA here" in house.refused("cases", "take", "aaaa")
    draft = house.person("2").does(Keep("story"), text="words")
    assert "draft" in house.refused("cases", "take", draft)
    gone = house.person("3")
    case = gone.does(Keep("story"), FileCase(), text="words")
    gone.does(Withdraw())
    assert "withdrawn" in house.refused("cases", "take", case)
    house.done("cases", "close", waiting.case)
    assert "closed" in house.refused("cases", "take", waiting.case)


def test_a_refused_act_changes_nothing(house):
    case = house.person().does(Keep("story"), text="words")
    with house.opened() as ledger:
        before = ledger.store.read("select * from cases")
        for act in (take, close):
            with pytest.raises(Cannot):
                act(ledger, case, time.time())
        assert ledger.store.read("select * from cases") == before


def test_a_person_who_left_is_not_written_to_and_the_taken_case_stays(house, waiting):
    house.done("cases", "take", waiting.case)
    waiting.does(Erase())
    assert house.rows("select count(*) from contact") == [(0,)]
    assert house.listed()[0]["id"] == waiting.case


def test_a_case_is_taken_beside_a_busy_bot(house, waiting, busy):
    waiting.does(Allow("now"))
    house.done("cases", "take", waiting.case)
    assert len(pings(house)) == 1
    assert house.outbox("alarm") == []
