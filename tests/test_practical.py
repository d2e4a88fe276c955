# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody asks who must act tonight: a bed, the children, a doctor's paper, the price."""

from __future__ import annotations

from functools import cache

import pytest

import content
import flows
import nlu
from flows.model import Event, Heard, Said, Say, State, Tell, World

NOW = World(now=1e9)
THREAT = {"situation": "threat_to_publish", "told": "yes", "kept": "yes"}
PRACTICAL = {
    "ask_shelter": "answer.shelter",
    "ask_children": "answer.children",
    "ask_certificate": "answer.certificate",
    "ask_cost": "answer.cost",
    "no_spouse": "family.adult",
    "ask_call_police": "answer.call_police",
    "deleted_it": "answer.deleted",
}


@cache
def script() -> flows.Script:
    return flows.load(content.load().keys, nlu.SITUATIONS)


def heard(*signs: str, label: str | None = None, **more: object) -> Said:
    labels = (label,) if label else ()
    known = {"signal": True, "words": 4, "doubt": label is None, **more}
    return Said(Heard(label=label, labels=labels, signs=frozenset(signs), **known))  # type: ignore[arg-type]


def turn(said: Event, state: State) -> tuple[State, list[str], flows.Step]:
    step = flows.step(script(), state, said, NOW)
    return step.state, [k for e in step.effects if isinstance(e, Say) for k in e.texts], step


@pytest.mark.parametrize(("sign", "text"), PRACTICAL.items())
@pytest.mark.parametrize("at", ["welcome.safe", "guide.menu", "coach.link"])
def test_a_practical_question_is_answered_and_the_question_before_stands(sign, text, at):
    state, texts, _ = turn(heard(sign), State(at, notes=THREAT))
    assert text in texts
    assert state.at == at


@pytest.mark.parametrize(
    "sign", ["ask_call_police", "ask_shelter", "ask_children", "ask_certificate"]
)
def test_asked_in_the_cry_for_help_it_is_answered_below_the_numbers(sign):
    cry = heard(sign, label="ex_partner_threat", risks=frozenset(("physical_danger",)))
    state, texts, _ = turn(cry, State("welcome.start"))
    assert texts[0].startswith("danger.numbers")
    assert PRACTICAL[sign] in texts
    assert state.at == "danger.here"


@pytest.mark.parametrize("sign", PRACTICAL)
def test_while_danger_lasts_the_numbers_stand_before_the_answer(sign):
    danger = State("danger.here", notes={"danger": "physical", "escalated": "yes"})
    state, texts, _ = turn(heard(sign), danger)
    assert texts[0] == "danger.short"
    assert PRACTICAL[sign] in texts
    assert state.at == "danger.here"


def test_a_night_without_a_roof_is_no_ultimatum_and_no_farewell():
    night = heard(
        "ask_shelter", label="goodbye", deadline_hours=15.0, risks=frozenset(("sexual_demand",))
    )
    state, texts, _ = turn(night, State("guide.menu", notes=THREAT))
    assert not state.notes.keys() & {"deadline_at", "demand", "exposure"}
    assert not state.at.startswith("leave.")
    assert "answer.shelter" in texts


def test_a_woman_asked_for_in_danger_is_told_to_the_counsellors():
    """The classifier calls it "a human", and the woman was forgotten."""
    danger = State("danger.here", notes={"danger": "physical", "escalated": "yes"})
    state, texts, step = turn(heard("ask_woman", label="talk_to_human"), danger)
    assert texts[:2] == ["danger.short", "care.woman"]
    assert state.notes["woman"] == "yes"
    assert any(isinstance(effect, Tell) for effect in step.effects)


def test_a_woman_asked_for_in_the_cry_itself_is_noted_too():
    cry = heard("ask_woman", risks=frozenset(("physical_danger",)))
    state, texts, _ = turn(cry, State("welcome.start"))
    assert texts[0].startswith("danger.numbers")
    assert "care.woman" in texts
    assert state.notes["woman"] == "yes"


def test_a_witness_who_deleted_the_picture_does_not_ask_us_to_erase():
    witness = State("witness.next", notes={"role": "witness", "kept": "yes"})
    state, texts, _ = turn(heard("deleted_it", label="erase_me"), witness)
    assert texts[0] == "witness.deleted"
    assert state.at == "witness.next"


def test_english_is_answered_in_three_languages_and_not_with_a_change_of_language():
    _, texts, _ = turn(heard("want_english", label="change_language"), State("welcome.start"))
    assert texts[0] == "danger.other_language"
    assert "talk.switched" not in texts


def test_of_an_officer_who_offends_no_list_names_the_station_first():
    notes = {**THREAT, "situation": "ex_partner_threat", "offender_police": "yes"}
    asked = heard("offender_police", label="ask_where_to_report")
    for said in (asked, heard(label="ask_where_to_report"), flows.model.Chose("report")):
        _, texts, _ = turn(said, State("guide.menu", notes=notes))
        assert texts[:2] == ["doors.offender_police", "doors.offender_police_more"]
        assert not any(text.endswith("_threat.report") for text in texts)


def test_who_asks_to_refuse_a_recording_is_told_how_and_not_that_it_happened():
    asked = heard("refuse_recording", label="call_recording", words=10)
    _, texts, _ = turn(asked, State("welcome.start"))
    assert texts[0] == "call_recording.refuse"
    assert not {"answer.record", "call_recording.hear"} & set(texts)


def test_the_privacy_policy_of_another_body_is_no_breach_however_long_the_question():
    asked = heard("public_site", label="data_breach", words=14)
    state, texts, _ = turn(asked, State("welcome.start"))
    assert texts[0] == "data_misuse.public_site"
    assert "situation" not in state.notes


def test_what_will_be_shown_at_eight_is_not_said_to_be_shown():
    later = heard(label="already_published", deadline_hours=5.0, risks=frozenset(("deadline",)))
    state, texts, _ = turn(later, State("welcome.start"))
    assert state.notes["situation"] == "threat_to_publish"
    assert "published" not in state.notes
    assert "already_published.hear" not in texts
    shown = heard("spread", label="already_published", deadline_hours=5.0)
    state, texts, _ = turn(shown, State("welcome.start"))
    assert state.notes["situation"] == "already_published"


def test_payment_told_twice_is_not_answered_twice_in_the_same_words():
    paid = heard(label="already_paid")
    state, texts, _ = turn(paid, State("guide.menu", notes=THREAT))
    assert "answer.paid" in texts
    _, texts, _ = turn(paid, state)
    assert "answer.paid" not in texts
    assert "answer.paid_again" in texts


@pytest.mark.parametrize("risk", ["money_demanded", "sexual_demand"])
def test_a_demand_beside_a_question_is_protected_before_its_kind_is_known(risk):
    asked = heard(label="already_paid", risks=frozenset((risk,)))
    state, texts, _ = turn(asked, State("welcome.start"))
    assert {"general.hear", "general.now"} <= set(texts)
    assert state.at == "welcome.safe"
