# SPDX-License-Identifier: AGPL-3.0-or-later
"""The dialogue's promises, for any state and any event; and every fault of a script named."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import content
import flows
from flows.model import (
    CaseStage,
    Chose,
    Erase,
    Escalate,
    Event,
    FileFailed,
    FileKept,
    Heard,
    Hold,
    Keep,
    Mistyped,
    Presented,
    QuickExit,
    RefuseFile,
    Said,
    Say,
    Sent,
    State,
    Step,
    Unknown,
    World,
)  # fmt: skip
from flows.script import Choice, Line, Node, Script, Text, Way
from nlu import INTENTS, RISKS, SIGNS, SITUATIONS

CATALOG = content.load()
SCRIPT = flows.load(CATALOG.keys, SITUATIONS)
LABELS = (*SITUATIONS, *INTENTS)
DANGERS = frozenset(("self_harm", "physical_danger"))
NUMBERS = ("danger.numbers", "danger.short", "danger.other_language")
STORIES = sorted(name for name, node in SCRIPT.nodes.items() if node.text)
WAITING = sorted(name for name, node in SCRIPT.nodes.items() if node.waits)
VALUES = {
    "situation": SITUATIONS,
    "age_band": ("minor", "adult", "untold"),
    "for": ("me", "other"),
    "safe": ("yes", "no"),
    "demand": ("money", "sexual", "both", "other", "nothing"),
    "platform": ("instagram", "whatsapp", "imo", "told", "untold"),
    "ev_link": ("yes", "no"),
    "ev_dates": ("yes", "no"),
    "ev_receipt": ("yes", "no"),
    "amount": ("500 MAD", "told", "untold", "nothing"),
    "deadline_at": ("1795539600", "1795639600"),
    "deadline_sure": ("yes", "no"),
    "deadline_part": ("morning", "evening"),
    "danger": ("self_harm", "physical"),
    "escalated": ("yes", "recalled"),
    "ping": ("now", "after9", "no", "silent"),
    "role": ("witness", "author", "professional"),
    "consent": ("yes", "no", "child", "untold"),
    "home": ("no", "untold"),
    "call_hours": ("morning", "any", "told"),
    "pickup": ("only_me", "others", "told"),
}
MARKS = """told kept guided menu_seen minor_told handed talking more details_done published paid
lives_with not_alone q_when q_who compressed threatened exposure exposure_told me_abroad
offender_police
woman call easy warned deadline_told near"""
VALUES |= dict.fromkeys(MARKS.split(), ("yes",))
PAIRS = [(note, value) for note, values in VALUES.items() for value in values]
notes = st.lists(st.sampled_from(PAIRS), max_size=8).map(dict)
heards = st.builds(
    Heard,
    lang=st.sampled_from(("ar", "fr", "other")),
    signal=st.booleans(),
    label=st.sampled_from(LABELS) | st.none(),
    doubt=st.booleans(),
    runner_up=st.sampled_from(LABELS) | st.none(),
    labels=st.lists(st.sampled_from(LABELS), max_size=3, unique=True).map(tuple),
    risks=st.frozensets(st.sampled_from(RISKS), max_size=3),
    signs=st.frozensets(st.sampled_from(sorted(SIGNS)), max_size=2),
    platform=st.sampled_from(("facebook", "site")) | st.none(),
    amount=st.sampled_from(("500 MAD", "20 EUR")) | st.none(),
    deadline_hours=st.none() | st.sampled_from((0.0, 6.0, 47.0, 400.0)),
    half_day_open=st.booleans(),
    age=st.none() | st.sampled_from((5, 15, 17, 18, 60)),
    number=st.none() | st.sampled_from((0, 7, 17, 22, 4000)),
    words=st.sampled_from((0, 1, 3, 7, 8, 9, 200)),
)
options = sorted({c.id for n in SCRIPT.nodes.values() for c in n.choices} | {*SCRIPT.anywhere})
events = st.one_of(
    st.builds(Said, heards, edited=st.booleans()),
    st.builds(
        Chose,
        st.sampled_from(options)
        | st.sampled_from(LABELS).map("sit_{}".format)
        | st.sampled_from(LABELS).map("want_{}".format)
        | st.text(max_size=9),
    ),
    st.builds(Sent, st.sampled_from(("photo", "voice")), caption=st.none() | heards),
    st.just(FileKept("F1")),
    st.builds(FileFailed, st.sampled_from(("empty", "too_large", "type", "gone"))),
    st.builds(Presented, st.booleans(), st.booleans(), st.integers(0, 2), st.booleans()),
    st.sampled_from((Mistyped(), Unknown())),
)
worlds = st.builds(
    World,
    now=st.just(1795539600.0),
    case=st.sampled_from(get_args(CaseStage)),
    files=st.integers(0, 2),
    waiting=st.integers(0, 2),
    answers=st.integers(0, 2),
    targets=st.booleans(),
    taken=st.booleans(),
    channel=st.sampled_from(("telegram", "web", "terminal")),
)
waited = st.sampled_from(({"late": True}, {"away_hours": 26.0}))


def states(at: list[str]) -> st.SearchStrategy[State]:
    return st.builds(
        State,
        at=st.sampled_from(at),
        lang=st.sampled_from(("ar", "fr")),
        notes=notes,
        back=st.sampled_from(WAITING) | st.none(),
        misses=st.integers(0, 4),
    )


anywhere = states(WAITING)
anything = st.none() | anywhere | states([*SCRIPT.nodes, "no.such.node", "", "leave.erased"])


def step(state: State | None, event: Event, world: World) -> Step:
    return flows.step(SCRIPT, state, event, world)


def says(done: Step) -> list[Say]:
    return [effect for effect in done.effects if isinstance(effect, Say)]


def kept(done: Step) -> bool:
    return any(isinstance(effect, Keep) for effect in done.effects)


def leaves(done: Step) -> bool:
    return any(isinstance(effect, Erase | QuickExit) for effect in done.effects)


@given(anything, events, worlds)
@settings(max_examples=300)
def test_any_state_meets_any_event_and_nobody_is_stranded(state, event, world):
    done = step(state, event, world)
    assert says(done), "an answer"
    assert len(says(done)) <= 3
    if leaves(done) or isinstance(event, FileKept | FileFailed):
        return  # gone, or only told what became of a file: the question asked before stands
    assert SCRIPT.nodes[done.state.at].waits
    if not getattr(event, "edited", False):
        assert says(done)[-1].at == done.state.at
        assert says(done)[-1].options or SCRIPT.nodes[done.state.at].text


@given(anything, events, worlds)
def test_the_same_turn_always_has_the_same_answer(state, event, world):
    assert step(state, event, world) == step(state, event, world)


@given(anything, events, worlds)
def test_every_text_exists_and_every_note_is_from_a_closed_vocabulary(state, event, world):
    done = step(state, event, world)
    for say in says(done):
        assert {*say.texts} <= CATALOG.keys
        assert {label for _, label in say.options} <= CATALOG.keys
    assert all(len(value) <= 24 for value in done.state.notes.values())


@given(anywhere, worlds)
def test_a_human_is_one_step_away(state, world):
    done = step(state, Chose("human"), world)
    assert any(isinstance(effect, Escalate) for effect in done.effects)


@given(anywhere, worlds)
def test_erasing_is_one_step_and_one_confirmation_away(state, world):
    done = step(state, Chose("erase"), world)
    assert done.state.at in {"leave.erase_sure", "leave.erase_lodged"}
    gone = step(done.state, Chose("erase_yes"), world)
    assert any(isinstance(effect, Erase) for effect in gone.effects)


@given(anywhere, worlds)
def test_a_quick_exit_is_one_step_away_by_button_and_by_word(state, world):
    word = Said(Heard(signs=frozenset(("quick_exit",)), words=1))
    for event in (Chose("quick_exit"), word):
        done = step(state, event, world)
        assert any(isinstance(effect, QuickExit) for effect in done.effects)
        assert [say.texts for say in says(done)] == [("leave.neutral",)]
        assert not any(say.options for say in says(done))


@pytest.mark.parametrize("danger", ["", "physical"])
@pytest.mark.parametrize("name", WAITING)
def test_from_every_node_a_human_erasing_and_leaving_are_one_word_or_button_away(name, danger):
    state = State(name, "fr", {"danger": danger, "situation": "harassment"} if danger else {})
    wishes = {
        "human": ("talk_to_human", frozenset[str](), ("human.", "danger.")),
        "erase": ("erase_me", frozenset[str](), ("leave.erase",)),
        "quick_exit": (None, frozenset({"quick_exit"}), ("leave.exit",)),
    }
    for option, (label, signs, ends) in wishes.items():
        labels = (label,) if label else ()
        word = Heard(
            "fr", signal=True, label=label, doubt=False, labels=labels, signs=signs, words=2
        )
        for event in (Chose(option), Said(word)):
            done = step(state, event, World(case="draft", targets=True))
            assert done.state.at.startswith((*ends, "leave.erased")), (option, event)
            if option == "human":
                assert any(isinstance(effect, Escalate) for effect in done.effects)


@given(anywhere, heards, worlds)
def test_nothing_is_erased_or_withdrawn_by_a_long_message(state, heard, world):
    heard = replace(heard, words=60, signs=heard.signs - {"quick_exit"})
    assert not leaves(step(state, Said(heard), world))


@given(states(STORIES), heards, worlds)
def test_no_classifier_output_loses_a_story(state, heard, world):
    heard = replace(heard, words=60, signs=heard.signs - {"quick_exit"})
    done = step(state, Said(heard), world)
    assert kept(done)


@given(states(STORIES), heards, worlds)
def test_short_words_in_a_story_are_kept_or_are_its_answer(state, heard, world):
    heard = replace(heard, signs=heard.signs - {"quick_exit"})
    done = step(state, Said(heard), world)
    assert kept(done) or (heard.words <= 8 and not DANGERS & heard.risks)


def numbers_first(done):
    """The numbers, and before them at most that they are those of Morocco, said abroad."""
    texts = says(done)[0].texts
    if texts[0] == "danger.abroad" and "me_abroad" in done.state.notes:
        texts = texts[1:]
    return texts[0].startswith(NUMBERS)


@given(anything, heards, worlds, st.sampled_from(sorted(DANGERS)))
def test_danger_always_brings_the_numbers_first_and_a_human(state, heard, world, danger):
    risks, signs = heard.risks | {danger}, heard.signs - {"quick_exit"}
    done = step(state, Said(replace(heard, risks=risks, signs=signs)), world)
    assert numbers_first(done)
    assert any(isinstance(e, Escalate) and e.urgency == "danger" for e in done.effects)
    assert kept(done)
    assert done.state.at.startswith("danger.")


@given(anything, worlds, waited)
def test_nothing_stands_before_the_numbers_after_a_pause_either(state, world, pause):
    cry = Said(Heard(risks=frozenset(("self_harm",)), words=3))
    done = step(state, cry, replace(world, **pause))
    assert numbers_first(done)


@given(anywhere, events, worlds)
def test_in_danger_every_reply_begins_with_the_numbers_until_it_is_over(state, event, world):
    state = replace(state, at="danger.here", notes={**state.notes, "danger": "physical"})
    done = step(state, event, world)
    if leaves(done) or "danger" not in done.state.notes:
        return
    if isinstance(event, FileKept | FileFailed | Unknown) or getattr(event, "edited", False):
        return
    assert numbers_first(done)


@given(anywhere, st.none() | heards, worlds, st.booleans())
def test_no_file_is_fetched_in_the_turn_that_offers_it(state, caption, world, small):
    done = step(state, Sent("photo", small, caption), world)
    assert any(isinstance(effect, Hold | RefuseFile) for effect in done.effects)
    assert not any(type(effect).__name__ == "Fetch" for effect in done.effects)


@given(anywhere, events, worlds)
def test_nothing_of_a_minor_is_ever_fetched(state, event, world):
    state = replace(state, notes={**state.notes, "age_band": "minor"})
    done = step(state, event, world)
    if done.state.notes.get("age_band") == "minor":
        assert not any(type(effect).__name__ == "Fetch" for effect in done.effects)


def spoiled(**nodes: Node) -> Script:
    """The shipped script with nodes put in its place, reachable through the greeting."""
    start = SCRIPT.nodes[flows.START]
    ways = tuple(Choice(name, "label.menu", f"test.{name}") for name in nodes)
    added = {f"test.{name}": node for name, node in nodes.items()}
    greeting = replace(start, choices=(*start.choices, *ways))
    return replace(SCRIPT, nodes={**SCRIPT.nodes, **added, flows.START: greeting})


ASK = (Line("talk.what"),)
BACK = (Way(flows.START),)


def test_the_shipped_script_has_no_fault():
    assert flows.faults(SCRIPT) == []


@pytest.mark.parametrize(
    ("node", "fault"),
    [
        (Node(say=ASK), "dead end"),
        (Node(choices=(Choice("a", "label.menu", flows.START),), then=BACK), "without asking"),
        (Node(text=Text("story", flows.START), then=BACK), "without asking"),
        (Node(say=ASK, then=(Way("test.nowhere"),)), "goes to test.nowhere, which does not exist"),
        (Node(ask=ASK, text=Text("story", "test.gone")), "goes to test.gone"),
        (Node(ask=ASK, choices=(Choice("a", "label.menu", "test.off"),)), "goes to test.off"),
        (Node(do=("fly",), then=BACK), "wants 'fly' done"),
        (Node(ask=ASK, choices=(Choice("a", "label.menu", flows.START, do=("sing",)),)), "'sing'"),
        (Node(say=ASK, then=(Way("test.bad"),)), "may pass through more than"),
        (Node(ask=ASK, skip=(("safe", ("any",)),)), "nowhere to go"),
        (Node(ask=ASK, only=(("safe", ("any",)),)), "nowhere to go"),
        (Node(say=ASK, then=(Way(flows.START, (("safe", ("yes",)),)),)), "none may hold"),
    ],
)
def test_each_fault_of_a_script_is_named_with_its_node(node, fault):
    found = flows.faults(spoiled(bad=node))
    assert any(line.startswith("test.bad:") and fault in line for line in found)


def test_a_loop_of_several_nodes_and_an_unreachable_one_are_found():
    one, two = Node(say=ASK, then=(Way("test.two"),)), Node(say=ASK, then=(Way("test.one"),))
    assert any("test.one: may pass" in line for line in flows.faults(spoiled(one=one, two=two)))
    alone = replace(SCRIPT, nodes={**SCRIPT.nodes, "test.alone": Node(ask=ASK)})
    assert "test.alone: unreachable" in flows.faults(alone)


@pytest.mark.parametrize("want", ["human", "erase", "quick_exit"])
def test_what_must_be_near_from_everywhere_is_missed(want):
    near = {key: value for key, value in SCRIPT.anywhere.items() if key != want}
    assert any(f"'{want}'" in line for line in flows.faults(replace(SCRIPT, anywhere=near)))


def test_an_aside_that_speaks_for_a_missing_node_is_named():
    asides = {**SCRIPT.asides, "thank": ("node:guide.nowhere",)}
    found = flows.faults(replace(SCRIPT, asides=asides))
    assert found == ["wants.yaml: goes to guide.nowhere, which does not exist"]


def test_all_faults_are_told_at_once():
    found = flows.faults(spoiled(a=Node(say=ASK), b=Node(do=("fly",), then=BACK)))
    assert len(found) == 2
