# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands at any moment, in both languages; links from posters, tied to nobody."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.clock import wall
from bot.commands import commands, menu, named
from bot.links import tallies
from tests.service.stories import DANGER, THREAT, guided, lodged
from tests.service.test_service import running

pytestmark = pytest.mark.anyio

ANSWERS = {
    "start": "talk.what",
    "help": "talk.help",
    "human": "human.asked",
    "case": "receipt.type",
    "tips": "tips.ask",
    "erase": "leave.erase_sure",
    "exit": "leave.neutral",
}
FIRST = {"fr": "Bonjour", "ar": "السلام عليكم"}
STORY = {"fr": THREAT, "ar": "كيهددني ينشر تصاوري الى ماعطيتوش الفلوس"}


def said(house, key, lang, heard):
    return house.text(key, lang) in "\n".join(heard)


def test_every_command_has_an_answer_to_test():
    assert set(ANSWERS) == set(commands())


@pytest.mark.parametrize("lang", ["ar", "fr"])
@pytest.mark.parametrize("name", ANSWERS)
async def test_a_command_is_answered_after_a_first_word(house, name, lang):
    sara = house.visitor()
    await sara.says(FIRST[lang])
    assert said(house, ANSWERS[name], lang, await sara.says(f"/{name}"))


@pytest.mark.parametrize("lang", ["ar", "fr"])
@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "start"])
async def test_a_command_is_answered_in_the_middle_of_a_story(house, name, lang):
    sara = house.visitor()
    await sara.says(STORY[lang])
    await sara.presses("safe_yes", "adult", "complaint", "add")
    assert said(house, ANSWERS[name], lang, await sara.says(f"/{name}@stand_in_bot"))


async def test_start_in_the_middle_asks_nobody_again_who_they_are(house):
    sara = house.visitor()
    await guided(sara)
    heard = await sara.says("/start")
    assert said(house, "talk.hello_again", "fr", heard)
    assert not said(house, "talk.hello", "fr", heard)


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "exit"])
async def test_in_danger_the_numbers_come_first_whatever_the_command(house, name):
    sara = house.visitor()
    await sara.says(DANGER)
    heard = await sara.says(f"/{name}")
    assert heard[0].startswith(house.text("danger.short"))


async def test_danger_beside_a_command_is_heard(house):
    sara = house.visitor()
    heard = await sara.says(f"/help {DANGER}")
    assert said(house, "danger.numbers_self_harm", "fr", heard)


@pytest.mark.parametrize(("word", "name", "lang"), [
    (word, name, "ar" if word > "ء" else "fr")
    for name, command in commands().items() for word in command.words
    if name != "start"
])  # fmt: skip
async def test_the_word_alone_does_the_same(house, word, name, lang):
    sara = house.visitor()
    await sara.says(FIRST[lang])
    assert said(house, ANSWERS[name], lang, await sara.says(word))


async def test_after_help_the_question_asked_before_stands(house):
    sara = house.visitor()
    await sara.says(THREAT)
    heard = await sara.says("/help")
    assert said(house, "talk.safe", "fr", heard[-1:])


@pytest.mark.parametrize("lang", ["ar", "fr"])
async def test_every_word_that_help_names_works(house, lang):
    told = re.findall(r"«\s?(\w+)\s?»", house.text("talk.help", lang))
    known = {word: name for name, command in commands().items() for word in command.words}
    assert len(told) == 6
    for word in told:
        sara = house.visitor()
        await sara.says(FIRST[lang])
        danger = "danger.numbers_physical" if word in {"danger", "خطر"} else None
        assert said(house, danger or ANSWERS[known[word]], lang, await sara.says(word))


async def test_nobody_gets_tips_without_saying_yes(house):
    sara = house.visitor()
    await sara.says("Bonjour")
    await sara.says("/tips")
    assert house.rows("select tips from contact") == [(None,)]
    await sara.presses("tips_yes")
    assert house.rows("select tips from contact") == [("fr",)]
    await sara.says("conseils")  # the word that the last bubble named
    await sara.presses("tips_no")
    assert house.rows("select tips from contact") == [(None,)]


@pytest.mark.parametrize("text", ["/", "/nothing", "//help", "/help me out please now", "help/"])
def test_what_is_no_command_is_a_message_like_others(text):
    assert named(text) is None


