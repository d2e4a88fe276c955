# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person's dossier says: the threat, dates, fingerprints, doors; nothing that harms."""

from __future__ import annotations

import re

import pytest

import nlu
from bot.papers.pages import keys
from tests.papers.conftest import DIGEST, NOW

LANGS = ("ar", "fr")
# A relationship, intimacy, a confession: in no line that is handed over.
HARMS = {
    "fr": r"\bex\b|conjoint|mari\b|épouse|fianc|relation|couple|amant|sexuel|\bnue?\b|avoue",
    "ar": r"زوج|خطيب|علاقة|صاحبي|حبيب|جنس|عار|اعترف|السابق",
}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("situation", nlu.SITUATIONS)
def test_no_line_handed_over_tells_a_relationship_or_admits_anything(written, lang, situation):
    theirs = written(lang, situation=situation).partition(_title(written, lang))[2]
    assert not re.search(HARMS[lang], theirs)


def _title(written, lang):
    return {"fr": "\nPlainte\n", "ar": "\nشكاية\n"}[lang]


@pytest.mark.parametrize("lang", LANGS)
def test_everything_told_is_in_the_complaint(written, lang):
    said = written(lang)
    assert "Instagram" in said
    assert "2000" in said
    assert "26/11/2026" in said  # the ultimatum
    assert DIGEST in re.sub(r"[\n\u200e]", "", said)


def test_nothing_untold_is_claimed(written):
    said = written("fr", demand="", amount="", paid="", deadline_at="", published="", since="")
    for claim in ("Somme", "exigé", "délai fixé par", "paiement", "Début des faits"):
        assert claim not in said


def test_an_answer_that_only_says_it_was_asked_is_no_fact(written):
    said = written("fr", platform="told", amount="untold")
    assert "Application" not in said
    assert "De l'argent est exigé." in said


def test_identity_is_left_to_the_person(pages):
    blanks = [part.text for part in pages("fr").parts() if getattr(part, "kind", "") == "blank"]
    assert {"Nom et prénom", "Adresse", "Signature", "Auteur des faits"} <= set(blanks)


def test_a_minor_meets_no_tool_for_adults(written):
    said = written("fr", minor="yes", age_band="minor")
    assert "2511" in said
    assert "Take It Down" in said or "takeitdown" in said
    assert "StopNCII" not in said
    assert "Représentant légal" in said


def test_the_centre_is_named_by_its_own_profile_only(written):
    assert "Nom du centre" in written("fr")
    named = written("fr", centre="Centre d'essai")
    assert "Centre d'essai" in named
    assert "Nom du centre" not in named


def test_each_door_says_when_it_was_checked_and_when_that_is_too_old(pages, catalog, script):
    made = pages("fr")
    doors = next(part for part in made.parts() if hasattr(part, "rows"))
    assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", row[1]) for row in doors.rows[1:])
    old = pages("fr")
    old._told = type(old._told)(NOW + 400 * 86_400, old.seen)
    doors = next(part for part in old.parts() if hasattr(part, "rows"))
    assert all("à revérifier" in row[1] for row in doors.rows[1:])


def test_every_key_exists(catalog, script):
    missing = [key for key in keys(script) if not catalog.has(key)]
    assert missing == []
