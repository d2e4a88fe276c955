# SPDX-License-Identifier: AGPL-3.0-or-later
"""The validator of phrases: what it refuses, with file and line, and what it lets pass."""

import pytest

from nlu.corpus import faults
from nlu.labels import INTENTS, SITUATIONS
from nlu.phrases import packaged, packaged_risks, within

HEAD = 'version: "3.1"\nnlu:\n'


@pytest.fixture
def folder(tmp_path):
    """A place for files of phrases, filled by name: folder("fr/greet", "- bonjour")."""

    def write(name, *lines, label=None, metadata=""):
        path = tmp_path / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        told = f"    metadata: {metadata}\n" if metadata else ""
        examples = "".join(f"      - {line}\n" for line in lines)
        entry = f"  - intent: {label or path.stem}\n{told}    examples: |\n{examples}"
        before = path.read_text("utf-8") if path.exists() else HEAD
        path.write_text(before + entry, "utf-8")
        return path

    return write


def found(tmp_path, heldout=()):
    told = faults(within(tmp_path / "data"), (), heldout)
    return [fault for fault in told if "are needed" not in fault]


def test_our_own_phrases_pass():
    assert list(faults(packaged(), packaged_risks())) == []


def test_the_same_words_under_two_labels_are_named_with_both_lines(folder, tmp_path):
    folder("data/fr/goodbye", "salut", "à demain")
    folder("data/fr/greet", "bonjour", "Salut !!")
    (fault,) = found(tmp_path)
    assert fault.endswith("fr/greet.yml:6: says the same as data/fr/goodbye.yml:5 (goodbye)")


def test_lines_are_counted_in_every_entry_and_form(folder, tmp_path):
    path = folder("data/fr/greet", "bonjour", "coucou")
    folder("data/fr/greet", "bonsoir", "bonjour", metadata="{risks: [minor]}")
    assert found(tmp_path)[0].startswith("data/fr/greet.yml:11: says the same")
    path.write_text(HEAD + "  - intent: greet\n    examples: [coucou,\n      Coucou]\n", "utf-8")
    assert found(tmp_path)[0].startswith("data/fr/greet.yml:5: says the same")


@pytest.mark.parametrize(
    "case",
    [
        ("ar/darija/greet", "salam", "", "not the script of darija"),
        ("ar/msa/greet", "bonjour", "", "not the script of msa"),
        ("ar/arabizi/greet", "سلام", "", "not the script of arabizi"),
        ("fr/greet", "مرحبا", "", "not the script of fr"),
        ("fr/hello", "bonjour", "", "unknown label hello"),
        ("fr/greet", "bonjour", "{risks: [sadness]}", "unknown risk sadness"),
        ("fr/greet", "bonjour", "{also: [hello]}", "unknown label hello"),
        ("elsewhere/greet", "bonjour", "", "unknown variety None"),
        ("fr/greet", "\u0640", "", "nothing is left of it in normal form"),
    ],
)
def test_what_nobody_knows_or_could_have_written_is_refused(folder, tmp_path, case):
    name, line, metadata, said = case
    folder(f"data/{name}", line, metadata=metadata)
    assert any(fault.endswith(f":{6 if metadata else 5}: {said}") for fault in found(tmp_path))


@pytest.mark.parametrize(
    ("name", "line"),
    [("ar/darija/greet", "سلام ok"), ("ar/mixed/greet", "سلام merci"), ("fr/greet", "👋")],
)
def test_words_of_the_other_script_and_emoji_are_normal(folder, tmp_path, name, line):
    folder(f"data/{name}", line)
    assert found(tmp_path) == []


def test_a_phrase_in_the_file_of_another_label_is_refused(folder, tmp_path):
    folder("data/fr/greet", "au revoir", label="goodbye")
    assert found(tmp_path) == ["data/fr/greet.yml:5: goodbye in a file of another name"]


def test_what_is_held_out_cannot_be_learned(folder, tmp_path):
    folder("data/fr/greet", "bonjour")
    folder("heldout/fr", "Bonjour !", label="greet")
    (fault,) = found(tmp_path, within(tmp_path / "heldout"))
    assert fault.startswith("data/fr/greet.yml:5: is held out in ")


WRITTEN = (
    "je peux payer pour qu'il se taise", "c'est combien le mieux", "faut-il céder",
    "mon frère me dit de négocier le prix", "si je lui donne l'argent il arrête vraiment",
    "il baisse à mille, j'accepte", "une partie maintenant et le reste après",
)  # fmt: skip


def test_a_template_with_one_word_changed_is_refused(folder, tmp_path):
    words = ("payer", "céder", "répondre", "négocier", "mentir", "fuir")
    folder("data/fr/ask_pay", *(f"faut-il {word} cet homme ce soir" for word in words))
    assert any("6 of 6 phrases are one sentence" in fault for fault in found(tmp_path))


def test_one_opening_for_many_is_refused(folder, tmp_path):
    rests = ("le payer tout de suite", "mille dirhams", "sa demande", "attendre demain matin",
             "qu'il arrête", "un virement ou du liquide")  # fmt: skip
    folder("data/fr/ask_pay", *WRITTEN, *(f"est-ce que {rest}" for rest in rests))
    assert any('6 of 13 phrases begin "est ce que"' in fault for fault in found(tmp_path))


def test_the_same_phrase_spelled_again_and_again_is_refused(folder, tmp_path):
    spelled = ("wach nkhlsso had siyed", "wach nkhalsso had seyed", "wach nkhelso had syed",
               "wach nekhlesso had siyed db", "wach nkhlso had siyid",
               "wash nkhlsso had sayed")  # fmt: skip
    folder("data/ar/arabizi/ask_pay", *spelled)
    assert any("are nearly an earlier one" in fault for fault in found(tmp_path))


def test_phrases_written_one_by_one_pass(folder, tmp_path):
    folder("data/fr/ask_pay", *WRITTEN)
    assert found(tmp_path) == []


def test_too_few_phrases_are_counted(folder, tmp_path):
    folder("data/fr/greet", "bonjour")
    told = list(faults(within(tmp_path / "data")))
    assert "data/fr/greet.yml:5: greet has 1 phrases, 60 are needed" in told
    assert "deepfake.yml:1: deepfake has 0 phrases, 120 are needed" in told
    assert len(told) == len({*SITUATIONS, *INTENTS})


def test_a_label_of_one_variety_is_unbalanced(folder, tmp_path):
    numbers = ("", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit")
    rows = [f"{one} bonjour {two}" for one in numbers for two in numbers][:70]
    folder("data/fr/greet", *rows)
    told = found(tmp_path)
    assert any("greet is 100% fr" in fault for fault in told)
    assert any("greet is 0% msa" in fault for fault in told)


def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path):
    path = tmp_path / "data" / "fr" / "greet.yml"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + "  - intent: [", "utf-8")
    assert found(tmp_path) == ["data/fr/greet.yml:4: not YAML"]
    path.write_text("- greet", "utf-8")
    assert found(tmp_path) == ["data/fr/greet.yml:1: not in Rasa's format"]