def test_a_command_may_be_polite_and_loud():
    assert named("/HUMAN@Stand_in_bot svp") == "human"
    assert named("/human\nvite") == "human"


async def test_the_menu_stands_beside_the_text_field_in_each_language(idle):
    house = idle()
    async with running(house):
        await asyncio.to_thread(house.control.until, "setChatMenuButton")
    shown = {call.get("language_code"): call for call in house.control.calls("setMyCommands")}
    assert set(shown) == {None, "ar", "fr"}
    for lang in ("ar", "fr"):
        listed = {each["command"]: each["description"] for each in shown[lang]["commands"]}
        assert listed == menu(house.app.catalog)[lang]
        assert shown[lang]["scope"] == {"type": "all_private_chats"}
    assert shown[None]["commands"] == shown["ar"]["commands"]
    assert house.control.refused() == []


async def test_a_menu_that_cannot_be_set_stops_nobody(idle):
    house = idle()
    house.control.fault("setMyCommands", "html", times=9, status=502)
    sara = house.visitor()
    sara.writes("Bonjour")
    async with running(house):
        await asyncio.to_thread(house.control.until, "sendMessage")
    assert sara.heard()


# Links


@pytest.fixture
async def poster(opened):
    """A centre that has two campaigns."""
    return await opened(campaigns=("lycees", "rabat-2026"))


def arrivals(house):
    return tallies(house.app.ledger)


async def test_a_link_speaks_its_language_at_once(poster):
    sara, omar = poster.visitor(), poster.visitor()
    heard = await sara.says("/start fr")
    assert said(poster, "talk.hello", "fr", heard)
    assert not said(poster, "talk.hello_twin", "fr", heard)
    heard = await omar.says("/start ar")
    assert said(poster, "talk.hello", "ar", heard)


async def test_a_bare_start_speaks_both(poster):
    sara = poster.visitor()
    heard = await sara.says("/start")
    assert said(poster, "talk.hello", "ar", heard)
    assert said(poster, "talk.hello_twin", "ar", heard)


async def test_a_link_to_tips_asks_first(poster):
    sara = poster.visitor()
    assert said(poster, "tips.ask", "fr", await sara.says("/start fr_tips"))
    assert poster.rows("select tips from contact") == [(None,)]


async def test_a_campaign_is_counted_by_day_and_by_nothing_else(poster):
    for _ in range(3):
        await poster.visitor().says("/start fr_c-lycees")
    await poster.visitor().says("/start c-rabat-2026")
    today = f"{wall(poster.clock()):%Y-%m-%d}"
    assert arrivals(poster) == [(today, "lycees", 3), (today, "rabat-2026", 1)]
    columns = [name for _, name, *_ in poster.rows("pragma table_info(tally)")]
    assert columns == ["day", "campaign", "count"]
    states = [
        poster.app.ledger.contact(ident).state
        for (ident,) in poster.rows("select id from contact")
    ]
    assert "lycees" not in str(states)


async def test_a_link_that_is_delivered_twice_counts_once(poster):
    poster.control.double()
    await poster.visitor().says("/start c-lycees")
    assert [count for _, _, count in arrivals(poster)] == [1]


@pytest.mark.parametrize("load", ["c-unknown", "c-", "_", "-", "x" * 64, "c-lycees-", "FR"])
async def test_a_load_that_nobody_knows_is_harmless(poster, load):
    heard = await poster.visitor().says(f"/start {load}")
    assert said(poster, "talk.hello", "ar", heard)
    assert arrivals(poster) == []


async def test_a_link_in_danger_counts_and_the_numbers_stay(poster):
    sara = poster.visitor()
    await sara.says(DANGER)
    heard = await sara.says("/start fr_c-lycees")
    assert heard[0].startswith(poster.text("danger.short"))


async def test_counts_are_forgotten_after_more_than_a_year(poster):
    await poster.visitor().says("/start c-lycees")
    await poster.app.retention.schedule()
    await poster.later(399 * 24)
    assert len(arrivals(poster)) == 1
    await poster.later(2 * 24)
    assert arrivals(poster) == []


async def test_the_case_command_finds_a_case_by_its_number(house):
    sara = house.visitor()
    digits = await lodged(sara)
    omar = house.visitor()
    await omar.says("Bonjour")
    await omar.says("/case")
    assert said(house, "receipt.status_delivered", "fr", await omar.says(digits))
