# SPDX-License-Identifier: AGPL-3.0-or-later
"""One person, several references: a number, a user id, another number; never two people."""

from __future__ import annotations

import pytest

from tests.whatsapp.line import THREAT, eventually

pytestmark = pytest.mark.anyio


def one_person(line):
    assert line.count("contact") == 1
    assert line.count("cases") == 1


async def test_somebody_known_by_number_comes_back_with_a_user_id(line):
    caller = line.caller()
    await caller.says(THREAT)
    caller.person.becomes(user_id="MA.9")
    heard = await caller.taps("safe_yes")
    assert heard
    one_person(line)
    assert line.bodies()[-1]["recipient"] == "MA.9"


async def test_somebody_whose_number_is_hidden_from_now_on_is_the_same(line):
    caller = line.caller(user_id="MA.9")
    await caller.says(THREAT)
    caller.person.becomes(number=None)
    assert await caller.taps("safe_yes")
    one_person(line)


async def test_somebody_without_a_number_is_answered(line):
    caller = line.caller(number=None, user_id="MA.9")
    assert await caller.says(THREAT)
    assert await caller.taps("safe_yes")
    one_person(line)
    assert {body.get("recipient") for body in line.bodies()} == {"MA.9"}


async def test_another_number_keeps_state_draft_and_receipt(line):
    caller = line.caller()
    await caller.says(THREAT)
    await caller.taps("safe_yes", "adult")
    await caller.taps("complaint", "send")
    case = line.case()
    caller.person.moves("212600000099")
    line.written += 1
    await line.settled()
    one_person(line)
    assert line.app.ledger.contact(caller.contact).case == case.id
    assert await caller.says("des nouvelles ?")
    one_person(line)
    assert line.bodies()[-1]["to"] == "212600000099"


async def test_another_number_brings_another_user_id(line):
    caller = line.caller(user_id="MA.9")
    await caller.says(THREAT)
    caller.person.moves("212600000099", "MA.10")
    assert await caller.answer() == []
    assert await caller.taps("safe_yes")
    one_person(line)
    assert line.bodies()[-1]["recipient"] == "MA.10"


async def test_what_was_on_its_way_follows_to_the_new_number(line):
    caller = line.caller()
    await caller.says(THREAT)
    line.graph.fault("messages", "error", code=131000)
    await caller.taps("safe_yes")
    caller.person.moves("212600000099")
    line.written += 1
    line.passes(10)
    await line.settled()
    assert caller.heard()
    assert line.bodies()[-1]["to"] == "212600000099"


async def test_a_stranger_who_moves_leaves_nothing(line):
    caller = line.caller()
    caller.person.moves("212600000099")
    assert await caller.answer() == []
    assert (line.count("contact"), line.count("alias")) == (0, 0)


async def test_no_number_and_no_id_stands_anywhere_in_clear(line):
    caller = line.caller(user_id="MA.900009")
    await caller.says(THREAT)
    caller.person.moves("212600000099", "MA.900010")
    await caller.answer()
    everywhere = b"".join(path.read_bytes() for path in line.data.rglob("*") if path.is_file())
    for trace in (b"212600000001", b"212600000099", b"MA.90000", b"MA.90001", b"wamid"):
        assert trace not in everywhere


async def test_after_erasing_they_are_a_stranger_under_every_reference(line):
    caller = line.caller(user_id="MA.9")
    await caller.says(THREAT)
    await caller.says("effacer tout")
    await caller.taps("erase_yes")
    assert line.count("alias") == 0
    await caller.says("bonjour")
    assert line.count("contact") == 1
    assert [line.words("story", case) for case in line.cases()] == []


async def test_two_people_stay_two(line):
    first, second = line.caller(user_id="MA.1"), line.caller(user_id="MA.2")
    await first.says(THREAT)
    await second.says(THREAT)
    assert line.count("contact") == 2
    await eventually(lambda: line.count("cases") == 2)


async def test_a_number_given_to_somebody_else_opens_nothing_of_whoever_had_it(line):
    """Known by number first, then by user id; then a stranger writes with that number."""
    sara = line.caller("212600000055")
    await sara.says(THREAT)
    sara.person.becomes(user_id="MA.1")
    await sara.taps("safe_yes")
    sara.person.becomes(number=None)
    stranger = line.caller("212600000055", "MA.2")
    heard = await stranger.says("bonjour")
    assert line.count("contact") == 2
    assert line.text("threat_to_publish.steps") not in "\n".join(heard)
    assert await sara.taps("adult")
    assert line.count("contact") == 2
    assert await stranger.says("salam")
    assert line.count("contact") == 2
    [case] = line.cases()
    assert line.words("story", case) == [THREAT]


async def test_a_batch_that_names_one_person_in_two_ways_is_one_person(line):
    caller = line.caller()
    line.graph.hold()
    caller.person.says(THREAT)
    caller.person.becomes(user_id="MA.1")
    caller.person.says("il demande 500 dirhams")
    line.written += 2
    line.graph.release(size=2, spread="changes")
    await line.settled()
    one_person(line)


async def test_a_reference_that_is_known_is_not_written_again(line, caller):
    await caller.says(THREAT)
    before = line.rows("select id, contact from alias")
    await caller.taps("safe_yes")
    assert line.rows("select id, contact from alias") == before
    assert len(before) == 1
