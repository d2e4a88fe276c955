# SPDX-License-Identifier: AGPL-3.0-or-later
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities import entity_words, find_entities
from nlu.normalize import normalize
from nlu.quotes import quoted

MIXED = "3tani 7ta l ghda m3a 8 24h قبل الجمعة 16 ans 99999999999 ٥٠٠ dh . ,"
MONDAY = datetime(2026, 11, 23, 13, tzinfo=UTC)  # 14:00 in Casablanca


def entities(text, now=MONDAY, *, pressed=False):
    return find_entities(entity_words(normalize(text)), now, frozenset(), pressed=pressed)


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("bgha alf dirham", 1000, "MAD"),
        ("1000 drahm", 1000, "MAD"),
        ("٥٠٠ درهم", 500, "MAD"),
        ("3000dh", 3000, "MAD"),
        ("3 000 DH", 3000, "MAD"),
        ("3.000 dhs", 3000, "MAD"),
        ("500 euros", 500, "EUR"),
        ("200€", 200, "EUR"),
        ("100 $", 100, "USD"),
        ("deux mille dirhams", 2000, "MAD"),
        ("خمسمية درهم", 500, "MAD"),
        ("5 alaf dirham", 5000, "MAD"),
        ("جوج مليون", 20000, "MAD"),
        ("مليون سنتيم", 10000, "MAD"),
        ("1 million de dirhams", 1000000, "MAD"),
        ("5k dh", 5000, "MAD"),
        ("1000 ريال", 50, "MAD"),
        ("il me demande 2000", 2000, "MAD"),
        ("bgha 2000 wla ynchr", 2000, "MAD"),
        ("كيطلب مني 1500", 1500, "MAD"),
        ("j'ai payé 500 dh et il veut 3000 dh", 3000, "MAD"),
    ],
)
def test_sums(text, value, currency):
    amount = entities(text).amount
    assert (amount.value, amount.currency) == (value, currency)


@pytest.mark.parametrize(
    "text",
    [
        "2511",
        "17",
        "j'ai 17 ans",
        "il me demande 3 photos",
        "0612345678",
        "4827 1193 0556",
        "le 12",
    ],
)
def test_not_every_number_is_a_sum(text):
    assert entities(text).amount is None


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("3andi 16 3am", 16),
        ("3ndi 25 3am", 25),
        ("j'ai seize ans", 16),
        ("j'ai dix-sept ans", 17),
        ("mon fils de 15 ans", 15),
        ("بنتي فعمرها 14", 14),
        ("عندي ستاش لعام", 16),
        ("عمري ١٦", 16),
        ("عمرها خمس عشرة سنة", 15),
        ("17 ans", 17),
        ("16ans", 16),
        ("bnti 3ndha 13 3am", 13),
        ("ma fille a 12 ans et un homme de 40 ans lui parle", 12),
        ("un homme de 40 ans parle à ma fille, elle a 12 ans", 12),
    ],
)
def test_ages(text, age):
    assert entities(text).age == age


@pytest.mark.parametrize(
    "text",
    ["17", "un homme de 40 ans me menace", "depuis 10 ans", "hadi 10 snin", "منذ 5 سنوات", "2511"],
)
def test_not_every_number_is_an_age(text):
    assert entities(text).age is None


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
    ("text", "words", "hours", "sure"),
    [
        ("3tani 7ta l ghda m3a 8", "ghda m3a 8", 18, False),
        ("ghda m3a 8", "ghda m3a 8", 18, False),
        ("ghda m3a 8 d sba7", "ghda m3a 8", 18, False),
        ("demain à 8h du matin", "demain a 8h du matin", 18, True),
        ("demain 20h", "demain 20h", 30, True),
        ("d'ici ce soir", "ce soir", 4, False),
        ("24h", "24h", 24, True),
        ("il me donne 24h", "24h", 24, True),
        ("f 24 sa3a", "24 sa3a", 24, True),
        ("خلال 48 ساعة", "48 ساعه", 48, True),
        ("قبل الجمعة", "الجمعه", 82, False),
        ("avant vendredi", "vendredi", 82, False),
        ("عطاني حتى لغدا", "لغدا", 10, False),
        ("dans 2 jours", "2 jours", 34, False),
        ("avant 20h", "20h", 6, True),
        ("7ta l 8", "8", 6, False),
        ("jusqu'à minuit", "minuit", 10, True),
        ("قبل منتصف الليل", "منتصف اليل", 10, True),
        ("dans une heure", "une heure", 1, True),
    ],
)
def test_ultimatums(text, words, hours, sure):
    deadline = entities(text).deadline
    assert (deadline.text, deadline.earliest_hours, deadline.sure) == (words, hours, sure)


@pytest.mark.parametrize(
    "text",
    ["depuis 24h il me harcèle sans arrêt", "hadi 24 sa3a", "il a publié ma photo hier soir",
     "منذ يومين", "je travaille demain matin et je voudrais parler de mon dossier", "bonjour"],
)  # fmt: skip
def test_not_every_time_is_an_ultimatum(text):
    assert entities(text).deadline is None


def test_under_pressure_tomorrow_is_an_ultimatum():
    text = "demain il envoie tout à ma famille si je ne fais pas ce qu'il dit"
    assert entities(text, pressed=True).deadline.earliest_hours == 10


def test_the_earliest_hour_is_counted_from_now_in_morocco():
    evening = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)  # 23:30 in Casablanca
    assert entities("avant minuit", evening).deadline.earliest_hours == 0
    assert entities("ce soir", evening).deadline.earliest_hours == 0


def test_the_deadline_is_quoted_as_it_was_written():
    assert quoted("3tani 7TA l Ghdda m3a 8 !", "ghda m3a 8") == "Ghdda m3a 8"
    assert quoted("قبل الجمعة.", "الجمعه") == "الجمعة"
    assert quoted("rien de tel", "ghda") == "ghda"


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            [
                "3tani",
                "7ta",
                "l",
                "ghda",
                "m3a",
                "8",
                "24h",
                "قبل",
                "الجمعة",
                "16",
                "ans",
                "99999999999",
                "٥٠٠",
                "dh",
                ".",
                ",",
            ]
        ),
        max_size=12,
    ).map(" ".join),
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1)),  # noqa: DTZ001
)
def test_entities_are_found_or_not_but_never_fail(text, now):
    found = entities(text, now.replace(tzinfo=UTC), pressed=True)
    if found.deadline:
        assert 0 <= found.deadline.earliest_hours < 24 * 40
    if found.age:
        assert 4 <= found.age <= 99
