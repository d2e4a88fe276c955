# SPDX-License-Identifier: AGPL-3.0-or-later
"""Needs with a way of their own: who is heard as what, and what is never learned of whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

import content
import flows
import nlu
from flows.model import Chose, Event, Heard, Keep, Remind, Said, Say, Sent, State, World
from flows.script import Lead

CATALOG = content.load()
SCRIPT = flows.load(CATALOG.keys, nlu.SITUATIONS)
NOW = World(now=1e9)
BYSTANDERS = [sign for sign, lead in SCRIPT.leads.items() if lead.instead]
VICTIM = {"situation", "threatened", "published", "demand", "paid", "amount", "deadline_at"}
THREAT = "threat_to_publish"


def heard(*signs: str, label: str | None = None, **more: object) -> Said:
    labels = (label,) if label else ()
    known = {"signal": True, "words": 6, "doubt": label is None, **more}
    return Said(Heard(label=label, labels=labels, signs=frozenset(signs), **known))  # type: ignore[arg-type]


def turn(said: Event, state: State | None = None, world: World = NOW) -> tuple[State, list[str]]:
    step = flows.step(SCRIPT, state, said, world)
    return step.state, [k for e in step.effects if isinstance(e, Say) for k in e.texts]


@pytest.mark.parametrize("sign", SCRIPT.leads)
def test_every_need_is_heard_as_a_first_message_and_kept(sign):
    step = flows.step(SCRIPT, None, heard(sign), NOW)
    assert any(isinstance(effect, Keep) for effect in step.effects)
    assert SCRIPT.nodes[step.state.at].waits


@pytest.mark.parametrize("sign", BYSTANDERS)
def test_a_bystander_is_made_no_victim(sign):
    said = heard(
        sign, "threatened", "spread", label=THREAT, amount="500 MAD",
        risks=frozenset(("money_demanded", "deadline")), deadline_hours=5.0,
    )  # fmt: skip
    state, texts = turn(said)
    assert not VICTIM & state.notes.keys()
    assert not any(text.endswith((".hear", ".now")) and text.startswith(THREAT) for text in texts)
    assert flows.urgency(SCRIPT, state, NOW) == "normal"


@pytest.mark.parametrize("sign", [s for s, lead in SCRIPT.leads.items() if not lead.instead])
def test_a_threat_told_beside_a_need_is_protected_at_once(sign):
    state, texts = turn(heard(sign, "threatened", label=THREAT))
    assert state.notes["situation"] == THREAT
    lead = SCRIPT.leads[sign]
    assert "talk.danger_word" in texts
    heard_as = "hear_other" if state.notes.get("for") == "other" else "hear"
    assert lead.quiet or {f"{THREAT}.{heard_as}", f"{THREAT}.now"} <= set(texts)


@pytest.mark.parametrize("sign", [s for s, lead in SCRIPT.leads.items() if not lead.instead])
def test_a_threat_without_a_name_beside_a_need_is_protected_too(sign):
    state, texts = turn(heard(sign, "threatened"))
    lead = SCRIPT.leads[sign]
    assert "talk.danger_word" in texts
    heard_as = "hear_other" if state.notes.get("for") == "other" else "hear"
    assert lead.quiet or {f"general.{heard_as}", "general.now"} <= set(texts)


@pytest.mark.parametrize("sign", SCRIPT.leads)
@pytest.mark.parametrize("risk", ["self_harm", "physical_danger"])
def test_danger_comes_before_every_need(sign, risk):
    state, texts = turn(heard(sign, label=THREAT, risks=frozenset((risk,))))
    assert texts[0].startswith("danger.numbers")
    assert state.at == "danger.here"


def test_in_danger_a_wish_for_a_voice_is_a_wish_for_a_human():
    danger = State("danger.here", notes={"danger": "physical", "escalated": "yes"})
    for sign in ("call_me", "ask_woman", "ask_state"):
        state, texts = turn(heard(sign), danger)
        assert state.at == "danger.here"
        assert "human.status_now" in texts
        assert "call.number" not in texts


def test_a_long_story_is_not_left_for_a_word_in_it_and_a_short_wish_leaves():
    story = State("complaint.story", notes={"situation": THREAT, "told": "yes"})
    state, _ = turn(heard("call_me", words=40), story)
    assert state.at == "complaint.more"
    state, _ = turn(heard("call_me", words=4), story)
    assert state.at == "call.number"


def test_the_question_that_a_need_interrupted_is_asked_again():
    asked = State("welcome.age", notes={"situation": THREAT, "safe": "yes", "kept": "yes"})
    state, _ = turn(heard("ask_state"), asked)
    assert state.at == "welcome.age"


def test_a_need_without_a_story_leads_to_the_open_question():
    state, texts = turn(heard("ask_state"), State("welcome.what"))
    assert (state.at, texts[0]) == ("welcome.what", "journey.not_asked")


@pytest.mark.parametrize(
    ("case", "escalated", "told"),
    [
        ("none", None, "journey.not_asked"),
        ("draft", None, "journey.not_asked"),
        ("draft", "recalled", "journey.not_asked"),
        ("draft", "yes", "human.status_now"),
        ("none", "yes", "journey.elsewhere"),
        ("closed", "yes", "journey.elsewhere"),
        ("filed", "yes", "receipt.status_taken"),
        ("taken", None, "receipt.status_taken"),
    ],
)
def test_who_has_read_it_is_told_from_the_rows(case, escalated, told):
    notes = {"situation": THREAT, "guided": "yes"} | (
        {"escalated": escalated} if escalated else {}
    )
    _, texts = turn(
        heard("ask_state"), State("guide.menu", notes=notes), World(now=1e9, case=case)
    )
    assert texts[0] == told


def test_a_question_beside_a_threat_without_a_name_protects_first():
    state, texts = turn(heard("police_refused", "threatened"))
    assert texts[:2] == ["general.hear", "general.now"]
    assert "doors.refused" in texts
    assert state.at == "welcome.safe"


def test_who_lives_abroad_hears_first_which_number_answers_there():
    state, _ = turn(heard("me_abroad", "threatened", label=THREAT))
    state, texts = turn(heard(risks=frozenset(("physical_danger",))), state)
    assert texts[:2] == ["danger.abroad", "danger.numbers_physical"]
    _, texts = turn(heard(words=3), state)
    assert texts[:2] == ["danger.abroad", "danger.short"]


@pytest.mark.parametrize("told", ["yes", None])
def test_a_lawyer_comes_before_a_complaint_only_where_it_matters_and_once(told):
    notes = {"situation": THREAT, "told": "yes", "guided": "yes", "safe": "yes"}
    menu = State("guide.menu", notes=notes | ({"exposure": told} if told else {}))
    state, texts = turn(heard(label="file_complaint", words=3), menu)
    assert state.at == "complaint.confirm"  # still one confirmation, not two
    assert ("exposure.sealed" in texts) == bool(told)
    state, texts = turn(heard("later", words=1), state)
    state, texts = turn(heard(label="affirm", words=1), state)
    assert "exposure.sealed" not in texts


def test_a_pressed_withdrawal_is_a_question_and_not_the_wish_to_withdraw():
    state, texts = turn(heard("ask_settlement", "threatened", label="follow_up"))
    assert "exposure.settlement" in texts
    assert not state.at.startswith("receipt.")


def test_the_ultimatum_that_ran_out_is_spoken_of_once():
    notes = {"situation": THREAT, "deadline_at": "999990000", "deadline_sure": "yes"}
    away = World(now=1e9, away_hours=10.0)
    state, texts = turn(heard(label="greet", words=1), State("guide.menu", notes=notes), away)
    assert texts[:2] == ["talk.back_again", "talk.deadline_over"]
    _, texts = turn(heard(label="greet", words=1), state, away)
    assert "talk.deadline_over" not in texts


def test_somebody_may_read_is_no_answer_to_the_question_of_danger():
    asked = State("welcome.safe", notes={"situation": THREAT, "kept": "yes"})
    state, texts = turn(Chose("safe_seen"), asked)
    assert (state.notes["not_alone"], state.notes.get("safe")) == ("yes", None)
    assert "care.seen" in texts
    state, texts = turn(Chose("go_on"), state)
    assert state.at == "welcome.safe"
    assert texts == ["talk.safe_only"]


def test_somebody_under_18_is_not_frightened_with_the_law():
    child = {"situation": THREAT, "told": "yes", "age_band": "minor", "exposure": "yes"}
    menu = State("guide.menu", notes={**child, "guided": "yes", "safe": "yes", "escalated": "yes"})
    for event in (Chose("report"), heard(label="file_complaint", words=3), heard("ask_exposure")):
        _, texts = turn(event, menu)
        assert not any(text.startswith("exposure.") for text in texts)


def test_whoever_did_harm_is_not_taken_for_somebody_who_received():
    state, texts = turn(heard("did_harm", "got_images"))
    assert state.at == "stopping.next"
    assert "stopping.steps" in texts


def test_a_phone_number_is_the_answer_whatever_stands_beside_it():
    number = State("call.number", notes={"situation": THREAT, "kept": "yes"})
    state, texts = turn(heard("phone_told", label="greet", words=3), number)
    assert state.at == "call.hours"
    assert "talk.hello_again" not in texts


def test_a_need_that_leads_nowhere_is_a_fault():
    broken = replace(SCRIPT, leads={**SCRIPT.leads, "call_me": Lead("call.nowhere")})
    assert "wants.yaml: goes to call.nowhere, which does not exist" in flows.faults(broken)


def test_a_bystanders_caption_makes_no_victim_and_leads_their_way_after_the_gate():
    caption = heard("got_images", "spread", label="already_published").heard
    state, _ = turn(Sent("photo", caption=caption))
    assert not VICTIM & state.notes.keys()
    assert state.at == "media.age"
    state, texts = turn(Chose("no_file"), state)
    assert (state.at, texts[1]) == ("witness.next", "witness.received")


@pytest.mark.parametrize(
    ("signs", "option"),
    [
        (("tonight", "evening"), Remind(0, 20)),
        (("evening",), Remind(1, 20)),
        (("morning",), Remind(1, 10)),
    ],
)
def test_tonight_and_tomorrow_evening_are_two_hours(signs, option):
    step = flows.step(SCRIPT, State("remind.start"), heard(*signs, words=2), NOW)
    assert option in step.effects
