# SPDX-License-Identifier: AGPL-3.0-or-later
"""The chat page in a real browser, on a phone's screen, in both directions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from bot.channels import Message, Option

pytestmark = pytest.mark.browser

WEB = Path(__file__).parents[2] / "web"
CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "chrome"])), None)
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--proxy-server=http://127.0.0.1:9",  # whatever would leave this machine fails
    "--proxy-bypass-list=127.0.0.1",
]
PHONE = {"width": 360, "height": 740}

SAFE = (Option("yes@safe", "نعم، في أمان"), Option("no@safe", "لا، في خطر"))
ARABIC = Message("الخطأ خطأ من يهدد، وليس خطأك.\nهل أنت في أمان الآن؟", SAFE, "ar")
OUI = (Option("yes@safe", "Oui"), Option("no@safe", "Non"), Option("quick_exit@safe", "Sortir"))
FRENCH = Message("La faute est à qui menace.\nÊtes-vous en sécurité ?", OUI, "fr", "ltr")


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM FOUND: the page is not tested (Debian: apt install chromium)")
    subprocess.run([sys.executable, WEB / "build.py"], check=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, site):
    """Open the chat on a phone; nothing may be amiss in the console by the end."""
    context = chromium.new_context(viewport=PHONE, has_touch=True, reduced_motion="reduce")
    context.set_default_timeout(5_000)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.goto("about:blank")
    page.goto(site.url)
    yield page
    context.close()
    assert [line for line in wrong if "Failed to load resource" not in line] == []


@pytest.fixture
def box(page):
    return page.locator("#box")


def tell(box, text):
    box.fill(text)
    box.press("Enter")


def until(page, true):
    """Wait for the server's side of something that the page does not wait for."""
    for _ in range(100):
        if true():
            return
        page.wait_for_timeout(50)
    raise TimeoutError


def answering(site, turn, *messages, effects=()):
    site.bot.answer = lambda _: turn(says=messages, effects=effects)


def layout(page):
    return page.evaluate("[document.documentElement.lang, document.documentElement.dir]")


def test_the_page_speaks_the_language_of_the_last_reply(page, box, site, turn, tmp_path):
    assert layout(page) == ["ar", "rtl"]
    expect(page.get_by_role("log")).to_contain_text("Écrivez avec vos mots")
    expect(page.get_by_role("log")).to_contain_text("الكتابة هنا بكلماتك")
    page.screenshot(path=tmp_path / "both.png")
    for message, lang in ((FRENCH, ["fr", "ltr"]), (ARABIC, ["ar", "rtl"])):
        answering(site, turn, message)
        tell(box, "Il me menace de publier mes photos sur Instagram, je fais quoi ?")
        reply = page.locator(".theirs").last
        expect(reply).to_contain_text(message.options[0].label)
        assert layout(page) == lang
        assert [reply.get_attribute("lang"), reply.get_attribute("dir")] == lang
        page.screenshot(path=tmp_path / f"{lang[0]}.png")
    assert box.input_value() == ""


def test_words_are_shown_as_words(page, box, site, turn):
    answering(
        site, turn, Message("<img src=x onerror=alert(1)> https://takeitdown.ncmec.org.", (), "fr")
    )
    tell(box, "<b>gras</b>")
    expect(page.locator(".mine")).to_contain_text("<b>gras</b>")
    expect(page.locator(".theirs")).to_contain_text("<img src=x onerror=alert(1)>")
    link = page.locator(".theirs a")
    expect(link).to_have_attribute("href", "https://takeitdown.ncmec.org")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_a_choice_is_sent_once_and_free_text_still_works(page, box, site, turn):
    answering(site, turn, ARABIC)
    tell(box, "سلام")
    yes = page.get_by_role("button", name="نعم، في أمان")
    yes.wait_for()
    answering(site, turn, Message("كم عمرك؟", (), "ar"))
    yes.tap()
    expect(yes).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="لا، في خطر")).to_have_attribute(
        "aria-disabled", "true"
    )
    expect(page.locator(".theirs").last).to_contain_text("كم عمرك؟")
    yes.dispatch_event("click")
    tell(box, "عندي 20 عام")
    expect(page.locator(".theirs")).to_have_count(3)
    assert [(said.kind, said.option or said.text) for said in site.bot.said] == [
        ("text", "سلام"),
        ("option", "yes@safe"),
        ("text", "عندي 20 عام"),
    ]


