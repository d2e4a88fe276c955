# SPDX-License-Identifier: AGPL-3.0-or-later
"""The day in which WhatsApp lets us write: kept open by a tap, and respected when it is over."""

from __future__ import annotations

import pytest

from bot.clock import at_hour, wall
from bot.health import database
from bot.window import DAY, keep_at
from tests.whatsapp.line import THREAT, opted_in

pytestmark = pytest.mark.anyio
HOUR = 3600.0


def shown(caller):
    return [bubble["text"] for bubble in caller.bubbles()]


def templates(line):
    return [body["template"] for body in line.bodies() if body["type"] == "template"]


@pytest.fixture
def noon(line):
    """The clocks stand at noon in Morocco: nobody sleeps."""
    ahead = at_hour(line.clock(), 0, 12) - line.clock()
    line.passes(ahead)
    return line


async def test_the_tap_is_asked_for_once_an_hour_before_closing(noon, caller):
    line = noon
    await opted_in(caller)
    before = len(shown(caller))
    await line.later(22)
    assert len(shown(caller)) == before
    await line.later(1.1)
    assert shown(caller)[-1].startswith(line.text("templates.keep_line"))
    assert len(shown(caller)) == before + 1
    await line.later(0.5)
    assert len(shown(caller)) == before + 1


async def test_a_tap_opens_another_day(noon, caller):
    line = noon
    await opted_in(caller)
    await line.later(23.1)
    heard = await caller.taps("keep_line")
    assert line.text("window.kept") in "\n".join(heard)
    await line.later(5)  # 28 hours after the words, 5 after the tap
    line.takes()
    line.answers("Bonjour, ici le centre.")
    await line.settled()
    assert templates(line) == []
    assert line.graph.refused() == []


async def test_without_leave_to_write_nobody_is_asked_for_a_tap(noon, caller):
    line = noon
    await caller.says(THREAT)
    await caller.taps("safe_yes", "adult")
    await caller.taps("complaint", "send")
    before = len(shown(caller))
    await line.later(23.5)
    assert len(shown(caller)) == before


async def test_with_nothing_awaited_nobody_is_asked_for_a_tap(noon, caller):
    line = noon
    await opted_in(caller)
    line.closes()
    before = len(shown(caller))
    await line.later(23.5)
    assert len(shown(caller)) == before


async def test_news_after_closing_wait_and_a_template_says_so_once(noon, caller):
    line = noon
    await opted_in(caller)
    line.approved("answer_waiting")
    await line.later(25)
    line.takes()
    for n in range(2):
        assert line.answers(f"Réponse {n} du centre.") == "now"
    await line.settled()
    assert [t["name"] for t in templates(line)] == ["answer_waiting"]
    assert line.graph.refused() == []
    assert {reason for _, reason, _ in line.outbox()} == {"window"}
    heard = await caller.taps("read")
    assert "Réponse 0 du centre." in "\n".join(heard)
    assert "Réponse 1 du centre." in "\n".join(heard)
    assert {reason for _, reason, _ in line.outbox()} <= {None}


async def test_words_that_waited_a_day_for_us_are_kept_and_answered_when_they_return(noon, caller):
    """The bot was down: Meta would refuse the answer, so it is not even tried."""
    caller.person.says(THREAT, at=noon.clock() - 25 * HOUR)
    noon.written += 1
    await noon.settled()
    assert noon.words("story") == [THREAT]
    assert noon.bodies() == []
    assert {reason for _, reason, _ in noon.outbox()} == {"window"}
    heard = await caller.says("bonjour")
    assert noon.text("threat_to_publish.now") in "\n".join(heard)


async def test_rows_that_wait_for_their_person_are_no_trouble_of_the_operator(noon, caller):
    await opted_in(caller, "ping_no")
    await noon.later(25)
    caller.person.says("bonjour", at=noon.clock() - 25 * HOUR)
    noon.written += 1
    await noon.settled()
    assert {reason for _, reason, _ in noon.outbox()} == {"window"}
    found = {each.what: each for each in database(noon.data, noon.key, noon.clock())}
    assert found["parked"].well
    assert found["outbox"].well


