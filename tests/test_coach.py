# SPDX-License-Identifier: AGPL-3.0-or-later
"""The guides and the evidence coach: the right text for this person, and what is still missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

import content
import flows
import nlu
from bot.cli.check import limits
from bot.render import Standing, render
from flows.model import Chose, FileKept, Heard, Keep, Said, Say, State, Step, World
from flows.script import Choice

CATALOG = content.load()
SCRIPT = flows.load(CATALOG.keys, nlu.SITUATIONS)
MENU = "guide.menu"
THREAT = {"situation": "threat_to_publish", "age_band": "adult", "guided": "yes", "safe": "yes"}


def step(event: Chose | Said | FileKept, at: str = MENU, files: int = 0, **notes: str) -> Step:
    state = State(at, "fr", {**THREAT, **notes})
    return flows.step(SCRIPT, state, event, World(now=1e9, case="draft", files=files))


def texts(done: Step) -> list[str]:
    return [text for effect in done.effects if isinstance(effect, Say) for text in effect.texts]


def words(label: str | None = None, **said: object) -> Said:
    labels = (label,) if label else ()
    known: dict[str, object] = {"words": 3, "doubt": label is None, **said}
    return Said(Heard("fr", signal=True, label=label, labels=labels, **known))  # type: ignore[arg-type]


@pytest.mark.parametrize("app", ["whatsapp", "telegram", "instagram", "snapchat", "messenger"])
def test_the_gestures_are_those_of_the_app(app):
    done = step(Chose("evidence"), platform=app)

    assert texts(done)[:3] == ["care.warning", "threat_to_publish.evidence", f"coach.{app}"]
    assert done.state.at == "coach.link"


def test_an_app_without_gestures_of_its_own_has_the_general_ones():
    assert "coach.general" in texts(step(Chose("evidence"), platform="imo"))


def test_an_unknown_app_is_asked_for_and_its_name_is_an_answer():
    asked = step(Chose("evidence"))
    told = step(words(platform="tiktok"), asked.state.at)

    assert asked.state.at == "coach.where"
    assert "coach.tiktok" in texts(told)
    assert told.state.notes["platform"] == "tiktok"


def test_no_app_is_asked_for_where_none_matters():
    assert step(Chose("evidence"), situation="data_breach").state.at == "coach.dates"


def test_a_link_that_is_typed_is_sealed_and_counts():
    done = step(words(words=1, letters=True), "coach.link", platform="x")

    assert Keep("answer:link") in done.effects
    assert done.state.notes["ev_link"] == "yes"
    assert done.state.at == "coach.dates"


def test_the_checklist_says_what_is_there_before_what_is_missing():
    done = step(Chose("checklist"), "coach.dates", files=1, platform="x", ev_link="yes")

    assert texts(done)[:5] == [
        "coach.list", "coach.link_there", "coach.files_there", "coach.dates_missing",
        "coach.original",
    ]  # fmt: skip


def test_a_compressed_photo_is_asked_for_as_a_file_until_one_comes():
    small = step(FileKept("F1", compressed=True))
    whole = flows.step(SCRIPT, small.state, FileKept("F2"), World(now=1e9, case="draft", files=2))

    assert "media.compressed" in texts(small)
    assert small.state.notes["compressed"] == "yes"
    assert "compressed" not in whole.state.notes


def test_nobody_under_18_is_asked_for_a_file():
    done = step(
        Chose("checklist"), "coach.dates", platform="x", age_band="minor", compressed="yes"
    )

    assert not {"coach.files_none", "coach.file_small"} & set(texts(done))


def test_receipts_are_asked_for_where_money_went():
    assert step(Chose("have"), "coach.dates", paid="yes").state.at == "coach.ask_receipt"
    assert step(Chose("have"), "coach.dates").state.at != "coach.ask_receipt"


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ({"demand": "sexual"}, "general.if_sexual"),
        ({"demand": "money"}, "general.if_money"),
        ({"paid": "yes"}, "general.if_paid"),
        ({"published": "yes"}, "general.if_published"),
        ({"lives_with": "yes"}, "general.if_lives_with"),
        ({"for": "other"}, "general.if_other"),
        ({"situation": "money_scam", "paid": "yes"}, "money_scam.if_paid"),
        ({"situation": "hacked_account", "demand": "money"}, "hacked_account.if_money"),
    ],
)
def test_what_changes_the_advice_is_said_by_button_and_by_question(notes, said):
    asked = step(words("ask_what_to_do"), **notes)

    assert said in texts(step(Chose("steps"), **notes))
    assert said in texts(asked)


def test_a_minor_whom_nobody_threatens_has_the_guide_of_the_situation_and_2511():
    notes = {"situation": "data_breach", "age_band": "minor"}
    threatened = {"age_band": "minor"}

    assert texts(step(Chose("steps"), **notes))[:2] == ["data_breach.steps", "minor.also"]
    assert texts(step(Chose("law"), **notes))[0] == "data_breach.law"
    assert texts(step(Chose("law"), **threatened))[0] == "minor.law"
    assert texts(step(words("ask_law"), **threatened))[0] == "minor.law"


def test_whoever_says_later_that_they_are_a_minor_still_hears_of_2511():
    start = State("welcome.age", "fr", {"situation": "hacked_account"})
    guided = flows.step(SCRIPT, start, Chose("skip"), World(now=1e9))
    later = flows.step(SCRIPT, guided.state, words(age=16), World(now=1e9))

    assert "minor.first" in texts(later)


def test_the_form_of_the_app_stands_with_the_takedown_of_images_only():
    assert "form.x" in texts(step(Chose("takedown"), platform="x"))
    scam = step(Chose("takedown"), platform="x", situation="money_scam")
    assert "form.x" not in texts(scam)


def test_before_the_repair_nothing_has_leaked_yet():
    asked = words("repair_shop_leak", doubt=False, words=9, signs=frozenset({"repair_before"}))
    done = flows.step(SCRIPT, None, asked, World(now=1e9))

    assert "repair_shop_leak.before" in texts(done)
    assert "repair_shop_leak.hear" not in texts(done)
    assert "situation" not in done.state.notes


def test_the_items_of_one_list_stand_together_and_other_texts_apart():
    body = {"lang": "fr", "texts": ["coach.list", "coach.link_there", "coach.dates_missing",
                                    "coach.original"]}  # fmt: skip
    lines = render(CATALOG, body, Standing()).text.split("\n")

    assert [line[:1] for line in lines] == ["O", "✓", "○", "", "L"]


def test_more_buttons_than_a_list_shows_are_named():
    menu = SCRIPT.nodes[MENU]
    more = (*menu.choices, Choice("one_more", "label.menu", MENU))
    script = replace(SCRIPT, nodes={**SCRIPT.nodes, MENU: replace(menu, choices=more)})

    assert "guide.menu: 11 buttons in data_misuse, a list shows 10" in set(limits(script, CATALOG))
    assert list(limits(SCRIPT, CATALOG)) == []