def test_choices_close_when_a_later_turn_offers_others(page, box, site, turn):
    answering(site, turn, ARABIC, FRENCH)
    tell(box, "1")
    expect(page.locator(".choices button:not([aria-disabled])")).to_have_count(5)
    tell(box, "2")
    expect(page.locator(".choices button")).to_have_count(10)
    expect(page.locator(".choices button:not([aria-disabled])")).to_have_count(5)


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.textContent")


def test_the_keyboard_is_enough(page, site, turn):
    answering(site, turn, FRENCH)
    order = []
    for _ in range(6):
        page.keyboard.press("Tab")
        order.append(focused(page))
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid", order
    assert order[:2] + order[3:] == ["exit", "log", "attach", "box", "send"]
    assert "scelle vos mots" in order[2]
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("un")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("deux")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Choix")).to_be_visible()
    assert site.bot.said[0].text == "un\ndeux"
    assert focused(page) == "box"
    for expected in ("attach", "Sortir", "Non", "Oui"):
        page.keyboard.press("Shift+Tab")
        assert focused(page) == expected
    page.keyboard.press("Enter")
    expect(page.locator(".theirs")).to_have_count(2)
    assert site.bot.said[1].option == "yes@safe"
    assert focused(page) == "Oui"  # the focus stays, and the next choices come next
    page.keyboard.press("Tab")
    assert (
        page.evaluate("document.activeElement.closest('.theirs').previousElementSibling.className")
        == "bubble mine"
    )


def talk_then_leave(page, box, site, turn, leaving):
    answering(site, turn, FRENCH)
    tell(box, "un secret")
    expect(page.locator(".theirs")).to_contain_text("sécurité")
    assert page.evaluate("sessionStorage.length") == 1
    leaving()
    page.wait_for_url("**/bye")
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]
    assert page.title() == "Notes"
    seen = page.content().lower()
    assert not [word for word in ("secret", "sanad", "سند", "sécurité") if word in seen]
    page.go_back()
    assert page.url == "about:blank"


@pytest.mark.parametrize("way", ["button", "escape", "choice"])
def test_a_quick_exit_leaves_nothing_to_go_back_to(page, box, site, turn, way):
    ways = {
        "button": lambda: page.locator("#exit").tap(),
        "escape": lambda: (page.keyboard.press("Escape"), page.keyboard.press("Escape")),
        "choice": lambda: page.get_by_role("button", name="Sortir").tap(),
    }
    talk_then_leave(page, box, site, turn, ways[way])
    told = "quick_exit@safe" if way == "choice" else "quick_exit"
    until(page, lambda: [said.option for said in site.bot.said] == [None, told])


def test_the_screen_is_empty_even_while_the_way_out_is_slow(page, box, site, turn):
    answering(site, turn, FRENCH)
    tell(box, "un secret")
    expect(page.locator(".theirs")).to_have_count(1)
    page.route("**/bye", lambda _: None)  # never answered
    empty = (
        "document.getElementById('exit').click(), [document.body.innerHTML, sessionStorage.length]"
    )
    assert page.evaluate(empty) == ["", 0]


def test_a_typed_wish_to_leave_is_a_quick_exit_too(page, box, site, turn):
    def leaving():
        answering(site, turn, effects=["quick_exit"])
        tell(box, "خروج")

    talk_then_leave(page, box, site, turn, leaving)
    assert [said.kind for said in site.bot.said] == ["text", "text"]


