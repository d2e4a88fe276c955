# SPDX-License-Identifier: AGPL-3.0-or-later
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.normalize import LONGEST, normalize, spellings
from nlu.skeleton import skeleton, skeletons

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
SEASONED = st.text(
    st.sampled_from(
        "aAéÉœßİıكأإآىةءـًّﷺﻼ٣۴37'’`٫٬.,?!؟\n\r\u2028 \u200f\u202e\u200d😭👍🏽1️⃣K€$\ud800\x00"
    ),
    max_size=40,
)


@given(ANY | SEASONED)
def test_normal_form_is_its_own_normal_form(text):
    once = normalize(text)
    assert normalize(once) == once


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("أنـــا مُهَدَّدة", "انا مهده"),
        ("إلى آخره", "الي اخره"),
        ("ﺑﻐﻴﺖ", "بغيت"),
        ("٥٠٠ درهم", "500 درهم"),
        ("۱۲", "12"),
        ("J’ai été PIRATÉE", "j ai ete piratee".replace("ee", "e")),
        ("jsuis dsl", "je suis desole"),
        ("pk tu fais ca", "pourquoi tu fais ca"),
        ("nooooon", "non"),
        ("bzzzaaaf", "bzaf"),
        ("3'ir", "ghir"),
        ("ni\u200fk\u202e\u200dsm", "niksm"),
        ("non!!!???", "non!"),
        ("\ud800\x00", ""),
        ("ça va 😭😭", "ca va 😭 😭"),
        ("ligne 1\r\n\r\nligne 2", "ligne 1\nligne 2"),
        ("wtsp", "whatsap"),
        ("1️⃣", "1"),
    ],
)
def test_what_people_type(typed, normal):
    assert normalize(typed) == normal


def test_a_huge_message_keeps_both_its_ends():
    text = normalize("debut " + "ا" * 10 + " mot" * LONGEST + " fin")
    assert text.startswith("debut")
    assert text.endswith("fin")
    assert len(text) < 2 * LONGEST


def test_no_long_form_is_itself_abbreviated():
    table = spellings()
    assert not {word for long in table.values() for word in long.split()} & table.keys()


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [
        ("كيهددني", "kayhdedni"),
        ("تصاور", "tsawer"),
        ("تصاوري", "tsawri"),
        ("بغيت", "bghit"),
        ("نموت", "nmout"),
        ("فيسبوك", "facebook"),
        ("خويا", "khouya"),
        ("شوف", "chouf"),
        ("ننتحر", "nnta7er"),
    ],
)
def test_both_scripts_have_the_same_bones(arabic, latin):
    assert skeleton(normalize(arabic)) == skeleton(normalize(latin))


@given(st.lists(st.text("abchkouي9379نده", min_size=1, max_size=8), max_size=8))
def test_every_word_has_one_skeleton(words):
    found = skeletons(words)
    assert len(found) == len(words)
    assert " ".join(bones for bones in found if bones) == skeleton(" ".join(words))