async def test_without_leave_no_template_goes_and_the_news_wait(noon, caller):
    line = noon
    await opted_in(caller, "ping_no")
    line.approved("answer_waiting")
    await line.later(25)
    line.takes()
    line.answers("Réponse du centre.")
    await line.settled()
    assert templates(line) == []
    heard = await caller.says("bonjour")
    await caller.says("des nouvelles ?")
    assert heard


async def test_after_nine_means_after_nine_for_the_template_too(noon, caller):
    line = noon
    await opted_in(caller, "ping_after9")
    line.approved("answer_waiting")
    await line.later(36)  # midnight
    line.takes()
    assert line.answers("Réponse du centre.") == "after9"
    await line.settled()
    assert templates(line) == []
    await line.later(8)
    assert templates(line) == []
    await line.later(25)
    assert len(templates(line)) == 1


async def test_a_template_that_meta_does_not_know_is_parked_and_nothing_is_lost(noon, caller):
    line = noon
    await opted_in(caller)
    await line.later(25)
    line.takes()
    line.answers("Réponse du centre.")
    await line.settled()
    assert ("template", "template", 0) in line.outbox()
    heard = await caller.says("bonjour")
    assert heard
    assert not [row for row in line.outbox() if row[0] == "template"]


@pytest.mark.parametrize("late", [False, True])
async def test_when_metas_clock_closes_first_the_row_waits_for_their_next_words(
    line, caller, late
):
    await caller.says(THREAT)
    line.graph.late(late)
    caller.person.says("bonjour")
    line.written += 1
    await line.taken()
    line.passes(6)
    line.graph.forward(25 * HOUR)  # Meta's clock, not ours
    await line.app.relay.drain()
    line.written += late
    await line.settled()
    assert {reason for _, reason, _ in line.outbox() if reason} == {"window"}
    heard = await caller.says("je suis là")
    assert len(heard) >= 1
    assert "window" not in {reason for _, reason, _ in line.outbox()}


async def test_a_parked_row_does_not_hold_up_what_comes_after(line, caller):
    await caller.says(THREAT)
    line.graph.fault("messages", "error", code=131047)
    await caller.says("bonjour")
    heard = await caller.says("je suis là")
    assert heard


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("allow", ["now", "after9"])
def test_the_tap_is_asked_for_within_the_day_and_not_at_night(hour, allow):
    heard = at_hour(1_790_000_000.0, 1, hour) + 1234
    due = keep_at(heard, allow)
    assert heard <= due <= heard + DAY - HOUR
    if allow == "after9" and due > heard:
        assert 9 <= wall(due).hour < 21


@pytest.mark.parametrize("hour", range(24))
def test_tonight_is_within_the_day_whenever_it_is_asked_for(hour):
    now = at_hour(1_790_000_000.0, 1, hour) + 90
    assert now < at_hour(now, 0, 20) < now + DAY - 60


async def test_the_last_message_is_kept_encrypted_to_the_second(line, caller):
    await caller.says(THREAT)
    [(blob,)] = line.rows("select heard from contact")
    assert line.app.ledger.open(blob, "contact", "heard", caller.contact) == pytest.approx(
        line.clock(), abs=60
    )


async def test_only_the_next_evening_is_offered_for_a_reminder(noon, caller):
    await caller.says(THREAT)
    await caller.says("stop")
    await caller.taps("remind")
    offered = {option.partition("@")[0] for option in caller.person.options()}
    assert "tonight" in offered
    assert offered.isdisjoint({"morning", "evening", "after"})
    await caller.taps("tonight")
    before = len(shown(caller))
    await noon.later(9)
    assert shown(caller)[before].startswith(noon.text("remind.ping"))


async def test_the_buttons_tap_leads_to_no_answer_where_a_reminder_waited(noon, caller):
    """The bot was down when the reminder was due; nobody has lodged anything."""
    line = noon
    await caller.says(THREAT)
    await caller.taps("safe_yes", "adult")
    await caller.says("stop")
    await caller.taps("remind", "tonight")
    line.approved("answer_waiting")
    await line.later(30)
    assert [t["name"] for t in templates(line)] == ["answer_waiting"]
    heard = "\n".join(await caller.taps("read"))
    assert line.text("remind.ping") in heard
    assert line.text("receipt.after_answers") not in heard
    assert {sent.partition("@")[2] for sent in caller.person.options()} == {"guide.menu"}
