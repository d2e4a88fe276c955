# SPDX-License-Identifier: AGPL-3.0-or-later
"""Conversations read as text by a careful reader: each fault that was found, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

import content
import flows
import nlu
from flows.model import (
    Chose,
    Event,
    Heard,
    Presented,
    Said,
    Say,
    Sent,
    State,
    World,
)  # fmt: skip

CATALOG = content.load()
SCRIPT = flows.load(CATALOG.keys, nlu.SITUATIONS)
NOW = World(now=1e9)
DRAFT = World(now=1e9, case="draft")
FILED = World(now=1e9, case="filed")
THREAT = "threat_to_publish"


def said(label: str | None = None, *signs: str, **more: object) -> Said:
    """A message as the classifier and the patterns make it out."""
    labels = (label,) if label else ()
    known = {"signal": True, "words": 5, "doubt": label is None, "letters": True, **more}
    sets = {k: frozenset(v) if k == "risks" else v for k, v in known.items()}  # type: ignore[call-overload]
    heard = {"label": label, "labels": labels, "signs": frozenset(signs), "lang": "fr", **sets}
    return Said(Heard(**heard))


def turn(event: Event, at: str, world: World = NOW, **notes: str) -> tuple[State, list[str]]:
    """The state after *event* at the node *at*, and every text that is said."""
    state = State(at, "fr", notes=notes)
    step = flows.step(SCRIPT, state, event, world)
    return step.state, [k for e in step.effects if isinstance(e, Say) for k in e.texts]


def test_whoever_knows_of_it_does_not_make_the_writer_a_helper():
    answer = said("harassment", doubt=True, risks=["for_someone_else"], words=3)
    state, _ = turn(answer, "complaint.who_knows", FILED, situation=THREAT, told="yes")
    assert "for" not in state.notes


def test_the_weather_has_no_ultimatum():
    question = said("out_of_scope", deadline_hours=20.0, risks=["deadline"], words=6)
    state, texts = turn(question, "welcome.start", told="yes")
    assert "deadline_at" not in state.notes
    assert texts[0] == "answer.out_of_scope"


@pytest.mark.parametrize(
    ("threat", "words", "published"), [(True, 14, False), (False, 1, False), (False, 9, True)]
)
def test_a_threat_or_a_single_word_is_no_news_of_a_publication(threat, words, published):
    heard = said("already_published", *(["threatened"] if threat else []), words=words).heard
    label = THREAT if threat else "already_published"
    heard = replace(heard, label=label, labels=(label, "already_published"))
    state, _ = turn(Said(heard), "guide.menu", situation=THREAT)
    assert ("published" in state.notes) is published


def test_a_vague_reading_of_a_cry_names_no_situation():
    cry = said("impersonation", hazy=True, risks=["self_harm"], words=9)
    state, texts = turn(cry, "welcome.start")
    assert state.at == "danger.here"
    assert "situation" not in state.notes
    assert "danger.story_kept" not in texts


def test_a_vague_reading_of_a_cry_still_hears_what_was_spread():
    cry = said(THREAT, "spread", hazy=True, risks=["self_harm"], words=11)
    state, texts = turn(cry, "welcome.start")
    assert state.notes["situation"] == "already_published"
    assert "danger.story_kept" in texts


@pytest.mark.parametrize("danger", ["self_harm", "physical"])
def test_what_shall_i_do_in_danger_is_about_the_danger(danger):
    lost = said("ask_what_to_do", words=6)
    _, texts = turn(lost, "danger.here", situation=THREAT, danger=danger, safe="no")
    assert f"{THREAT}.steps" not in texts
    assert ("danger.near" if danger == "self_harm" else "danger.numbers_physical") in texts


def test_fear_in_danger_is_listened_to():
    fear = said(None, "afraid", words=3)
    _, texts = turn(fear, "danger.here", situation=THREAT, danger="physical", safe="no")
    assert "care.afraid" not in texts
    assert "talk.danger_kept" in texts


def test_a_demand_learned_in_doubt_protects_at_once():
    asks = said(THREAT, doubt=True, runner_up="repair_shop_leak", amount="500 MAD")
    asks = Said(replace(asks.heard, risks=frozenset(("money_demanded",)), words=11))
    state, texts = turn(asks, "guide.menu", situation="lost_or_stolen_device", guided="yes")
    assert state.at == "welcome.safe"
    assert "general.now" in texts
    assert "talk.noted_amount" in texts


def test_he_erased_nothing_is_no_wish_to_erase():
    story = said("already_published", "paid_already", "spread", words=17)
    story = Said(replace(story.heard, labels=("already_published", "erase_me")))
    state, texts = turn(story, "welcome.start")
    assert state.at == "welcome.safe"
    assert "already_published.hear" in texts


def test_an_answered_doubt_is_not_asked_again():
    asked = said("ask_evidence", words=7)
    state, texts = turn(asked, "welcome.doubt", situation=THREAT, guided="yes", doubt_a="ask_law")
    assert state.at == "guide.menu"
    assert "talk.doubt" not in texts


def test_a_recorded_call_held_over_somebody_is_a_threat():
    both = said("call_recording", words=25, risks=["money_demanded"])
    both = Said(replace(both.heard, labels=("call_recording", THREAT)))
    state, texts = turn(both, "welcome.start")
    assert state.notes["situation"] == THREAT
    assert f"{THREAT}.hear" in texts


def test_a_fear_of_the_law_is_not_answered_twice():
    fear = said("ask_where_to_report", "ask_exposure", words=9)
    _, texts = turn(
        fear, "guide.menu", situation="ex_partner_threat", exposure="yes", guided="yes"
    )
    assert "exposure.answer" in texts
    assert not {"exposure.first", "ex_partner_threat.report"} & set(texts)


@pytest.mark.parametrize(
    ("role", "at", "event", "wanted"),
    [
        ("witness", "witness.next", said("ask_law", "ask_exposure"), "witness.law"),
        ("witness", "witness.next", said("ask_what_to_do"), "witness.victim"),
        ("author", "stopping.next", said("ask_law", "ask_exposure"), "stopping.law"),
        ("author", "stopping.next", said("ask_where_to_report"), "stopping.lawyer"),
        ("author", "human.talking", said("ask_what_to_do"), "stopping.steps"),
    ],
)
def test_a_bystander_is_answered_as_one(role, at, event, wanted):
    _, texts = turn(event, at, role=role, told="yes", kept="yes")
    assert wanted in texts
    assert not any(t.startswith(("general.", "exposure.", "threat")) for t in texts)


def test_the_age_of_the_girl_on_the_picture_is_not_the_news_of_a_child_at_home():
    age = said("already_published", doubt=True, age=16, risks=["minor", "for_someone_else"])
    state, texts = turn(age, "witness.next", role="witness", told="yes", kept="yes")
    assert state.at == "witness.next"
    assert "minor.parent" not in texts
    assert "witness.report" in texts


@pytest.mark.parametrize(("at", "label"), [("witness.next", "menu"), ("stopping.next", "menu")])
def test_another_subject_is_told_by_whoever_it_happened_to(at, label):
    state, _ = turn(Chose(label), at, role="author", told="yes", kept="yes")
    assert "role" not in state.notes


def test_a_caption_beside_a_bystanders_file_tells_no_situation():
    caption = said("lost_or_stolen_device", words=2).heard
    state, _ = turn(
        Sent("photo", caption=caption), "stopping.next", role="author", age_band="minor"
    )
    assert "situation" not in state.notes


def test_the_parents_are_spoken_of_to_the_person_who_writes():
    ask = said("ask_law", "ask_parents", doubt=True, words=9)
    _, texts = turn(ask, "guide.menu", situation=THREAT, age_band="minor", **{"for": "other"})
    assert "minor.tell" not in texts
    assert "answer.parents" in texts


def test_will_my_parents_know_is_answered_inside_a_form_too():
    ask = said("file_complaint", "no_parents", "ask_parents", doubt=True, words=10)
    _, texts = turn(ask, "complaint.confirm", situation=THREAT, age_band="minor", told="yes")
    assert "family.child" in texts
    assert "minor.tell" not in texts


def test_fear_is_answered_and_the_question_stands():
    state, texts = turn(said(None, "afraid", words=2), "guide.menu", situation=THREAT)
    assert "care.afraid" in texts
    assert "talk.lost" not in texts
    assert state.at == "guide.menu"


def test_the_language_button_in_words_keeps_the_question():
    state, texts = turn(Chose("other_lang"), "welcome.safe", situation=THREAT)
    assert state.lang == "ar"
    assert state.at == "welcome.safe"
    assert texts.count("talk.switched") == 1


def test_a_language_asked_for_again_is_said_once():
    state, texts = turn(said("change_language", words=2), "welcome.again")
    assert texts.count("talk.switched") == 1
    assert state.at == "welcome.again"


@pytest.mark.parametrize("event", [Sent("photo"), Presented(hit=True), Presented(hit=False)])
def test_who_begins_without_a_word_is_told_of_the_other_language(event):
    step = flows.step(SCRIPT, None, event, NOW)
    assert any("talk.hello_twin" in e.texts for e in step.effects if isinstance(e, Say))


def test_noted_in_words_is_noted():
    here = {"situation": THREAT, "told": "yes"}
    state, _ = turn(
        said("call_recording", "written_down", words=1), "complaint.type_back", FILED, **here
    )
    assert state.at == "complaint.when"


def test_the_receipt_need_not_be_typed_back_for_ever():
    state = State("complaint.type_back", "fr", notes={"situation": THREAT, "told": "yes"})
    for _ in range(2):
        state = flows.step(SCRIPT, state, said(None, words=2), FILED).state
    assert state.at == "complaint.when"


def test_that_is_all_ends_what_is_added():
    state, texts = turn(
        said("deny", "that_is_all", doubt=True, words=2), "complaint.add", FILED, situation=THREAT
    )
    assert "complaint.added_all" in texts
    assert state.at == "guide.menu"


def test_a_story_that_sounds_like_a_question_is_a_story():
    story = said("lost_or_stolen_device", words=15)
    story = Said(replace(story.heard, labels=("lost_or_stolen_device", "ask_where_to_report")))
    state, _ = turn(story, "complaint.story", DRAFT, situation=THREAT, told="yes")
    assert state.at == "complaint.more"


def test_to_add_is_not_to_tell_again():
    _, texts = turn(Chose("add"), "complaint.confirm", DRAFT, situation=THREAT, told="yes")
    assert "complaint.story" not in texts
    assert "complaint.story_add" in texts


def test_a_voice_that_was_wanted_is_called_for_after_the_two_questions():
    notes = {"situation": THREAT, "easy": "yes", "safe": "yes"}
    state, _ = turn(Chose("voice"), "care.easy_how", DRAFT, **notes)
    step = flows.step(SCRIPT, state, Chose("adult"), DRAFT)
    assert any("care.voice_now" in e.texts for e in step.effects if isinstance(e, Say))


def test_in_danger_too_erasing_is_confirmed_in_words():
    state, texts = turn(
        said("affirm", words=1), "leave.erase_sure", DRAFT, danger="physical", safe="no"
    )
    assert state.at == "leave.erased"
    assert texts[-1] == "leave.erased"


def test_somebody_under_18_who_is_insulted_has_the_list_of_days():
    _, texts = turn(said("ask_what_to_do"), "guide.menu", situation="harassment", age_band="minor")
    assert "harassment.steps" in texts
    assert "minor.also" in texts


def test_the_age_of_the_girl_is_not_the_age_of_the_author():
    age = said("already_published", doubt=True, age=17, risks=["minor"], words=4)
    _, texts = turn(age, "stopping.next", role="author", told="yes", kept="yes")
    assert "stopping.law" in texts
    assert "stopping.minor" not in texts


@pytest.mark.parametrize(
    ("role", "back"), [("author", "stopping.next"), ("witness", "witness.next")]
)
def test_who_stays_goes_on_as_who_they_are(role, back):
    state, _ = turn(Chose("stay"), "leave.erase_sure", DRAFT, role=role, told="yes")
    assert state.at == back


def test_an_hour_to_be_called_at_is_no_ultimatum():
    number = said("money_scam", "phone_told", doubt=True, deadline_hours=9.0, risks=["deadline"])
    state, _ = turn(number, "human.ping", DRAFT, situation=THREAT, told="yes")
    assert "deadline_at" not in state.notes


def test_somebody_in_one_word_is_nobody_in_particular():
    state, _ = turn(said("talk_to_human", "for_other", words=1), "welcome.start")
    assert "for" not in state.notes


def test_the_end_of_ones_strength_is_answered():
    _, texts = turn(said("deny", "worn", words=4), "welcome.start")
    assert "care.worn" in texts


def test_a_ransom_for_a_found_phone_is_a_threat_whatever_the_model_doubts():
    said = "quelqu'un l'a trouvé et demande 500 dh sinon il publie mes photos"
    reading = nlu.load().read(said, datetime(2026, 11, 25, 21, 0, tzinfo=UTC))
    assert reading.label == "threat_to_publish"
    assert not reading.doubt
