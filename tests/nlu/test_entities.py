# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a message names. The tables of entities/*.yml are messages and what a fair reader hears."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities import entity_words, find_entities
from nlu.features import split
from nlu.lexicon import named, words
from nlu.normalize import normalize
from nlu.quotes import quoted

MONDAY = datetime(2026, 11, 23, 13, tzinfo=UTC)  # 14:00 in Casablanca


def entities(text, now=MONDAY, *, pressed=False):
    normal = normalize(text)
    return find_entities(entity_words(normal, split(normal)), now, pressed=pressed)


def table(name):
    file = Path(__file__).parent / "entities" / f"{name}.yml"
    return list(yaml.safe_load(file.read_text("utf-8")).items())


@pytest.mark.parametrize(("text", "expected"), table("amounts"))
def test_sums(text, expected):
    amount = entities(text).amount
    assert (f"{amount.value} {amount.currency}" if amount else "none") == expected


@pytest.mark.parametrize(("text", "expected"), table("ages"))
def test_ages(text, expected):
    assert (entities(text).age or "none") == expected


@pytest.mark.parametrize(("text", "expected"), table("platforms"))
def test_platforms(text, expected):
    assert (entities(text).platform or "none") == expected


@pytest.mark.parametrize(("text", "expected"), table("deadlines"))
def test_deadlines(text, expected):
    deadline = entities(text).deadline
    if expected == "none":
        assert deadline is None
    elif expected == "open":
        assert deadline.earliest_hours is None
    else:
        fewest, most = expected
        assert fewest <= deadline.earliest_hours <= most


@pytest.mark.parametrize(("text", "expected"), table("messages"))
def test_a_message_names_this_and_nothing_else(text, expected):
    expected = dict(expected)
    found = entities(text, pressed="hours" in expected).as_json()
    if amount := found.get("amount"):
        found["amount"] = f"{amount['value']} {amount['currency']}"
    hours, deadline = expected.pop("hours", None), found.pop("deadline", None)
    assert found == expected
    assert (deadline is None) == (hours is None)
    if hours == "open":
        assert deadline["earliest_hours"] is None
    elif hours:
        assert hours[0] <= deadline["earliest_hours"] <= hours[1]


@pytest.mark.parametrize(
    ("text", "number"),
    [("17", 17), ("ana 17", 17), ("١٧", 17), ("dix-sept", 17), ("ستاش", 16), ("3000dh", None),
     ("j'ai 17 ans", None), ("12 ou 13", None), ("bonjour", None)],
)  # fmt: skip
def test_a_lone_number_is_kept_apart(text, number):
    found = entities(text)
    assert found.number == number
    assert "number" not in found.as_json()


@pytest.mark.parametrize(
    ("text", "said", "hours", "sure"),
    [
        ("3tani 7ta l ghda m3a 8", "ghda m3a 8", 18, False),
        ("ghda m3a 8 d sba7", "ghda m3a 8 d sba7", 18, True),
        ("demain à 8h du matin", "demain à 8h du matin", 18, True),
        ("demain 20h", "demain 20h", 30, True),
        ("d'ici ce soir", "ce soir", 4, False),
        ("il me donne 24h", "24h", 24, True),
        ("f 24 sa3a", "24 sa3a", 24, True),
        ("nkhelles m3a l6 d l3chya", "l6 d l3chya", 4, True),
        ("خلال 48 ساعة", "48 ساعة", 48, True),
        ("قبل الجمعة!", "الجمعة", 82, False),
        ("avant vendredi, sinon", "vendredi", 82, False),
        ("عطاني حتى لغدا", "لغدا", 10, False),
        ("dans 2 jours", "2 jours", 48, False),
        ("avant 20h", "20h", 6, True),
        ("7ta l 8", "8", 6, False),
        ("jusqu'à minuit", "minuit", 10, True),
        ("قبل منتصف الليل", "منتصف الليل", 10, True),
        ("قبل العيد", "العيد", None, False),
    ],
)
def test_an_ultimatum_is_quoted_and_says_whether_its_hour_is_sure(text, said, hours, sure):
    deadline = entities(text).deadline
    assert (
        quoted(text, normalize(text), deadline.text),
        deadline.earliest_hours,
        deadline.sure,
    ) == (
        said,
        hours,
        sure,
    )


def test_under_pressure_tomorrow_is_an_ultimatum():
    text = "demain je ne sais pas ce qui va arriver à mon compte"
    assert entities(text).deadline is None
    assert entities(text, pressed=True).deadline.earliest_hours == 10


def test_the_earliest_hour_is_counted_from_now_in_morocco():
    evening = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)  # 23:30 in Casablanca
    assert entities("avant minuit", evening).deadline.earliest_hours == 0
    assert entities("ce soir", evening).deadline.earliest_hours == 0


def test_the_deadline_is_quoted_as_it_was_written():
    assert (
        quoted("3tani 7TA l Ghdda m3a 8 !", normalize("3tani 7TA l Ghdda m3a 8 !"), "ghda m3a 8")
        == "Ghdda m3a 8"
    )
    assert quoted("m3a l6, safi", normalize("m3a l6, safi"), "l 6") == "l6"
    assert quoted("rien de tel", normalize("rien de tel"), "ghda") == "ghda"


def test_the_deadline_of_a_long_story_is_quoted_from_where_it_stands():
    story = "l'ami d'hier m'a dit « qu'il » l'a vu ; " * 12
    text = f"{story}— il veut tout AVANT Lundi ! {story}"
    assert quoted(text, normalize(text), "avant lundi") == "AVANT Lundi"


@pytest.mark.parametrize(
    "name", ["numbers", "multipliers", "currencies", "weekdays", "platforms", "spans", "hours"]
)
def test_a_spelling_is_one_word_of_a_message_or_several_and_never_parted(name):
    for spelling, _ in named(name).entries():
        assert entity_words(spelling, split(spelling)) == spelling.split()


def test_a_lookup_that_is_missing_is_a_fault():
    with pytest.raises(KeyError):
        words("no_such_list")


SAID = [
    "3tani", "7ta", "l", "ghda", "m3a", "8", "24h", "قبل", "الجمعة", "16", "ans", "99999999999",
    "٥٠٠", "dh", ".", ",", "w", "نص", "مليون", "ساعة", "25/11", "31/2", "0/0", "1,5", "le", "30",
    "février", "avant", "العيد", "الثانية", "عشرة", "quatre", "vingt", "né", "2010", "h",
    "fin du mois",
]  # fmt: skip


@given(
    st.text(max_size=80) | st.lists(st.sampled_from(SAID), max_size=12).map(" ".join),
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1)),  # noqa: DTZ001
)
def test_entities_are_found_or_not_but_never_fail(text, now):
    found = entities(text, now.replace(tzinfo=UTC), pressed=True)
    if found.deadline and found.deadline.earliest_hours is not None:
        assert 0 <= found.deadline.earliest_hours < 24 * 41
    if found.age:
        assert 4 <= found.age <= 99
    if found.amount:
        assert found.amount.value >= 0
