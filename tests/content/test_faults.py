# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every way to spoil the content is named, with its file and its key, and all of them at once."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import content


def test_the_small_shelf_has_no_fault(shelf) -> None:
    assert content.faults(shelf.root) == []
    catalog = content.load(shelf.root)

    assert catalog.text("fr", "t.a", name="Bonjour") == "Bonjour, 19"
    assert catalog.slots("t.a") == {"name"}
    assert catalog.facts_of("t.a") == {"ORG-POLICE"} == catalog.facts_of("t.b")
    assert catalog.keys == {"t.a", "t.b"}


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", "empty"),
        ("Appelez le 2511", "number '2511' typed by hand"),
        ("Appelez le 19", "number '19' typed by hand"),
        ("Appelez le ١٩", "number '١٩' typed by hand"),
        ("Appelez le 0 8 0 0", "number '0 8 0 0' typed by hand"),
        ("Appelez le +212 5", "number '+212 5' typed by hand"),
        ("Article 538", "number '538' typed by hand"),
        ("Article 447-1", "number '447-1' typed by hand"),
        ("Voyez www.exemple", "address typed by hand"),
        ("Voyez exemple.ma", "address typed by hand"),
        ("Voyez https://exemple", "address typed by hand"),
        ("Écrivez à moi@exemple", "e-mail or account typed by hand"),
        ("Écrivez à @compte", "e-mail or account typed by hand"),
        ("\u202eabc", "bidi control or invisible character"),
        ("a\u200bb", "bidi control or invisible character"),
        ("شكرًا", "Arabic vowel signs"),
        ("Vous êtes seul·e", "gender mark '·e'"),
        ("Vous êtes seul(e)", "gender mark '(e)'"),
        ("هل أنت وحيد(ة)", "gender mark '(ة)'"),
        (" ".join(["mot"] * 21), "sentence of 21 words, at most 20"),
        ("\n".join(f"{n}. Pas" for n in range(1, 7)), "6 numbered steps, at most 5"),
        ("mot. " * 300, "text of 1499 characters, at most 1024"),
        ("<ORG-NOBODY.number>", "unknown fact ORG-NOBODY"),
        ("<ORG-POLICE.site>", "fact ORG-POLICE has no value site"),
        ("<org-police.number>", "malformed fact mark"),
        ("{name", "malformed placeholder"),
        ("{0}", "malformed placeholder"),
        ("{name!r}", "malformed placeholder"),
        ("{name:>9}", "malformed placeholder"),
        ("{name.secret}", "malformed placeholder"),
    ],
)
def test_a_text_that_may_not_be_said_is_named_in_both_files(shelf, written, fault) -> None:
    shelf.both("t", f"a: '<ORG-POLICE.number>'\nb: ok\nc: {json.dumps(written)}\n")

    found = content.faults(shelf.root)

    for lang in ("ar", "fr"):
        assert any(f.startswith(f"{lang}/t.yaml: c: {fault}") for f in found), found


@pytest.mark.parametrize(
    "written",
    [
        "1. Un\n2. Deux\n3. Trois\n4. Quatre\n5. Cinq",
        "Moins de 18 ans, 24 h/24, sous 48 h, 7 j/7",
        "À 14:05, dans 15 jours, 19 heures",
        "أقل من 18 سنة، خلال 15 يوما",
        "Son @ et son lien",
        "Deux phrases courtes. " * 20,
    ],
)
def test_counts_steps_and_times_may_be_typed_by_hand(shelf, written) -> None:
    shelf.both("t", f"a: '<ORG-POLICE.number>'\nb: ok\nc: {json.dumps(written)}\n")

    assert content.faults(shelf.root) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(number=st.integers(100, 10**12), ahead=st.sampled_from(["", "+", "(", "n°"]))
def test_no_long_number_passes_by_hand(shelf, number, ahead) -> None:
    shelf.both("t", f"a: '<ORG-POLICE.number>'\nb: ok\nc: 'Appelez {ahead}{number}'\n")

    assert len([f for f in content.faults(shelf.root) if "typed by hand" in f]) == 2


def test_a_button_longer_than_a_channel_shows_is_named(shelf) -> None:
    shelf.both("label", f"fits: {'x' * 20}\nlong: {'x' * 21}\n")

    assert content.faults(shelf.root) == [
        f"{lang}/label.yaml: long: label of 21 characters, at most 20" for lang in ("ar", "fr")
    ]


def test_a_button_is_measured_as_it_is_shown(shelf) -> None:
    shelf.both("label", "call: 'Police <ORG-POLICE.number>'\n")

    assert content.faults(shelf.root) == []


def test_twins_that_differ_are_named(shelf) -> None:
    shelf.write("ar/t.yaml", "a: '{name} <ORG-POLICE.number>'\nb: ok\nonly_ar: x\n")
    shelf.write("fr/t.yaml", "a: '{other} <ORG-POLICE.number>'\nb: ok\n")

    assert content.faults(shelf.root) == [
        "ar/t.yaml: a: placeholders differ: ar {name}, fr {other}",
        "fr/t.yaml: only_ar: missing twin of ar/t.yaml: only_ar",
    ]


def test_all_faults_are_raised_at_once(shelf) -> None:
    shelf.write("ar/t.yaml", "a: ''\n")
    shelf.write("fr/t.yaml", "a: 'Appelez le 2511'\nb: ok\n")
    shelf.write("sources.yaml", "t.gone: [ORG-POLICE]\n")

    with pytest.raises(content.ContentError) as caught:
        content.load(shelf.root)

    assert caught.value.faults == [
        "ar/t.yaml: a: empty",
        "ar/t.yaml: b: missing twin of fr/t.yaml: b",
        "fr/t.yaml: a: number '2511' typed by hand; show it by its fact",
        "sources.yaml: t.gone: no such text",
    ]
    assert str(caught.value) == "\n".join(caught.value.faults)


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("fr/t.yaml", "a: [", "fr/t.yaml: unreadable in line 2"),
        ("fr/t.yaml", "a: x\na: y\n", "fr/t.yaml: unreadable in line 2: key 'a' given twice"),
        ("fr/t.yaml", "- a\n", "fr/t.yaml: not a mapping of keys"),
        ("fr/t.yaml", "a: [x]\n", "fr/t.yaml: a: neither a text nor a text with a promise"),
        ("fr/t.yaml", "a: {text: x, color: red}\n", "fr/t.yaml: a: unknown field color"),
        ("sources.yaml", "t.a: ORG-POLICE\n", "sources.yaml: t.a: not a list of facts"),
        ("sources.yaml", "t.a: [ORG-NOBODY]\n", "sources.yaml: t.a: unknown fact ORG-NOBODY"),
        ("facts.yaml", "", "facts.yaml: not a mapping of keys"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(shelf, name, text, fault) -> None:
    shelf.write(name, text)

    assert any(f.startswith(fault) for f in content.faults(shelf.root))


def test_missing_files_and_folders_are_named(tmp_path) -> None:
    assert content.faults(tmp_path) == [
        "no language: a folder with _language.yaml is one",
        "facts.yaml: file missing",
        "sources.yaml: file missing",
    ]


def test_words_that_yaml_takes_for_truths_are_texts(shelf) -> None:
    shelf.both("label", "yes: no\non: 12\n")
    catalog = content.load(shelf.root)

    assert catalog.text("fr", "label.yes") == "no"
    assert catalog.text("ar", "label.on") == "12"
