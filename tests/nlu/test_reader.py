# SPDX-License-Identifier: AGPL-3.0-or-later
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nlu
from nlu.labels import DANGER, DANGERS, VARIETIES

NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)
LINES = st.lists(
    st.sampled_from(
        ["bghit nmout", "salam", "كيهددني بتصاوري", "il veut 3000dh", "demain à 8h", "😭",
         "\u202e", "\ud800", "\x00", "17", "ok",
         ".", "\n", "je suis mort de rire", "ana f aman", "٤٨٢٧"]
    ),
    max_size=12,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    text=st.text(st.characters(codec=None, exclude_categories=()), max_size=80)
    | LINES.map(" ".join)
)
def test_any_text_is_read_and_its_reading_is_of_the_closed_vocabularies(reader, text):
    reading = reader.read(text, NOW)
    assert reading.language in {"ar", "fr", "other"}
    assert reading.variety in VARIETIES
    assert {reading.label, reading.runner_up, *reading.labels} <= {*nlu.SITUATIONS, *nlu.INTENTS}
    assert set(reading.risks) <= set(nlu.RISKS)
    assert reading.signs <= nlu.SIGNS
    assert 0 <= reading.confidence <= 1
    assert len(reading.labels) <= 3
    assert not (reading.doubt and {"self_harm", "physical_danger"} & set(reading.risks))
    json.dumps(reading.as_json())
    assert reader.read(text, NOW) == reading


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "تصاور " * 20_000, "\u202e\x00\ud800 " * 30_000, "ﷺ" * 100_000, "😭" * 100_000,
     "il va me tuer " * 7_000, "9" * 100_000, "3h " * 33_000, "a b " * 25_000],
    ids=lambda text: ascii(text[:6]),
)  # fmt: skip
def test_a_hundred_kilobytes_are_read(reader, text):
    assert reader.read(text, NOW).label


def test_the_shape_of_a_reading(reader):
    reading = reader.read("3tani 7ta l ghda m3a 8 nsift lih 500 dh f insta ana 3andi 16 3am", NOW)
    found = reading.as_json()
    assert list(found) == ["language", "variety", "label", "confidence", "runner_up", "doubt",
                           "labels", "risks", "entities"]  # fmt: skip
    assert found["entities"] == {
        "platform": "instagram",
        "amount": {"value": 500, "currency": "MAD"},
        "deadline": {"text": "ghda m3a 8", "earliest_hours": 18, "sure": False},
        "age": 16,
    }
    assert {"minor", "deadline", "money_demanded"} <= set(found["risks"])


def test_no_word_of_the_message_is_in_a_repr(reader):
    shown = repr(reader.read("3tani 7ta l ghdda m3a 8 nsift 500 dh 3andi 16 3am canari", NOW))
    assert not {"ghdda", "canari", "500", "16"} & set(
        shown.replace("=", " ").replace(",", " ").split()
    )


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("salam khouya wa7d kayhddni b tsawri", "threat_to_publish"),
        ("سلام عليكم، مول الحانوت لي صلح ليا التيليفون كيهددني بتصاوري", "repair_shop_leak"),
        (
            "Bonjour, on a piraté mon compte instagram et on menace de publier mes photos",
            "hacked_account",
        ),
    ],
)
def test_a_situation_beats_a_greeting_and_the_way_it_happened_beats_the_threat(read, text, label):
    assert read(text).label == label


def test_a_situation_and_a_question_are_both_kept(read):
    reading = read("svp 3awnouni ex dyali nchr tsawri f telegram, ach ndir daba?")
    assert reading.label == "already_published"
    assert "ask_what_to_do" in reading.labels


def test_a_long_story_is_read_by_what_it_says_not_by_its_length(read):
    story = (
        "Bonjour. Je ne sais pas par où commencer. Il fait froid ici et je dors mal. "
        "J'ai déposé mon téléphone chez un réparateur et il a copié mes photos. "
        "Depuis je pense à autre chose. Je travaille beaucoup. Ma mère va bien. "
    )
    assert "repair_shop_leak" in read(story * 3).labels


@pytest.mark.parametrize("text", ["", "17", "2511", "...", "٤٨٢٧ ١١٩٣"])
def test_figures_alone_are_doubted(read, text):
    reading = read(text)
    assert reading.doubt
    assert reading.labels == ()


