# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the first word to the answer: two people, two languages, real processes, plain age."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import pyrage
import pytest

import content
from bot.vault import demo as known
from bot.vault import receipt
from tests.journey.counsellor import AGE, Counsellor
from tests.journey.process import ask, demo
from tests.journey.visitors import Visitor

RECEIPT = r"(?:\d{4} ){5}\d{2}"
EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
TEXTS = content.load().texts


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to whom it happens: their words, and how they lodge their complaint."""

    lang: str
    story: tuple[str, ...]
    lodges: Callable[[Visitor, Person], str]
    answer: str
    returns: Callable[[Visitor, Person, str], str]

    def label(self, name: str) -> str:
        """What a button is called in their language."""
        return re.escape(TEXTS[self.lang][f"label.{name}"])


def with_buttons(visitor: Visitor, person: Person) -> str:
    """Tell it, then press what is offered; the last reply shows the receipt."""
    label = person.label
    visitor.say(person.story[0], until=label("safe_yes"))
    visitor.look("heard")
    for button, offered in (
        ("safe_yes", "adult"),
        ("adult", "ping_now"),
        ("ping_now", "complaint"),
        ("complaint", "add"),
        ("add", "quick_exit"),
    ):
        visitor.press(TEXTS[person.lang][f"label.{button}"], until=label(offered))
        visitor.look(button)
    visitor.say(person.story[1], until=label("send"))
    return visitor.press(TEXTS[person.lang]["label.send"], until=RECEIPT)


def in_words(visitor: Visitor, person: Person) -> str:
    """Press nothing: every answer is typed."""
    label = person.label
    visitor.say(person.story[0], until=label("safe_yes"))
    visitor.look("heard")
    visitor.say("ana f aman daba", until=label("adult"))
    visitor.say("3ndi 24 3am", until=label("complaint"))
    visitor.look("guided")
    visitor.say("bghit ndir chikaya", until=label("send"))
    visitor.say(person.story[1], until=label("send"))
    visitor.look("kept")
    return visitor.say("صيفطوها", until=RECEIPT)


def with_a_greeting(visitor: Visitor, person: Person, shown: str) -> str:
    """Say who is there, type the receipt with dashes, press what stands under the good news."""
    visitor.say("Bonjour", until=person.label("human"))
    visitor.say(shown.replace(" ", "-"), until=person.label("read"))
    return visitor.press(TEXTS[person.lang]["label.read"], until=re.escape(person.answer))


def with_digits_only(visitor: Visitor, person: Person, shown: str) -> str:
    """Type the receipt as a phone in Arabic writes it, and say yes."""
    visitor.say(shown.translate(EASTERN), until=person.label("read"))
    return visitor.say("ah wrini", until=re.escape(person.answer))


FRENCH = Person(
    "fr",
    (
        "Mon ex menace de publier mes photos sur Facebook si je ne paie pas 2000 dh avant demain",
        "Il m’a écrit hier à 23 h 10 :\n« tu vas le regretter » 😢\n\tet il connaît l’œuvre.",
    ),
    with_buttons,
    "Votre dossier est lu.\nGardez la page ouverte, l’équipe prépare la suite avec vous.",
    with_a_greeting,
)
ARABIC = Person(
    "ar",
    (
        "salam, wa7ed lwld f insta kayhddni b tsawri, bgha 500 dh wla ysifthom l 3a2ilti",
        "بداو الميساجات البارح فالليل،\nوعندو تصاوري من الصيف 📸 قال ليا «غادي تندمي»",
    ),
    in_words,
    "قرأنا ملفك.\nالفريق يهيئ الخطوة التالية معك.",
    with_digits_only,
)


@pytest.mark.parametrize("person", [FRENCH, ARABIC], ids=["fr", "ar"])
def test_somebody_is_heard_and_answered_and_nobody_else_reads_it(person, come, tmp_path):
    data, salma = tmp_path / "data", Counsellor(tmp_path / "salma", known.COUNSELLOR.identity)
    salma.folder.mkdir()
    with demo(data) as running, come(running.url) as visitor:
        shown = re.search(RECEIPT, person.lodges(visitor, person)).group()
        visitor.look("receipt")
        visitor.say(shown, until=said(person, "complaint.typed_right"))
        visitor.look("typed-back")

    case = salma.takes(data)
    dossier = salma.exports(data, case)
    pieces = salma.reads(dossier)
    for words in person.story:
        assert words.encode() in pieces.values()
    stranger = Counsellor(tmp_path / "stranger", str(pyrage.x25519.Identity.generate()))
    assert stranger.opens_nothing(dossier)
    refused = ask(tmp_path, "cases", "open", dossier, "--identity", stranger.key(), fails=True)
    assert "identity" in refused

    sealed = salma.answers(dossier, person.answer)
    assert person.answer.encode() not in sealed.read_bytes()
    ask(tmp_path, "cases", "import", sealed, "--data", data)

    with demo(data) as running:
        for wrong in (receipt.shown(receipt.new()), one_digit_wrong(shown)):
            with come(running.url) as thief:
                assert person.answer not in thief.say(wrong, until=r"\S")
        with come(running.url) as visitor:
            person.returns(visitor, person, shown)
            visitor.look("answered")
        log = running.log.read_text("utf-8")
    secrets = [*person.story, person.answer, shown, receipt.find(shown)]
    assert not [secret for secret in secrets if secret in log]


@pytest.mark.skipif(AGE is None, reason="NO age FOUND: exports were opened by pyrage only")
def test_exports_are_opened_by_the_distributions_own_age():
    answer = subprocess.run([AGE, "--version"], capture_output=True, check=True).stdout
    assert answer.strip()


def said(person: Person, key: str) -> str:
    """The first words of one of the bot's texts, to be waited for."""
    return re.escape(TEXTS[person.lang][key].split("{")[0].splitlines()[0])


def one_digit_wrong(shown: str) -> str:
    """The receipt with its first digit mistyped."""
    return f"{(int(shown[0]) + 1) % 10}{shown[1:]}"