def test_one_escape_is_not_an_exit(page, box, site, turn):
    answering(site, turn, ARABIC)
    page.keyboard.press("Escape")
    tell(box, "a")
    expect(page.locator(".theirs")).to_have_count(1)


def test_nothing_but_a_token_of_the_tab_stays(page, box, site, turn):
    addresses = []
    page.on("request", lambda request: addresses.append(request.url))
    answering(site, turn, FRENCH)
    tell(box, "bonjour")
    expect(page.locator(".theirs")).to_have_count(1)
    [token] = page.evaluate("Object.values(sessionStorage)")
    assert re.fullmatch(r"[0-9a-f]{64}", token)
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []
    assert addresses
    assert not [url for url in addresses if token in url or not url.startswith(site.url)]
    assert page.title() == "Notes"


def test_nothing_is_asked_of_the_server_before_the_first_word(page, site):
    page.wait_for_load_state("networkidle")
    assert site.bot.waits == []
    assert page.evaluate("sessionStorage.length") == 0


def test_a_reload_goes_on_without_showing_the_past(page, box, site, turn):
    answering(site, turn, FRENCH)
    tell(box, "bonjour, me revoilà")
    expect(page.locator(".theirs")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("log")).to_contain_text("La conversation continue")
    expect(page.locator(".bubble")).to_have_count(0)
    [mine] = [one for one in site.bot.said if one.text == "bonjour, me revoilà"]
    site.put(mine.sender, ARABIC)
    expect(page.locator(".theirs")).to_have_count(1)


def test_what_is_delivered_twice_is_shown_once(page, box, site, turn):
    lost = []

    def lose_first(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.request.url)
            route.abort()

    page.route("**/chat/seen", lose_first)
    answering(site, turn, FRENCH, ARABIC)
    tell(box, "bonjour")
    expect(page.locator(".theirs")).to_have_count(2)
    with page.expect_response("**/chat/seen"):
        pass
    assert len(site.bot.waits) >= 2
    expect(page.locator(".theirs")).to_have_count(2)
    assert sorted(site.bot.acknowledged) == [1, 2]


def test_what_arrived_without_an_answer_is_not_said_twice(page, box, site, turn):
    lost = []

    def lose_answer(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)
            route.abort()

    page.route("**/chat/say", lose_answer)
    answering(site, turn, FRENCH)
    with page.expect_response("**/chat/say"):
        tell(box, "bonjour")
    expect(page.locator(".theirs")).to_have_count(1)
    expect(page.locator(".mine")).to_have_count(1)
    assert lost == [202]
    assert (len(site.bot.said), site.bot.repeated) == (1, 1)


def test_what_was_not_sent_stays_in_the_box_under_the_same_id(page, box, site, turn, tmp_path):
    ids = []
    page.on(
        "request", lambda one: ids.append(one.post_data_json["id"]) if "/say" in one.url else None
    )
    page.context.set_offline(True)
    tell(box, "ma photo")
    expect(page.get_by_role("alert")).to_contain_text("Message non envoyé")
    expect(page.get_by_role("alert")).to_contain_text("لم ترسل الرسالة")
    expect(box).to_have_value("ma photo")
    expect(page.locator(".mine")).to_have_count(0)
    page.screenshot(path=tmp_path / "unsent.png")
    page.context.set_offline(False)
    answering(site, turn, FRENCH)
    box.press("Enter")
    expect(page.locator(".theirs")).to_have_count(1)
    expect(page.get_by_role("alert")).to_be_empty()
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_choice_that_did_not_arrive_can_be_made_again(page, box, site, turn):
    answering(site, turn, FRENCH)
    tell(box, "bonjour")
    yes = page.get_by_role("button", name="Oui")
    page.context.set_offline(True)
    yes.tap()
    expect(page.get_by_role("alert")).to_contain_text("Choix non envoyé")
    page.context.set_offline(False)
    yes.tap()
    expect(page.locator(".theirs")).to_have_count(2)
    assert [said.option for said in site.bot.said] == [None, "yes@safe"]


