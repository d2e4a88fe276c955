# SPDX-License-Identifier: AGPL-3.0-or-later
"""Closing drops the link and the alarms; the receipt still opens what was answered."""

from __future__ import annotations

import pytest

from flows.model import Escalate, FileCase, Keep


@pytest.fixture
def answered(house, tmp_path):
    """A way to have a case answered while its person is away."""

    def act(case):
        house.done("cases", "export", case, "--to", tmp_path / "d")
        out = tmp_path / "reply.age"
        args = ("--text", "-", "--out", out)
        house.done("cases", "reply", tmp_path / "d", *args, input="the answer")
        house.done("cases", "import", out)

    return act


def test_nobody_leads_to_a_closed_case_and_its_receipt_still_does(house, answered, by_receipt):
    person = house.person()
    case = person.does(Keep("story"), FileCase(), text="words", hours_ago=3)
    answered(case)
    ((version,),) = house.rows("select version from contact")
    said = house.done("cases", "close", case)
    assert "destroyed after 90 days" in said
    assert house.outbox("alarm") == []
    assert house.rows("select link, version from contact") == [(None, version + 1)]
    ((stage, closed, taken),) = house.rows("select stage, closed, taken from cases")
    assert (stage, closed % 3600, taken is not None) == ("closed", 0, True)
    assert house.rows("select delivery from answer") == [(None,)]
    back = by_receipt(person.digits)
    assert back.stdout.split() == ["the", "answer", "closed", case]
    assert house.listed() == []


def test_an_answer_on_its_way_still_goes(house, answered):
    person = house.person()
    case = person.does(Keep("story"), FileCase(), text="words")
    answered(case)
    assert len(house.outbox("answer")) == 1
    house.done("cases", "close", case)
    assert house.rows("select delivery is not null from answer") == [(1,)]


def test_twice_is_harmless(house):
    case = house.person().does(Keep("story"), FileCase(), text="words")
    house.done("cases", "close", case)
    before = house.rows("select * from cases")
    assert "nothing changed" in house.done("cases", "close", case)
    assert house.rows("select * from cases") == before


def test_an_answer_that_could_never_be_read_holds_the_case_open(house, answered):
    case = house.person().does(Keep("story"), Escalate("danger"), text="words", hours_ago=3)
    answered(case)
    assert "--unread" in house.refused("cases", "close", case)
    house.done("cases", "close", case, "--unread")
    assert house.rows("select stage from cases") == [("closed",)]


def test_all_who_lead_to_it_are_unlinked_and_others_are_not(house):
    person, other = house.person("1"), house.person("2")
    case = person.does(Keep("story"), FileCase(), text="words")
    second = house.person("3", channel="web")
    second.does()
    other.does(Keep("story"), FileCase(), text="words")
    with house.opened() as ledger:
        ident = ledger.contact_id(second.address)
        link = ledger.seal(case, "contact", "link", ident)
        ledger.store.write_now(
            lambda run: run.execute("update contact set link = ? where id = ?", (link, ident))
        )
    house.done("cases", "close", case)
    assert house.rows("select count(*) from contact where link is null") == [(2,)]


def test_a_draft_cannot_be_closed(house):
    case = house.person().does(Keep("story"), text="words")
    assert "draft" in house.refused("cases", "close", case)
