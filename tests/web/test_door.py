# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sealing page in a real browser: what leaves it is sealed, and what stays is nothing."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace

import pyrage
import pytest
from playwright.sync_api import expect

import content
from bot import cases, miniapp, web
from bot.app import build
from bot.centre import Centre, Target
from bot.clock import wall_clock
from bot.vault import receipt
from bot.vault.answer import make_reply
from bot.vault.padding import trim
from bot.vault.service import ServiceKey
from bot.vault.unseal import open_case, unseal
from tests.standins.telegram import TOKEN
from tests.telegram.test_webapp import NOW, signed
from tests.web.conftest import serving
from tests.web.ears import Ears
from tests.web.test_opened import handed
from tests.web.test_page import (  # noqa: F401 - a fixture among them
    FAINT,
    PHONE,
    SMALL,
    TOO_WIDE,
    UNNAMED,
    chromium,
)

pytestmark = pytest.mark.browser

TEXTS = content.load().texts
STORY = {
    "fr": "Mon ancien réparateur garde mes photos : « 4000 dh, sinon tout le quartier ».\n"
    "  J’ai peur.",
    "ar": "مول التيليفون خدا تصاوري وكيقول ليا: «4000 درهم ولا نصيفطهم لخوك».\n  خفت 😢",
}
ANSWER = "Nous avons lu <b>tout</b>.\nGardez les messages, ne payez rien."
EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@pytest.fixture(autouse=True, scope="module")
def patience():
    """Stretching a receipt takes a busy machine its time."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


class Place:
    """A bot with its web server, a counsellor with a key, and ears before the server."""

    def __init__(self, app, counsellor, ears, url):
        self.app, self.counsellor, self.ears, self.url = app, counsellor, ears, url

    def cases(self):
        return self.app.ledger.cases()

    def sealed(self):
        """What lies in the one case, as a counsellor reads it."""
        [case] = self.cases()
        identity = open_case(case.wrapped, self.counsellor)
        rows = self.app.store.read("select id, kind, blob, length from entry order by id")
        lengths = {row[0]: self.app.ledger.open(row[3], "entry", "length", row[0]) for row in rows}
        return [(kind, unseal(trim(blob, lengths[n]), identity)) for n, kind, blob, _ in rows]

    def answers(self, words):
        [case] = self.cases()
        blob = make_reply(
            words.encode(), case_id=case.id, case_recipient=case.recipient,
            visitor_recipient=case.visitor, delivery_recipient=self.app.ledger.key.delivery,
            sent=False,
        )  # fmt: skip
        return cases.answer(self.app.ledger, blob, wall_clock())


@pytest.fixture
def place(tmp_path):
    counsellor, recovery = (pyrage.x25519.Identity.generate() for _ in range(2))
    centre = Centre(
        {"salma": str(counsellor.to_public())},
        str(recovery.to_public()),
        alarms=(Target("console"),),
    )
    app = build(tmp_path / "data", ServiceKey(ServiceKey.make()), centre, {}, wall_clock)
    route = miniapp.route(TOKEN, ("ar", "fr"), lambda: NOW)
    ears = Ears(web.build(app, routes=[route]))
    with serving(ears) as running:
        yield Place(app, str(counsellor), ears, running.url)


@pytest.fixture
def visit(chromium, place):  # noqa: F811
    """Open the page on a phone of a language; nothing may be amiss in its console."""

    @contextmanager
    def come(lang, *scripts, wrong_is_fine=False, behind=""):
        context = chromium.new_context(
            viewport=PHONE, has_touch=True, reduced_motion="reduce",
            locale={"fr": "fr-MA", "ar": "ar-MA"}[lang],
        )  # fmt: skip
        context.set_default_timeout(20_000)
        page = context.new_page()
        for script in scripts:
            page.add_init_script(script)
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        try:
            page.goto("about:blank")
            page.goto(f"{place.url}/notes{behind}")
            page.locator("#write").wait_for()
            yield page
        finally:
            context.close()
        assert wrong == [] or wrong_is_fine

    return come


def write(page, words, *, subject=None, ticks=()):
    page.locator("#box").fill(words)
    if subject:
        page.locator("#subject").select_option(subject)
    for tick in ticks:
        page.locator(f"#tick-{tick}").check()
    page.locator("#write button.main").tap()


def lodge(page, words, **more):
    """Send and return the receipt as it is shown."""
    write(page, words, **more)
    page.locator("#kept").wait_for()
    return " ".join(page.locator("#digits b").all_inner_texts())


def come_back(page, typed):
    page.locator("#number").fill(typed)
    page.locator("#back button.main").tap()


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_words_and_receipt_never_reach_the_server(visit, place, lang):
    with visit(lang) as page:
        shown = lodge(page, STORY[lang], subject="repair_shop_leak", ticks=["deadline"])
        assert receipt.find(shown)
        page.locator("#noted").tap()
        come_back(page, shown.translate(EASTERN).replace(" ", "-"))
        page.locator("#more-box").fill(STORY[lang][::-1])
        page.locator("#more button.main").tap()
        expect(page.locator("#status")).to_have_text(TEXTS[lang]["complaint.added"])
    secrets = [STORY[lang], STORY[lang][:20], STORY[lang][::-1], shown, receipt.find(shown)]
    root = receipt.root(receipt.find(shown), place.app.runtime.salt)
    secrets += [root.identity, *(word for word in STORY[lang].split() if len(word) > 5)]
    assert place.ears.found(*secrets) == []
    assert [path for path, _ in place.ears.heard].count("/notes/keep") > 0
    kinds = [(kind, words) for kind, words in place.sealed() if kind != "summary"]
    assert kinds == [("story", STORY[lang].encode()), ("message", STORY[lang][::-1].encode())]


LEAKS = {
    "words beside the seals": """
        const asks = window.fetch;
        window.fetch = (url, how) => asks(url, how && how.body
          ? { ...how, body: JSON.stringify({
              ...JSON.parse(how.body), copy: document.querySelector("#box").value }) }
          : how);""",
    "words in base64": """
        const asks = window.fetch;
        window.fetch = (url, how) => asks(url, how && how.body
          ? { ...how, body: JSON.stringify({ ...JSON.parse(how.body), pad:
              btoa(unescape(encodeURIComponent(
                "...." + document.querySelector("#box").value))) }) }
          : how);""",
    "words in an address": """
        addEventListener("submit", () => fetch(
          "/health?" + encodeURIComponent(document.querySelector("#box").value)), true);
    """,
    "the receipt once it is shown": """
        setInterval(() => {
          const groups = [...document.querySelectorAll("#digits b")];
          const digits = groups.map((one) => one.textContent).join("");
          if (digits) fetch("/health", { headers: { "X-Sanad-Visitor": digits } });
        }, 50);""",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_page_that_leaks_would_be_found(visit, place, leak):
    with visit("fr", LEAKS[leak]) as page:
        shown = lodge(page, STORY["fr"])
        page.wait_for_timeout(300)
    assert place.ears.found(STORY["fr"], receipt.find(shown))


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_the_answer_is_read_here_and_the_case_withdrawn(visit, place, lang):
    with visit(lang) as page:
        assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [
            lang,
            {"fr": "ltr", "ar": "rtl"}[lang],
        ]
        shown = lodge(page, STORY[lang])
    place.answers(ANSWER)
    with visit(lang) as page:
        page.locator("#have").tap()
        come_back(page, shown)
        expect(page.locator(".answer")).to_have_text(ANSWER, use_inner_text=True)
        expect(page.locator("#standing")).to_contain_text(TEXTS[lang]["receipt.status_taken"][:20])
        assert page.locator("#number").input_value() == ""
        page.locator("#withdraw").tap()
        page.locator("#withdraw-no").tap()
        expect(page.locator("#sure")).to_be_hidden()
        page.locator("#withdraw").tap()
        page.locator("#withdraw-yes").tap()
        expect(page.locator("#status")).to_have_text(TEXTS[lang]["receipt.withdrawn"])
        assert ANSWER[:10] not in page.content()
        come_back(page, shown)
        expect(page.locator("#alert")).to_have_text(TEXTS[lang]["receipt.not_found"])
    assert place.cases() == []
    assert place.ears.found(ANSWER) == []


def test_a_slip_of_the_finger_is_told_before_anything_is_asked(visit, place):
    with visit("fr") as page:
        page.locator("#have").tap()
        asked = place.ears.asked()
        digits = receipt.new()
        wrong = str((int(digits[0]) + 1) % 10) + digits[1:]
        come_back(page, wrong)
        expect(page.locator("#alert")).to_have_text(TEXTS["fr"]["receipt.mistyped"])
        come_back(page, digits[:21])
        told = TEXTS["fr"]["door.short_number"].replace("{count}", "21")
        expect(page.locator("#alert")).to_have_text(told)
        assert place.ears.asked() == asked
        come_back(page, digits)
        expect(page.locator("#alert")).to_have_text(TEXTS["fr"]["receipt.not_found"])
        assert place.ears.found(digits) == []


def test_the_receipt_is_shown_only_once_the_case_is_kept(visit, place):
    with visit("fr", wrong_is_fine=True) as page:
        lost = []

        def lose(route):
            lost.append(route.request.post_data)
            assert page.locator("#kept").is_hidden()
            route.abort()

        page.route("**/notes/keep", lose)
        write(page, STORY["fr"])
        expect(page.locator("#alert")).to_have_text(TEXTS["fr"]["door.unsent"])
        assert page.locator("#kept").is_hidden()
        assert page.locator("#box").input_value() == STORY["fr"]
        assert not re.search(r"\d{4}", page.locator("#digits").inner_text())
        assert place.cases() == []
        page.unroute("**/notes/keep")
        page.locator("#write button.main").tap()
        page.locator("#kept").wait_for()
        assert place.ears.bodies("/notes/keep")[-1]["token"] in lost[0]
        assert len(place.cases()) == 1


def test_an_answer_lost_on_its_way_makes_no_second_case(visit, place):
    with visit("fr", wrong_is_fine=True) as page:
        page.route("**/notes/keep", lambda route: (route.fetch(), route.abort()))
        write(page, STORY["fr"])
        expect(page.locator("#alert")).to_have_text(TEXTS["fr"]["door.unsent"])
        page.unroute("**/notes/keep")
        page.locator("#write button.main").tap()
        page.locator("#kept").wait_for()
        assert len(place.cases()) == 1
        assert [kind for kind, _ in place.sealed()] == ["story", "summary"]


def test_a_team_that_changed_meanwhile_is_who_can_read(visit, place):
    with visit("fr", wrong_is_fine=True) as page:
        fresh = pyrage.x25519.Identity.generate()
        team = {"nour": str(fresh.to_public())}
        place.app.runtime.centre = replace(place.app.runtime.centre, team=team)
        lodge(page, STORY["fr"])
        [case] = place.cases()
        assert open_case(case.wrapped, str(fresh))
        with pytest.raises(Exception, match="unopenable"):
            open_case(case.wrapped, place.counsellor)


@pytest.mark.parametrize(
    ("words", "key"), [(" \n", "door.empty"), ("é" * 30_001, "door.too_long")]
)
def test_what_cannot_go_is_said_and_stays(visit, place, words, key):
    with visit("fr") as page:
        write(page, words)
        expect(page.locator("#alert")).to_have_text(TEXTS["fr"][key])
        assert page.locator("#box").input_value() == words
        assert place.ears.bodies("/notes/keep") == []


def test_a_long_story_goes_through(visit, place):
    long = "كلمة " * 6_000
    with visit("ar") as page:
        lodge(page, long)
    assert ("story", long.encode()) in place.sealed()


def test_lengths_on_the_line_come_in_classes(visit, place):
    sizes = set()
    for words, subject in (
        ("oui", None),
        ("oui, il menace", "threat_to_publish"),
        ("o" * 60, None),
    ):
        with visit("fr") as page:
            lodge(page, words, subject=subject)
    for path, head in place.ears.heard:
        if path == "/notes/keep" and (found := re.search(rb"content-length: (\d+)", head)):
            sizes.add(int(found[1]))
    assert len(sizes) == 1
    assert sizes.pop() % 256 == 0


@pytest.mark.parametrize("way", ["button", "escape"])
def test_a_quick_exit_leaves_nothing_to_go_back_to(visit, way):
    with visit("fr") as page:
        lodge(page, STORY["fr"])
        if way == "button":
            page.locator("#exit").tap()
        else:
            page.keyboard.press("Escape")
            page.keyboard.press("Escape")
        page.wait_for_url("**/bye")
        seen = page.content().lower()
        assert not [word for word in ("sanad", "سند", "plainte", "quartier") if word in seen]
        page.go_back()
        assert page.url == "about:blank"


def test_nothing_stays_on_the_phone_or_in_the_address(visit, place):
    with visit("ar") as page:
        addresses = []
        page.on("request", lambda request: addresses.append(request.url))
        shown = lodge(page, STORY["ar"])
        page.locator("#noted").tap()
        come_back(page, shown)
        page.locator("#dossier").wait_for()
        left = (
            "[sessionStorage.length, localStorage.length, document.cookie, history.state,"
            " location.pathname + location.search + location.hash, indexedDB.databases ? 1 : 1]"
        )
        assert page.evaluate(left) == [0, 0, "", None, "/notes", 1]
        assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
        assert page.evaluate("caches.keys().then((all) => all.length)") == 0
        assert page.context.cookies() == []
        assert page.title() == "Notes"
        assert {re.sub(r".*/notes", "/notes", url) for url in addresses} == {
            "/notes/keep",
            "/notes/open",
        }
        page.locator("#shut").tap()
        assert receipt.find(shown) not in re.sub(r"\s", "", page.content())
    assert not [
        head for path, head in place.ears.heard if path == "/notes/keep" and b"cookie" in head
    ]


def test_the_link_on_the_chat_page_leaves_no_way_back(visit, place):
    with visit("fr") as page:
        page.goto("about:blank")
        page.goto(place.url)
        page.locator(".note a").tap()
        page.wait_for_url("**/notes")
        page.locator("#write").wait_for()
        page.locator("#exit").tap()
        page.wait_for_url("**/bye")
        page.go_back()
        assert page.url == "about:blank"


def test_the_language_is_changed_by_one_press_and_the_words_stay(visit):
    with visit("ar") as page:
        page.locator("#box").fill("غادي نكمل")
        page.locator("#tongue").tap()
        expect(page.locator("html")).to_have_attribute("dir", "ltr")
        expect(page.locator("#write button.main")).to_have_text(TEXTS["fr"]["door.send"])
        assert page.locator("#box").input_value() == "غادي نكمل"
        lodge(page, "غادي نكمل")
        words = page.locator("#digits span").all_inner_texts()
        page.locator("#tongue").tap()
        assert page.locator("#digits span").all_inner_texts() != words


def test_life_comes_first_on_every_screen(visit):
    with visit("fr") as page:
        shown = lodge(page, STORY["fr"], ticks=["danger"])
        for step in (
            lambda: page.locator("#noted").tap(),
            lambda: come_back(page, shown),
        ):
            expect(page.locator(".life")).to_contain_text(TEXTS["fr"]["danger.short_minor"])
            step()
        page.locator("#dossier").wait_for()
        expect(page.locator(".life")).to_contain_text("2511")


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_everybody_can_read_and_reach_everything(visit, place, lang, tmp_path):
    with visit(lang) as page:
        shots = iter("abcd")

        def fits():
            page.screenshot(path=tmp_path / f"{next(shots)}.png", full_page=True)
            assert page.evaluate(FAINT) == []
            assert page.evaluate(SMALL.replace("button, textarea", SEEN)) == []
            assert (
                page.evaluate(
                    UNNAMED.replace("button, textarea", "button, textarea, input, select")
                )
                == []
            )
            assert page.evaluate(TOO_WIDE) == 0

        fits()
        shown = lodge(page, STORY[lang])
        fits()
        place.answers(ANSWER + "w" * 200)
        page.locator("#noted").tap()
        fits()
        come_back(page, shown)
        page.locator("#dossier").wait_for()
        page.locator("#withdraw").tap()
        fits()
        page.set_viewport_size({"width": 180, "height": 370})  # what 200 % leaves of the phone
        assert page.evaluate(TOO_WIDE) == 0
        page.locator("#more-box").scroll_into_view_if_needed()
        expect(page.locator("#exit")).to_be_in_viewport(ratio=1)


SEEN = ", ".join(
    f"{name}:not([hidden] *, [hidden])"
    for name in ("button", "textarea", "select", "input[type=text]")
)


def test_opened_from_telegram_it_speaks_the_apps_language_and_says_where_it_stands(visit, place):
    with visit("ar", behind=handed(signed())) as page:
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        expect(page.locator("#in-telegram")).to_have_text(TEXTS["fr"]["door.in_telegram"])
        assert page.evaluate("location.href") == f"{place.url}/notes"
        lodge(page, STORY["fr"])
    asked = [body for path, body in place.ears.heard if path == miniapp.PATH]
    assert signed().encode() in asked
    everything_else = b"".join(body for path, body in place.ears.heard if path != miniapp.PATH)
    assert b"hash=" not in everything_else
    with visit("ar", behind=handed(signed(token="1:another")), wrong_is_fine=True) as page:  # noqa: S106
        expect(page.locator("html")).to_have_attribute("lang", "ar")
    with visit("ar") as page:
        expect(page.locator("#in-telegram")).to_be_hidden()


def test_an_old_browser_is_told_so_and_asked_for_nothing(visit, chromium, place):  # noqa: F811
    context = chromium.new_context(viewport=PHONE, locale="fr-FR")
    page = context.new_page()
    page.add_init_script("delete window.TransformStream")
    page.goto(f"{place.url}/notes")
    expect(page.locator("#alert")).to_have_text(TEXTS["fr"]["door.old"])
    expect(page.locator("#write")).to_be_hidden()
    expect(page.locator(".life")).to_contain_text("2511")
    context.close()


def test_whoever_leaves_while_the_page_seals_sends_nothing(visit, place):
    with visit("fr") as page:
        page.route("**/bye", lambda _: None)  # never answered: the page lives on, emptied
        page.locator("#box").fill(STORY["fr"])
        left = page.evaluate("""async () => {
          const pause = (time) => new Promise((done) => setTimeout(done, time));
          document.querySelector("#write").requestSubmit();
          await pause(60);  // it has begun to stretch the receipt
          document.getElementById("exit").click();
          const left = document.body.innerHTML;
          await pause(4000);
          return left;
        }""")
        assert left == ""
        assert place.ears.bodies("/notes/keep") == []
    assert place.cases() == []
