# SPDX-License-Identifier: AGPL-3.0-or-later
"""Turns that once went wrong, one test each: what was heard, and what must follow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cache

import pytest

import content
import flows
import nlu
from flows.model import (
    Chose,
    Effect,
    Escalate,
    Event,
    Fetch,
    FileCase,
    Heard,
    Hold,
    Keep,
    Mistyped,
    Presented,
    Recall,
    RefuseFile,
    Said,
    Say,
    Sent,
    ShredFiles,
    State,
    Unlink,
    World,
)  # fmt: skip

FILED = World(now=1e9, case="filed")


@cache
def script() -> flows.Script:
    return flows.load(content.load().keys, nlu.SITUATIONS)


def heard(label: str | None = None, *more: str, **said: object) -> Heard:
    labels = (label, *more) if label else ()
    known = {"signal": True, "words": 4, "doubt": label is None, **said}
    sets = {k: frozenset(v) if k in {"risks", "signs"} else v for k, v in known.items()}
    return Heard(label=label, labels=labels, **sets)  # type: ignore[arg-type]


def play(*events: Event, world: World = World(now=1e9)) -> tuple[State, list[list[Effect]]]:  # noqa: B008
    state, turns = None, []
    for event in events:
        step = flows.step(script(), state, event, world)
        turns.append(list(step.effects))
        state = State(**json.loads(json.dumps(asdict(step.state))))
        if any(isinstance(e, Keep) for e in step.effects) and world.case == "none":
            world = replace(world, case="draft")
        if any(isinstance(e, FileCase) for e in step.effects):
            world = replace(world, case="filed")
    assert state is not None
    return state, turns


def texts(effects: Sequence[Effect]) -> list[str]:
    return [key for effect in effects if isinstance(effect, Say) for key in effect.texts]


def kinds(effects: Sequence[Effect]) -> list[str]:
    return [effect.kind for effect in effects if isinstance(effect, Keep)]


def at(node: str, **notes: str) -> State:
    return State(node, notes=notes)


def turn(state: State, event: Event, world: World = FILED) -> tuple[State, list[Effect]]:
    step = flows.step(script(), state, event, world)
    return step.state, list(step.effects)


def test_a_question_asked_again_does_not_file_again() -> None:
    state, turns = play(
        Said(heard("threat_to_publish")), Chose("complaint"), Chose("send"),
        Said(heard(words=5)), Said(heard(words=5)),
    )  # fmt: skip

    assert [sum(isinstance(e, FileCase) for e in t) for t in turns] == [0, 0, 1, 0, 0]
    assert state.at == "complaint.when"


def test_the_receipt_typed_back_is_confirmed_and_wrong_digits_are_said() -> None:
    here = at("complaint.type_back", situation="threat_to_publish")

    assert turn(here, Presented(hit=True, mine=True))[0].at == "complaint.when"
    assert "receipt.mistyped" in texts(turn(here, Mistyped())[1])
    assert "receipt.not_found" in texts(turn(here, Presented(hit=False))[1])


def test_an_optional_answer_is_kept_even_when_it_sounds_like_a_no() -> None:
    state, effects = turn(at("complaint.when"), Said(heard("deny", doubt=True, words=3)))

    assert kinds(effects) == ["answer:when"]
    assert state.at == "complaint.where"


def test_a_correction_is_kept_and_the_present_question_stands() -> None:
    state, effects = turn(at("complaint.where"), Said(heard("deny", signs=["correction"])))

    assert kinds(effects) == ["correction"]
    assert "talk.corrected" in texts(effects)
    assert state.at == "complaint.where"


def test_until_tomorrow_at_eight_is_an_ultimatum_and_no_farewell() -> None:
    state, effects = turn(
        at("guide.menu", situation="threat_to_publish", guided="yes", age_band="adult"),
        Said(heard("goodbye", deadline_hours=20.0, half_day_open=True, risks=["deadline"])),
        World(now=1e9, case="draft", targets=True),
    )

    assert "talk.noted_deadline_at" in texts(effects)
    assert any(isinstance(e, Escalate) for e in effects)
    assert state.at == "guide.deadline"


def test_a_yes_to_two_readings_takes_the_likelier() -> None:
    first = Said(heard("ex_partner_threat", doubt=True, runner_up="threat_to_publish"))
    state, turns = play(first, Said(heard("affirm", words=1)))

    assert "general.now" in texts(turns[0])  # protected before anything is asked
    assert state.notes["situation"] == "ex_partner_threat"


def test_not_safe_is_heard_whatever_was_asked() -> None:
    state, effects = turn(
        at("welcome.age", situation="threat_to_publish"),
        Said(heard("deny", signs=["unsafe"], words=5)),
        World(now=1e9, case="draft"),
    )

    assert "danger.numbers_physical" in texts(effects)
    assert state.notes["danger"] == "physical"


def test_they_will_kill_me_is_asked_about() -> None:
    state, turns = play(Said(heard(signs=["home_anger"])), Said(heard("affirm", words=1)))

    assert kinds(turns[0]) == ["story"]
    assert "talk.home_fear" in texts(turns[0])
    assert "danger.numbers_physical" in texts(turns[1])
    assert state.notes["danger"] == "physical"


def test_the_wish_to_come_back_by_receipt_only_unlinks_the_chat() -> None:
    _, effects = turn(at("guide.menu"), Said(heard(signs=["only_receipt"], words=6)))

    assert any(isinstance(e, Unlink) for e in effects)


def test_may_we_write_is_asked_once() -> None:
    here = at("human.ping", situation="threat_to_publish", escalated="yes", age_band="adult")
    state, effects = turn(here, Said(heard("ask_law")))

    assert "threat_to_publish.law" in texts(effects)
    assert state.notes["ping"] == "silent"
    assert state.at == "guide.menu"


def test_a_message_that_answers_nothing_twice_lets_the_person_go_on() -> None:
    here = at("welcome.safe", situation="threat_to_publish")
    once, _ = turn(here, Said(heard(words=3)))
    twice, _ = turn(once, Said(heard(words=3)))

    assert once.at == "welcome.safe"
    assert twice.at == "welcome.age"


@pytest.mark.parametrize("number", [17, 24])
def test_a_bare_number_answers_how_old(number: int) -> None:
    here = at("welcome.age", situation="threat_to_publish", safe="yes")
    state, effects = turn(here, Said(heard(number=number, words=1)))

    assert state.notes["age_band"] == ("minor" if number < 18 else "adult")
    assert ("minor.first" in texts(effects)) == (number < 18)


def test_a_minor_learned_late_shreds_what_was_sealed() -> None:
    here = at("guide.menu", situation="threat_to_publish", age_band="adult")
    _, effects = turn(here, Said(heard(age=16)), World(now=1e9, case="draft", files=2))

    assert any(isinstance(e, ShredFiles) for e in effects)


def test_an_adult_is_not_asked_the_age_before_every_file() -> None:
    state, effects = turn(at("guide.menu", age_band="adult"), Sent("photo"))

    assert any(isinstance(e, Hold) for e in effects)
    assert state.at == "media.intimate"


def test_the_age_said_at_the_gate_opens_the_next_question() -> None:
    held, _ = turn(at("guide.menu", situation="hacked_account"), Sent("document"))
    state, _ = turn(held, Said(heard(number=25, words=1)))

    assert (held.at, state.at) == ("media.age", "media.intimate")


def test_a_minors_file_is_refused_and_2511_is_said_at_once() -> None:
    held, _ = turn(at("guide.menu", situation="hacked_account"), Sent("document"))
    _, effects = turn(held, Chose("under18"))

    assert any(isinstance(e, RefuseFile) for e in effects)
    assert "minor.first" in texts(effects)


def test_a_voice_before_any_word_is_answered_in_both_languages_and_not_taken() -> None:
    state, (first,) = play(Sent("voice"))

    assert state.at == "media.voice"
    assert texts(first)[:2] == ["media.voice", "media.voice_twin"]
    assert any(isinstance(e, Hold) for e in first)
    assert not any(isinstance(e, Fetch | Keep) for e in first)

    state, (_, other) = play(Sent("voice"), Chose("other_lang"))
    assert (state.lang, state.at) == ("fr", "media.voice")
    assert "media.voice_twin" not in texts(other)

    state, _ = play(Sent("voice"), Chose("give_voice"))
    assert state.at == "media.age"


def test_a_first_voice_with_words_is_heard_and_a_later_one_is_a_file_like_others() -> None:
    captioned, _ = play(Sent("voice", caption=heard("hacked_account")))
    later, effects = turn(at("guide.menu", situation="hacked_account"), Sent("voice"))

    assert (captioned.at, later.at) == ("media.age", "media.age")
    assert "media.voice" not in texts(effects)


def test_words_after_a_first_voice_are_a_story_like_any_other() -> None:
    _, (_, told) = play(Sent("voice"), Said(heard("hacked_account")))

    assert "hacked_account.hear" in texts(told)
    assert kinds(told)


def test_an_old_button_of_the_same_name_does_not_answer_another_question() -> None:
    state, effects = turn(at("complaint.where"), Chose("skip", "complaint.when"))

    assert "talk.stale" in texts(effects)
    assert state.at == "complaint.where"


def test_the_alarm_is_recalled_on_wish() -> None:
    here = at("human.ping", situation="already_published", escalated="yes", age_band="adult")
    _, effects = turn(here, Chose("recall"), World(now=1e9, case="draft"))

    assert any(isinstance(e, Recall) for e in effects)


def test_should_i_delete_is_no_wish_to_erase_us() -> None:
    here = at("guide.menu", situation="threat_to_publish")
    state, effects = turn(here, Said(heard("erase_me", signs=["ask_delete"])))

    assert "answer.delete_conversation" in texts(effects)
    assert state.at == "guide.menu"


def test_a_flood_is_kept_and_answered_once_but_danger_always() -> None:
    world = World(now=1e9, case="draft", flood=True)
    state, first = turn(at("guide.menu", situation="harassment"), Said(heard(words=9)), world)
    state, second = turn(state, Said(heard(words=9)), world)
    _, third = turn(state, Said(heard(risks=["self_harm"])), world)

    assert (texts(first), texts(second)) == (["talk.slow"], [])
    assert kinds(first) == kinds(second) == ["story"]
    assert "danger.numbers_self_harm" in texts(third)


HELPED = {"for": "other", "situation": "ex_partner_threat"}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (at("guide.menu", **{"for": "other"}), {"signs": ["home_anger"]}),
        (at("guide.menu", **{"for": "other"}), {"signs": ["ask_cover", "cannot_read"]}),
        (at("complaint.story", **{"for": "other"}), {}),
        (at("human.talking", **{"for": "other"}), {}),
        (at("guide.menu", **{"for": "other"}), {"more": "talk_to_human"}),
        (at("welcome.start", **{"for": "other"}), {"signs": ["remind_me", "threatened"]}),
    ],
)
def test_who_writes_for_somebody_never_hears_the_words_meant_for_the_victim(
    state: State, said: dict[str, object]
) -> None:
    more = [str(said.pop("more"))] if "more" in said else []
    _, effects = turn(state, Said(heard("threat_to_publish", *more, **said)), World(now=1e9))

    spoken = [t for t in texts(effects) if t.endswith((".hear", ".hear_other"))]
    assert "threat_to_publish.hear" not in spoken
    assert "general.hear" not in spoken


def test_who_writes_for_somebody_in_danger_is_spoken_to_as_such() -> None:
    for band in ({}, {"age_band": "minor"}):
        state = at("guide.menu", **HELPED, **band)
        _, effects = turn(state, Said(heard(risks=["physical_danger"])))
        assert texts(effects)[0] == "danger.numbers_physical_other"


def test_of_an_offender_in_the_same_home_a_helper_hears_of_the_victims_home() -> None:
    for who, said in (("me", "general.if_lives_with"), ("other", "general.if_lives_with_other")):
        notes = {"for": who, "situation": "ex_partner_threat", "lives_with": "yes"}
        _, effects = turn(at("welcome.age", **notes), Chose("adult"), World(now=1e9))
        lines = [t for t in texts(effects) if "if_lives_with" in t]
        assert lines == [said]


def test_a_fact_in_an_answer_is_not_written_over_by_told() -> None:
    state, _ = turn(at("complaint.where"), Said(heard(platform="whatsapp", words=2)))
    assert state.notes["platform"] == "whatsapp"

    threat = {"situation": "threat_to_publish"}
    state, effects = turn(
        at("complaint.amount", **threat), Said(heard(amount="1500 MAD", words=2))
    )
    assert state.notes["amount"] == "1500 MAD"
    assert not any(("amount", "told") in e.values for e in effects if isinstance(e, Say))


@pytest.mark.parametrize("node", ["human.ping", "complaint.when", "coach.dates", "guide.menu"])
def test_2511_comes_in_the_very_turn_in_which_the_age_is_understood(node: str) -> None:
    young = Said(heard("ask_pay", age=16, risks=["minor"], words=6))
    for event in (young, Said(heard(age=16, risks=["minor"], words=6))):
        state, effects = turn(at(node, situation="deepfake", guided="yes"), event)
        assert "minor.first" in texts(effects)
        assert state.notes["minor_told"] == "yes"


def test_whose_file_was_destroyed_is_told_so() -> None:
    young = Said(heard(age=16, risks=["minor"], words=3))
    _, effects = turn(at("human.ping", age_band="adult"), young, World(case="draft", files=1))
    assert any(isinstance(e, ShredFiles) for e in effects)
    assert "media.shredded" in texts(effects)

    _, effects = turn(at("human.ping"), young, World(case="draft"))
    assert "media.shredded" not in texts(effects)


def test_the_language_named_is_spoken_in_whatever_language_it_was_asked_for() -> None:
    for sign, lang in (("want_french", "fr"), ("want_arabic", "ar")):
        for written in ("ar", "fr"):
            asked = heard("change_language", lang=written, signs=[sign])
            state, effects = turn(at("guide.menu", situation="harassment"), Said(asked))
            assert state.lang == lang
            assert state.at == "guide.menu"
            assert "talk.switched" in texts(effects)


def test_no_complaint_is_an_answer_of_its_own_and_no_doubt_about_a_complaint() -> None:
    said = heard("file_complaint", signs=["no_complaint"])
    state, effects = turn(at("guide.menu", situation="harassment"), Said(said))
    assert (state.at, texts(effects)[0]) == ("guide.menu", "answer.no_complaint")


def test_to_send_the_picture_is_not_to_pay() -> None:
    said = heard("ask_pay", signs=["ask_images"], risks=["money_demanded"])
    state, effects = turn(at("witness.next", role="witness"), Said(said))
    assert texts(effects)[0] == "answer.image_request"
    assert "answer.pay" not in texts(effects)
    assert "demand" not in state.notes


def test_more_of_the_same_situation_is_noted_and_asked_about_no_more() -> None:
    more = heard("harassment", doubt=True, runner_up="unsolicited_messages", words=8)
    state, effects = turn(
        at("guide.menu", situation="harassment"), Said(more), World(case="draft")
    )
    assert (state.at, texts(effects)[0]) == ("guide.menu", "talk.noted")


def test_hours_said_beside_the_number_are_not_asked_again() -> None:
    said = heard("money_scam", signs=["phone_told", "morning"], risks=["money_demanded"], words=3)
    state, _ = turn(at("call.number"), Said(said), World(case="draft"))
    assert (state.at, state.notes["call_hours"]) == ("call.pickup", "morning")
    assert not {"situation", "demand"} & state.notes.keys()

    state, _ = turn(at("call.number"), Said(heard(signs=["phone_told"], words=1)))
    assert state.at == "call.hours"


def test_in_danger_a_call_and_a_woman_are_answered_too() -> None:
    here = at("danger.here", danger="physical", situation="ex_partner_threat")
    state, effects = turn(here, Said(heard(signs=["ask_woman"])))
    assert (state.at, state.notes["woman"]) == ("danger.here", "yes")
    assert texts(effects)[0] == "danger.short"
    assert "care.woman" in texts(effects)

    state, effects = turn(here, Said(heard(signs=["call_me"])))
    assert state.at == "danger.here"
    assert texts(effects)[:2] == ["danger.short", "call.danger"]


def test_help_on_its_way_is_good_news_and_no_question() -> None:
    said = heard("ask_where_to_report", signs=["help_coming"])
    _, effects = turn(at("danger.here", danger="physical", situation="harassment"), Said(said))
    assert texts(effects)[:2] == ["danger.short", "danger.help_coming"]
    assert not any(t.endswith(".report") for t in texts(effects))


def test_after_danger_who_wants_to_stop_is_not_asked_what_happens_to_them() -> None:
    for role, node in (("author", "stopping.next"), ("witness", "witness.next")):
        state, _ = turn(at("danger.here", danger="self_harm", role=role), Chose("safe_now"))
        assert state.at == node


def test_after_the_alarm_nobody_hears_that_no_one_can_open_the_words() -> None:
    for situation, event in (
        ({}, Said(heard("harassment"))),
        ({"situation": "harassment", "guided": "yes"}, Said(heard(signs=["ask_state"]))),
    ):
        state = at("guide.menu", escalated="yes", told="yes", ping="no", **situation)
        _, effects = turn(state, event, World(case="draft"))
        assert "talk.kept" not in texts(effects)


def test_a_story_told_to_a_human_still_gets_its_guide_on_the_way_back() -> None:
    state = at("human.talking", situation="already_published", talking="yes")
    state, _ = turn(state, Chose("menu"), World(case="draft"))
    assert state.at == "welcome.safe"


def test_an_insulted_minor_gets_the_guide_of_insults_and_one_held_over_the_childs() -> None:
    notes = {"situation": "harassment", "age_band": "minor", "minor_told": "yes", "for": "me"}
    _, effects = turn(at("welcome.safe", **notes), Chose("safe_yes"), World(case="draft"))
    assert {"harassment.steps", "minor.also"} <= {*texts(effects)}

    held = {**notes, "threatened": "yes"}
    _, effects = turn(at("welcome.safe", **held), Chose("safe_yes"), World(case="draft"))
    assert "minor.steps" in texts(effects)


def test_a_demand_that_makes_a_threat_of_it_protects_at_once() -> None:
    asked = Said(heard(amount="500 MAD", risks=["money_demanded"], words=9))
    state, effects = turn(
        at("guide.menu", situation="lost_or_stolen_device", guided="yes"), asked,
        World(now=1e9, case="draft"),
    )  # fmt: skip
    assert state.at == "welcome.safe"
    assert {"talk.noted_amount", "general.now"} <= {*texts(effects)}


def test_a_promise_of_theirs_to_erase_is_no_wish_to_erase_us() -> None:
    told = heard("already_published", "erase_me", words=17)
    state, _ = turn(at("welcome.start"), Said(told), World(now=1e9))
    assert not state.at.startswith("leave.")

    state, _ = turn(at("guide.menu", situation="harassment"), Said(heard("erase_me", words=2)))
    assert state.at == "leave.erase_lodged"


def test_a_minor_whom_nobody_threatens_is_not_asked_whether_they_are_safe() -> None:
    advert = heard("unsolicited_messages", age=15, risks=["minor"], signs=["own_age"])
    state, effects = turn(at("welcome.start"), Said(advert), World(now=1e9))
    assert "minor.first" in texts(effects)
    assert state.at == "guide.menu"


def test_a_closed_case_is_said_to_be_closed_and_not_waited_for() -> None:
    for answers, asked in ((1, "receipt.answers_new"), (0, "talk.next_short")):
        world = World(case="closed", answers=answers)
        _, effects = turn(at("receipt.ask"), Presented(hit=True), world)
        assert texts(effects)[0] == "receipt.status_closed"
        assert asked in texts(effects)
        assert not {"receipt.status_taken", "receipt.answers_none"} & {*texts(effects)}


def test_a_draft_that_counsellors_can_open_is_not_called_shut():
    told = heard("already_published", age=30, signs=("safe",), words=12)
    _, [first] = play(Said(told))
    assert any(isinstance(effect, Escalate) for effect in first)
    assert "talk.kept" not in texts(first)
    assert "talk.kept_short" in texts(first)
    _, [calm] = play(Said(heard("harassment", age=30, words=12)))
    assert "talk.kept" in texts(calm)


def test_two_questions_in_one_message_are_both_answered():
    told = Said(heard("threat_to_publish"))
    asked = Said(heard("ask_pay", "ask_law", words=8))
    _, [*_, answered] = play(told, Chose("safe_yes"), Chose("adult"), asked)
    assert "answer.pay" in texts(answered)
    assert any(key.endswith(".law") for key in texts(answered))


@pytest.mark.parametrize("answer", ["affirm", "deny"])
def test_yes_and_no_both_pass_the_receipt_that_is_to_be_typed_back(answer):
    lodged = State("complaint.type_back", "fr", {"situation": "threat_to_publish"})
    step = flows.step(script(), lodged, Said(heard(answer, words=1)), FILED)
    assert step.state.at == "complaint.when"
    assert "complaint.details" in texts(step.effects)


@pytest.mark.parametrize(("risks", "protected"), [(("money_demanded",), True), ((), False)])
def test_whoever_paid_and_is_asked_for_more_is_protected_before_its_kind_is_known(
    risks, protected
):
    state, [first] = play(Said(heard("already_paid", risks=risks, words=8)))
    assert "answer.paid" in texts(first)
    assert ("general.now" in texts(first)) is protected
    assert (state.at == "welcome.safe") is protected


def test_who_paid_under_threat_hears_what_to_do_once_in_one_answer() -> None:
    said = heard(
        "threat_to_publish", "already_paid", risks=["money_demanded"], signs=["paid_already"]
    )
    _, ((*effects,),) = play(Said(said))
    assert texts(effects).count("answer.paid") == 1
