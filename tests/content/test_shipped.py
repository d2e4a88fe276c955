# SPDX-License-Identifier: AGPL-3.0-or-later
"""What we ship: complete guides, true numbers, and no advice that could hurt."""

import re
from datetime import date
from pathlib import Path

import pytest

import content
import nlu

GUIDES = (*nlu.SITUATIONS, "general")
PARTS = ("hear", "steps", "never", "evidence", "report", "law", "takedown", "secure", "goes_on")
LETTERS = ("call_recording", "unsolicited_messages", "data_misuse", "data_breach")
APPS = ("whatsapp", "telegram", "instagram", "facebook", "messenger", "tiktok", "snapchat", "x")
LANGUAGES = content.LANGUAGES


@pytest.fixture(scope="module")
def catalog():
    return content.load()


@pytest.fixture(scope="module")
def said(catalog):
    return {(lang, key): catalog.texts[lang][key] for lang in LANGUAGES for key in catalog.keys}


def test_what_we_ship_has_no_fault() -> None:
    assert content.faults(today=date(2026, 11, 22)) == []


def test_every_situation_has_its_guide(catalog) -> None:
    wanted = {f"{guide}.{part}" for guide in GUIDES for part in PARTS}
    wanted |= {f"{guide}.letter" for guide in LETTERS}
    wanted |= {
        f"repair_shop_leak.{when}" for when in ("before", "during", "after", "backup", "usb")
    }
    wanted |= {f"coach.{app}" for app in (*APPS, "sms", "email", "site", "receipts", "general")}
    wanted |= {f"form.{app}" for app in (*APPS, "youtube", "google", "general")}
    wanted |= {"general.now", "threat_to_publish.now", "ex_partner_threat.now"}

    assert wanted - catalog.keys == set()


def test_the_first_reply_to_a_threat_already_protects(said) -> None:
    for guide in ("general", "threat_to_publish", "ex_partner_threat"):
        french, arabic = said["fr", f"{guide}.now"], said["ar", f"{guide}.now"]

        assert all(
            w in french for w in ("aucun paiement", "aucune nouvelle image", "rien d'effacé")
        )
        assert all(word in arabic for word in ("لا دفع", "لا صورة جديدة", "لا حذف"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_danger_gives_the_numbers_and_minors_their_own(said, lang) -> None:
    for key in ("numbers_self_harm", "numbers_physical", "short", "other_language"):
        numbers = re.findall(r"\d+", said[lang, f"danger.{key}"])
        assert numbers == ["19", "177", "15"], key
    for key in ("numbers_minor", "short_minor"):
        numbers = re.findall(r"\d+", said[lang, f"danger.{key}"])
        assert numbers[:3] == ["19", "177", "15"], key
        assert "2511" in numbers, key
    assert "\n" not in said[lang, "danger.short"]


def test_the_fallback_speaks_three_languages(said) -> None:
    for lang in LANGUAGES:
        text = said[lang, "danger.other_language"]

        assert "arabe et français" in text
        assert "العربية والفرنسية" in text
        assert "We speak Arabic and French" in text


def test_minors_hear_of_their_line_and_that_no_image_is_taken(said) -> None:
    for lang, no_image in (("fr", "nous ne recevons aucune image"), ("ar", "لا نستقبل أي صورة")):
        first = said[lang, "minor.first"]
        assert "2511" in first
        assert "takeitdown" in first
        assert no_image in first


def test_no_closed_foreign_or_unconfirmed_line_is_shown(said) -> None:
    never = re.compile(r"stop ?silence|reda|\b(?:141|112|150|988|3114|3018)\b|624", re.IGNORECASE)

    assert [at for at, text in said.items() if never.search(text)] == []


def test_law_is_short_and_says_it_is_no_legal_advice(said) -> None:
    ends = {"fr": "pas un avis juridique.", "ar": "ليست استشارة قانونية."}
    for (lang, key), text in said.items():
        if key.endswith(".law") and not key.startswith("label."):
            assert text.endswith(ends[lang]), key
            assert len(text.splitlines()) <= 4, key
        if key.endswith((".report", ".never", ".takedown")):
            assert len(text.splitlines()) <= 5, key


def test_the_fine_for_blackmail_is_the_one_of_the_consolidated_text(catalog) -> None:
    assert catalog.facts["LAW-538"].value("fr", "fine") == "200 à 2 000 DH"
    assert catalog.facts["LAW-538"].value("ar", "fine") == "من 200 إلى 2.000 درهم"


def test_every_number_and_address_waits_for_a_human_check(catalog) -> None:
    shown = [f for f in catalog.facts.values() if f.kind in {"number", "link"}]

    assert shown
    assert [f.id for f in shown if not f.human_check] == []


def test_online_report_and_complaint_are_never_confused(said) -> None:
    for (lang, key), text in said.items():
        if "e-blagh" in text and key.endswith(".report") and key != "unsolicited_messages.report":
            line = next(line for line in text.splitlines() if "e-blagh" in line)
            assert ("plainte" if lang == "fr" else "شكاية") in line, (lang, key)


def test_most_texts_fit_a_small_screen(said) -> None:
    long = [at for at, text in said.items() if len(text) > 500]

    assert len(long) < len(said) / 20


def test_a_missing_value_is_an_error_and_not_a_hole(catalog) -> None:
    with pytest.raises(KeyError):
        catalog.text("fr", "talk.noted_amount")
    with pytest.raises(KeyError):
        catalog.text("fr", "talk.no_such_text")


def test_what_a_person_must_try_before_launch_stands_in_the_papers(catalog) -> None:
    paper = Path(__file__).parents[2] / "docs" / "before-launch.md"
    shown = {f.id for f in catalog.facts.values() if f.kind in {"number", "link"}}

    assert paper.read_text(encoding="utf-8") == catalog.before_launch(), "make launch"
    assert all(f"| {fact} |" in catalog.before_launch() for fact in shown)


def test_the_coach_asks_for_the_intimate_image_in_no_app(said) -> None:
    for lang, word in (("fr", "intime"), ("ar", "الحميمة")):
        for app in ("whatsapp", "instagram", "snapchat", "x", "messenger", "site", "general"):
            line = [one for one in said[lang, f"coach.{app}"].splitlines() if word in one]
            assert all(("Jamais" in x or "Ne " in x or "دون" in x or "لا " in x) for x in line)