@pytest.mark.parametrize(
    "text",
    [
        "هكرو ليا الكونط وأبي يريد قتلي",
        "on a piraté mon compte et mon mari veut ma mort",
        "hackaw liya compte insta w bba baghi y9telni",
        "كيهددني بتصاوري وكيهددني بالقتل",
    ],
)
def test_a_death_threat_is_not_talked_away_by_what_stands_beside_it(read, text):
    assert "physical_danger" in read(text).risks


@pytest.mark.parametrize("text", ["bghit nmout", "je vais me tuer", "كيهددني بالقتل"])
def test_danger_is_never_doubted(read, text):
    assert not read(text).doubt


@pytest.fixture(scope="module")
def deaf(reader):
    """Return a reader whose classifier is sure that nobody is in danger."""
    model = reader.model
    bias = model.bias.copy()
    learned = [len(model.labels) + model.risks.index(risk) for risk in (*DANGERS, DANGER)]
    bias[learned] -= 100
    return replace(reader, model=replace(model, bias=bias))


@pytest.mark.parametrize(
    "text", ["bghit nmout", "je veux mourir", "بغيت نموت", "كنفكر فالانتحار", "n9tel rassi"]
)
def test_no_score_silences_a_cry(deaf, text):
    assert "self_harm" in deaf.read(text, NOW).risks


@pytest.mark.parametrize("text", ["kayhddni bl9tel", "il va venir chez moi avec un couteau"])
def test_other_patterns_give_way_to_a_clear_no(reader, deaf, text):
    assert "physical_danger" in reader.read(text, NOW).risks
    assert not DANGERS.intersection(deaf.read(text, NOW).risks)


def test_a_question_about_the_law_of_death_threats_is_no_danger(read):
    text = "wach f l9anon lmaghribi li kayhded b l9tel kaydkhl l7bss? 3ndna exposé ghda"
    assert not DANGERS.intersection(read(text).risks)


@pytest.mark.parametrize(
    ("text", "risks"),
    [
        (
            "mon fils de 15 ans a envoyé une vidéo à une fille et on lui demande 3000dh",
            {"minor", "for_someone_else", "money_demanded"},
        ),
        ("3andi 25 3am machi 9asira", set()),
        ("il me donne 24h pour payer", {"deadline", "money_demanded"}),
        (
            "je suis au collège, il veut que je lui envoie des photos nues",
            {"minor", "sexual_demand"},
        ),
    ],
)  # fmt: skip
def test_risks(read, text, risks):
    assert set(read(text).risks) == risks


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("خروج", "quick_exit"), ("sortie", "quick_exit"), ("ja khouya", "quick_exit"),
        ("ana f aman", "safe"), ("labas 3lia, bo7di", "safe"), ("machi f aman", "unsafe"),
        ("non je suis en danger", "unsafe"), ("ana kbira", "adult"), ("je suis majeure", "adult"),
        ("قاصر", "minor_said"), ("c'est bon envoyez", "send_it"), ("صيفطوها", "send_it"),
        ("pas de plainte", "no_complaint"), ("ما بغيتش نشكي", "no_complaint"),
        ("c'est pour moi", "for_me"), ("راني أنا", "for_me"), ("c'est ma fille", "for_other"),
        ("ماشي أنا، أختي", "for_other"), ("passer", "skip"), ("والو", "skip"),
        ("plus tard", "later"), ("من بعد", "later"), ("mrati hazza telephone", "not_alone"),
        ("non c'était le 12", "correction"), ("machi hakka, nhar 12", "correction"),
        ("j'ai honte", "shame"), ("ما فيها والو", "no_intimate"),
        ("par le numéro seulement", "only_receipt"), ("rj3t", "back"),
    ],
)  # fmt: skip
def test_signs(read, text, sign):
    assert sign in read(text).signs
    assert sign not in read("il menace de publier ma vidéo sur facebook").signs


def test_a_number_word_that_ends_the_message_is_no_hour(reader):
    """Until one and not even one are the same words; the last one has nothing behind it."""
    for text in ("ma 3ndi hta wa7d", "ما كانعرف فيهم حتى واحد"):
        assert reader.read(text, NOW).entities.deadline is None
