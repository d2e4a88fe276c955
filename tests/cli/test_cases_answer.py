# SPDX-License-Identifier: AGPL-3.0-or-later
"""An answer goes from the counsellor's machine to the person, and nobody else ever reads it."""

from __future__ import annotations

import asyncio
import time

import pytest

import content
from bot.cases import answer
from bot.delivery import Delivery
from bot.vault.service import ServiceKey
from flows.model import Allow, Confirmed, Erase, Escalate, FileCase, Keep, Withdraw

ANSWER = "حنا معاك. On ne paie pas; canary-answer."


@pytest.fixture
def visitor(house):
    """Somebody who filed three hours ago and has been silent since."""
    person = house.person()
    person.case = person.does(Keep("story"), FileCase(), text="words", hours_ago=3)
    return person


@pytest.fixture
def reply(house, tmp_path):
    """Export a case, write an answer on the counsellor's machine, return the sealed file."""

    def write(case, text=ANSWER):
        folder, out = tmp_path / f"d{time.time_ns()}", tmp_path / f"r{time.time_ns()}.age"
        house.done("cases", "export", case, "--to", folder)
        house.done("cases", "reply", folder, "--text", "-", "--out", out, input=text)
        return out

    return write


def pings(house):
    return [row for row in house.outbox("say") if row.body["texts"] == ["human.ping"]]


def rendered(house, row):
    with house.opened() as ledger:
        return asyncio.run(Delivery(content.load(), ledger, time.time).message(row))


def on_disk(house):
    return b"".join(path.read_bytes() for path in house.data.rglob("*") if path.is_file())


def test_who_is_in_the_conversation_gets_the_words(house, visitor, reply):
    visitor.does(Confirmed())
    said = house.done("cases", "import", reply(visitor.case))
    assert "queued for them" in said
    (row,) = house.outbox("answer")
    message = rendered(house, row)
    assert message.text.endswith(f"\n\n{ANSWER}")
    assert message.protect
    assert row.case is None
    assert pings(house) == []
    with house.opened() as ledger:
        ledger.store.write_now(
            lambda run: Delivery(content.load(), ledger, time.time).close(run, row, [])
        )
    assert house.rows("select delivery, read is null from answer") == [(None, 0)]


@pytest.mark.parametrize("allow", ["now", "after9"])
def test_who_is_away_and_allowed_it_gets_one_neutral_message_with_a_button(
    house, visitor, reply, allow
):
    visitor.does(Allow(allow), hours_ago=2)
    house.done("cases", "take", visitor.case)
    assert pings(house)[0].body["options"] == []
    house.done("cases", "import", reply(visitor.case))
    house.done("cases", "import", reply(visitor.case, "more"))
    (row,) = pings(house)
    message = rendered(house, row)
    assert message.text == content.load().text("fr", "human.ping")
    assert [option.id for option in message.options] == ["read"]
    assert (row.due > time.time()) == (allow == "after9")
    assert house.outbox("answer") == []


@pytest.mark.parametrize("allow", ["no", None])
def test_who_did_not_allow_it_is_not_written_to(house, visitor, reply, allow):
    if allow:
        visitor.does(Allow(allow), hours_ago=2)
    said = house.done("cases", "import", reply(visitor.case))
    assert "It waits for their return" in said
    assert pings(house) == []
    assert house.outbox("answer") == []
    assert house.rows("select delivery is not null from answer") == [(1,)]


def test_without_a_linked_contact_only_the_receipt_reads_it(house, visitor, reply, by_receipt):
    visitor.does(Erase())
    said = house.done("cases", "import", reply(visitor.case))
    assert "receipt" in said
    assert house.rows("select delivery from answer") == [(None,)]
    back = by_receipt(visitor.digits)
    assert back.returncode == 0, back.stderr
    assert ANSWER in back.stdout
    assert ANSWER.encode() not in on_disk(house)


def test_a_wrong_receipt_opens_nothing(house, visitor, reply, by_receipt):
    house.done("cases", "import", reply(visitor.case))
    digits = "12345678901234567890"
    wrong = digits + f"{98 - int(digits) * 100 % 97:02d}"
    back = by_receipt(wrong)
    assert (back.returncode, back.stdout, back.stderr) == (1, "", "no case\n")