def test_too_long_a_message_comes_back_with_the_reason(page, box, site):
    # Set, not typed: Chromium takes half a minute to insert so many lines.
    box.evaluate("box => { box.value = 'trop long\\n'.repeat(14000) }")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Le message est trop long")
    assert box.evaluate("box => box.value.length") == len("trop long\n") * 14_000 - 1
    assert site.bot.said == []


PICTURE = {
    "name": "secret-name.png",
    "mimeType": "image/png",
    "buffer": b"\x89PNG" + bytes(200_000),
}


def test_a_file_leaves_the_phone_only_when_the_bot_lets_it_through(
    page, box, site, turn, tmp_path
):
    puts = []
    page.on("request", lambda one: puts.append(one) if one.method == "PUT" else None)
    answering(site, turn, Message("Pas d'image intime, s'il vous plaît. D'accord ?", OUI, "fr"))
    box.fill("la capture")
    page.locator("#file").set_input_files(PICTURE)
    expect(page.locator(".theirs")).to_have_count(1)
    [offered] = site.bot.said
    assert (offered.file.kind, offered.file.size, offered.text) == ("photo", 200_004, "la capture")
    expect(page.locator(".under")).to_contain_text("en attente d'accord")
    page.screenshot(path=tmp_path / "offered.png")
    assert puts == []
    site.bot.answer = lambda _: turn(lets_through=[offered.file.ref])
    page.get_by_role("button", name="Oui").tap()
    expect(page.locator(".under")).to_contain_text("Fichier transmis")
    assert site.bot.files == {offered.file.ref: PICTURE["buffer"]}
    assert "secret-name" not in str([puts[0].url, puts[0].headers])


def test_a_file_that_a_reload_lost_is_given_up(page, site, turn):
    answering(site, turn, FRENCH)
    page.locator("#file").set_input_files(PICTURE)
    expect(page.locator(".theirs")).to_have_count(1)
    [offered] = site.bot.said
    page.reload()
    site.bot.answer = lambda _: turn(lets_through=[offered.file.ref])
    tell(page.locator("#box"), "oui")
    expect(page.get_by_role("alert")).to_contain_text("Choisissez le fichier à nouveau")
    until(page, lambda: site.bot.failed == [(offered.file.ref, "gone")])
    assert site.bot.files == {}


def test_a_file_that_is_no_longer_wanted_is_not_said_to_have_arrived(page, site, turn):
    answering(site, turn, FRENCH)
    page.locator("#file").set_input_files(PICTURE)
    expect(page.locator(".theirs")).to_have_count(1)
    [offered] = site.bot.said
    page.route("**/chat/files/*", lambda route: route.fulfill(status=403, json={}))
    site.bot.answer = lambda _: turn(lets_through=[offered.file.ref])
    page.get_by_role("button", name="Oui").tap()
    expect(page.locator(".under")).to_contain_text("Fichier non accepté")


def test_after_an_erasure_only_the_last_screen_is_left(page, box, site, turn):
    answering(site, turn, FRENCH)
    tell(box, "un secret")
    expect(page.locator(".theirs")).to_have_count(1)
    answering(site, turn, Message("Tout est effacé.", (), "fr"), effects=["erase"])
    tell(box, "efface tout")
    expect(page.locator(".bubble")).to_have_count(1)
    expect(page.get_by_role("log")).to_have_text(re.compile("Tout est effacé"))


