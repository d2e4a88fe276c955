# SPDX-License-Identifier: AGPL-3.0-or-later
"""From sealed words to the answer and the withdrawal: a browser, real processes, plain age."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest
from playwright.sync_api import Browser, Page, expect

import content
from bot.vault import demo as known
from bot.vault import receipt
from tests.journey.counsellor import Counsellor
from tests.journey.process import ask, demo
from tests.journey.visitors import PHONE

pytestmark = pytest.mark.browser
TEXTS = content.load().texts
EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes at the door, and what comes back."""

    lang: str
    story: str
    more: str
    answer: str


FRENCH = Person(
    "fr",
    "Mon collègue m’a filmée.\n\tIl veut 1500 dh avant vendredi, sinon « tout le bureau ».  \n",
    "Il a écrit encore ce matin 😟",
    "Bonjour.\nGardez tout, ne payez rien. L’équipe prépare la suite.",
)
ARABIC = Person(
    "ar",
    "خويا، واحد كيهددني بالتصاور ديالي.\nبغا 1500 درهم قبل الجمعة «ولا الدوار كامل يشوف».",
    "عاود كتب ليا هاد الصباح",
    "السلام.\nاحتفظ بكل شيء، والفريق يهيئ الخطوة التالية.",
)


@pytest.fixture(autouse=True, scope="module")
def patience() -> Iterator[None]:
    """Stretching a receipt takes a busy machine its time."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


@contextmanager
def page_of(browser: Browser, url: str, lang: str, pictures: Path) -> Iterator[Page]:
    """The door on a phone that remembers nothing; nothing may be amiss in its console."""
    context = browser.new_context(
        viewport=PHONE, has_touch=True, reduced_motion="reduce", locale=f"{lang}-MA"
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.goto(f"{url}/notes")
    page.locator("#write").wait_for()
    yield page
    page.screenshot(path=pictures / f"last-{lang}.png")
    context.close()
    assert wrong == []


def opens(page: Page, digits: str) -> None:
    page.locator("#have").tap()
    page.locator("#number").fill(digits)
    page.locator("#back button.main").tap()


def lodges(page: Page, person: Person) -> str:
    """Seal and send a story, then come back for more words; gives the receipt as shown."""
    page.locator("#box").fill(person.story)
    page.locator("#subject").select_option("threat_to_publish")
    page.locator("#tick-deadline").check()
    page.locator("#write button.main").tap()
    page.locator("#kept").wait_for()
    shown = " ".join(page.locator("#digits b").all_inner_texts())
    page.locator("#noted").tap()
    page.locator("#new").tap()
    opens(page, shown.translate(EASTERN))
    page.locator("#more-box").fill(person.more)
    page.locator("#more button.main").tap()
    expect(page.locator("#status")).to_have_text(TEXTS[person.lang]["complaint.added"])
    return shown


def reads_and_withdraws(page: Page, person: Person, shown: str) -> None:
    """Read the answer, destroy the case, and find nothing any more."""
    texts = TEXTS[person.lang]
    opens(page, shown.replace(" ", "-"))
    expect(page.locator(".answer")).to_have_text(person.answer, use_inner_text=True)
    taken = re.escape(texts["receipt.status_taken"].split("{")[0])
    expect(page.locator("#standing")).to_have_text(re.compile(taken))
    page.locator("#withdraw").tap()
    page.locator("#withdraw-yes").tap()
    expect(page.locator("#status")).to_have_text(texts["receipt.withdrawn"])
    page.locator("#number").fill(shown)
    page.locator("#back button.main").tap()
    expect(page.locator("#alert")).to_have_text(texts["receipt.not_found"])


def works(salma: Counsellor, data: Path, person: Person) -> tuple[str, Path]:
    """A counsellor takes, reads with plain age, and answers; gives the case and its export."""
    [line] = ask(salma.folder, "cases", "list", "--json", "--data", data).splitlines()
    waiting = json.loads(line)
    assert (waiting["urgency"], waiting["situation"]) == ("urgent", "threat_to_publish")
    case = salma.takes(data)
    dossier = salma.exports(data, case)
    pieces = salma.reads(dossier)
    assert pieces["0001-story.age"] == person.story.encode()
    assert person.more.encode() in pieces.values()
    assert person.story.strip() in ask(salma.folder, "cases", "open", dossier, "--demo")
    recovery = Counsellor(salma.folder / "recovery", known.RECOVERY.identity)
    assert recovery.reads(dossier) == pieces
    sealed = salma.answers(dossier, person.answer)
    assert "receipt" in ask(salma.folder, "cases", "import", sealed, "--data", data)
    return case, dossier


@pytest.mark.parametrize("person", [FRENCH, ARABIC], ids=["fr", "ar"])
def test_sealed_in_a_browser_opened_by_a_counsellor_answered_withdrawn(
    person: Person, chromium: Browser, tmp_path: Path
) -> None:
    data, salma = tmp_path / "data", Counsellor(tmp_path / "salma", known.COUNSELLOR.identity)
    salma.folder.mkdir()
    with demo(data) as running, page_of(chromium, running.url, person.lang, tmp_path) as page:
        assert f"{running.url}/notes" in running.log.read_text("utf-8")
        shown = lodges(page, person)

    case, dossier = works(salma, data, person)
    stranger = Counsellor(tmp_path / "stranger", str(pyrage.x25519.Identity.generate()))
    assert stranger.opens_nothing(dossier)

    with demo(data) as running:
        with page_of(chromium, running.url, person.lang, tmp_path) as page:
            opens(page, receipt.shown(receipt.new()))
            expect(page.locator("#alert")).to_have_text(TEXTS[person.lang]["receipt.not_found"])
            assert person.answer.splitlines()[-1] not in page.content()
        with page_of(chromium, running.url, person.lang, tmp_path) as page:
            reads_and_withdraws(page, person, shown)
        log = running.log.read_text("utf-8")

    assert ask(tmp_path, "cases", "list", "--data", data).strip() == "No open case."
    gone = ("cases", "export", case, "--to", "gone", "--data", data)
    assert "no case" in ask(tmp_path, *gone, fails=True)
    disk = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert (dossier / "identity.age").read_bytes()[-80:] not in disk
    secrets = [person.story.strip(), person.more, person.answer, shown, receipt.find(shown) or ""]
    assert not [one for one in secrets if one in log or one.encode() in disk]