def test_another_service_key_finds_nothing(house, visitor, reply, by_receipt, tmp_path):
    house.done("cases", "import", reply(visitor.case))
    (tmp_path / "other.key").write_text(ServiceKey.spell(ServiceKey.make()))
    back = by_receipt(visitor.digits, key=tmp_path / "other.key")
    assert (back.returncode, back.stderr) == (1, "no case\n")


def test_the_thread_keeps_the_answer_for_the_counsellors(house, visitor, reply, tmp_path):
    house.done("cases", "import", reply(visitor.case))
    house.done("cases", "export", visitor.case, "--to", tmp_path / "d")
    shown = house.done("cases", "open", tmp_path / "d", "--identity", house.counsellor.file)
    assert ANSWER in shown
    assert "0003-answer.age" in shown


def test_answering_takes_the_case_and_ends_its_alarm(house, visitor, reply):
    assert len(house.outbox("alarm")) == 2
    house.done("cases", "import", reply(visitor.case))
    assert house.outbox("alarm") == []
    (line,) = house.listed()
    assert line["taken"] is not None
    assert line["answers"] == 1


def test_the_same_file_counts_once(house, visitor, reply):
    file = reply(visitor.case)
    house.done("cases", "import", file)
    assert "nothing changed" in house.done("cases", "import", file)
    assert house.rows("select count(*) from answer") == [(1,)]
    assert house.rows("select count(*) from entry where kind = 'answer'") == [(1,)]


def test_who_files_after_the_export_still_reads_it_by_receipt(house, reply, by_receipt):
    person = house.person()
    case = person.does(Keep("story"), Escalate("danger"), text="words")
    file = reply(case)
    person.does(FileCase())
    house.done("cases", "import", file)
    assert ANSWER in by_receipt(person.digits).stdout


def test_an_alarmed_person_without_receipt_is_reached_by_the_conversation(house, reply):
    person = house.person()
    file = reply(person.does(Keep("story"), Escalate("danger"), text="words"))
    house.done("cases", "import", file)
    assert rendered(house, house.outbox("answer")[0]).text.endswith(ANSWER)


def test_an_answer_that_nobody_can_read_is_refused(house, reply):
    person = house.person()
    case = person.does(Keep("story"), Escalate("danger"), text="words")
    house.done("cases", "take", case)
    file = reply(case)
    person.does(Erase())
    assert "no reader" in house.refused("cases", "import", file)
    assert house.rows("select count(*) from answer") == [(0,)]


def test_closed_withdrawn_and_foreign_cases_are_refused(house, visitor, reply, tmp_path):
    file = reply(visitor.case)
    with house.opened() as ledger:
        ledger.key = ServiceKey(ServiceKey.make())
        with pytest.raises(Exception, match="no answer made for this server"):
            answer(ledger, file.read_bytes(), time.time())
    house.done("cases", "close", visitor.case)
    assert "is closed" in house.refused("cases", "import", file)
    other = house.person("2")
    case = other.does(Keep("story"), FileCase(), text="words")
    file = reply(case)
    other.does(Withdraw())
    assert "withdrawn" in house.refused("cases", "import", file)
    (tmp_path / "junk.age").write_bytes(b"age-encryption.org/v1\njunk")
    assert "no answer made for this server" in house.refused(
        "cases", "import", tmp_path / "junk.age"
    )


@pytest.mark.parametrize(
    ("data", "said"), [(b" \n", "empty"), (b"\xff\xfe", "UTF-8"), (b"x" * 10_001, "longer than")]
)
def test_an_answer_nobody_could_read_is_not_sealed(house, visitor, tmp_path, data, said):
    house.done("cases", "export", visitor.case, "--to", tmp_path / "d")
    (tmp_path / "answer.txt").write_bytes(data)
    out = tmp_path / "reply.age"
    args = ("cases", "reply", tmp_path / "d", "--text", tmp_path / "answer.txt", "--out", out)
    assert said in house.refused(*args)
    assert not out.exists()
    (tmp_path / "answer.txt").write_bytes(b"good")
    house.done(*args)
    assert out.stat().st_mode & 0o777 == 0o600
    assert "exists already" in house.refused(*args)


def test_an_answer_comes_in_beside_a_busy_bot(house, visitor, reply, busy, by_receipt):
    house.done("cases", "import", reply(visitor.case))
    assert ANSWER in by_receipt(visitor.digits).stdout