def test_a_receipt_can_be_copied(page, box, site, turn, tmp_path):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    receipt = "4827 1193 0556 7740 6218 42"
    answering(site, turn, Message(f"Votre reçu :\n{receipt}\nAppelez le 2511.", (), "fr"))
    tell(box, "envoyez")
    page.get_by_role("button", name="Copier le numéro").tap()
    expect(page.get_by_role("button", name="Copié")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == receipt
    page.screenshot(path=tmp_path / "receipt.png")


# Every text against the nearest painted background, by the formula of WCAG 2.2.
FAINT = """() => {
  const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => rgb(colour).slice(0, 3)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const paint = getComputedStyle(at).backgroundColor;
      if (rgb(paint)[3] !== 0) return paint;
    }
    return "rgb(255, 255, 255)";
  };
  const own = (element) => [...element.childNodes].some((node) => (node.data ?? "").trim());
  const colours = (element) => element.placeholder
    ? [getComputedStyle(element, "::placeholder").color]
    : own(element) || element.tagName === "svg" ? [getComputedStyle(element).color] : [];
  const all = [...document.body.querySelectorAll("*")];
  return all.flatMap((element) => colours(element).map((colour) => {
    const [dark, bright] = [light(colour), light(behind(element))].sort((a, b) => a - b);
    return [element.outerHTML.slice(0, 60), (bright + 0.05) / (dark + 0.05)];
  })).filter(([, contrast]) => contrast < 4.5);
}"""
SMALL = """() => [...document.querySelectorAll("button, textarea")]
  .map((element) => [element.id || element.textContent, element.getBoundingClientRect()])
  .filter(([, { width, height }]) => width < 44 || height < 44).map(([name]) => name)"""
UNNAMED = """() => [...document.querySelectorAll("button, textarea, [role=log], [role=group]")]
  .filter((element) => !(element.ariaLabel || element.textContent.trim()
    || [...(element.labels ?? [])].some((label) => label.textContent.trim())))
  .map((element) => element.outerHTML)"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("message", [None, FRENCH, ARABIC], ids=["both", "fr", "ar"])
def test_everybody_can_read_and_reach_everything(page, site, turn, message, tmp_path):
    if message:
        answering(site, turn, message)
        tell(page.locator("#box"), "w" * 200)
        page.locator(".choices button").last.wait_for()
        page.locator(".choices button").nth(1).tap()
        expect(page.locator(".theirs")).to_have_count(2)
    assert page.evaluate(FAINT) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(TOO_WIDE) == 0
    page.set_viewport_size({"width": 180, "height": 370})  # what 200 % leaves of the phone
    assert page.evaluate(TOO_WIDE) == 0
    page.locator("#box").scroll_into_view_if_needed()
    expect(page.locator("#exit")).to_be_in_viewport(ratio=1)
    page.screenshot(path=tmp_path / "zoomed.png")


def test_the_conversation_is_announced(page, box, site, turn):
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("خروج سريع.*Sortie rapide"))).to_be_visible()
    answering(site, turn, ARABIC)
    tell(box, "سلام")
    expect(page.get_by_role("textbox", name="الرسالة")).to_be_visible()
    expect(page.get_by_role("group", name="اختيارات")).to_be_visible()
    expect(log).to_contain_text("سند:")


def test_long_replies_begin_in_sight(page, box, site, turn):
    answering(site, turn, Message("premier\n" + "ligne\n" * 60, (), "fr"), FRENCH)
    tell(box, "a")
    expect(page.locator(".theirs")).to_have_count(2)
    top = page.locator(".theirs").first.bounding_box()["y"]
    log = page.locator("#log").bounding_box()
    assert log["y"] <= top < log["y"] + log["height"] / 2


def test_the_server_coming_back_is_noticed(page, box, site, turn):
    answering(site, turn, FRENCH)
    tell(box, "bonjour")
    expect(page.locator(".theirs")).to_have_count(1)
    page.route("**/chat/next", lambda route: route.abort())
    site.put(site.bot.said[0].sender, Message("oui", (), "fr"))  # ends the poll under way
    expect(page.locator("#status")).to_contain_text("Connexion perdue")
    page.unroute("**/chat/next")
    page.evaluate("dispatchEvent(new Event('online'))")
    site.put(site.bot.said[0].sender, ARABIC)
    expect(page.locator(".theirs")).to_have_count(3)
    expect(page.locator("#status")).to_be_empty()
