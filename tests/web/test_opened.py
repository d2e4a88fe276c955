# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page opened by a button on Telegram: it speaks the person's language and keeps nothing."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from bot import miniapp, web
from tests.standins.telegram import TOKEN
from tests.telegram.test_webapp import NOW, signed
from tests.web.conftest import Bot, serving
from tests.web.test_page import PHONE, chromium  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

FRENCH, BOTH = "Sortie rapide", "خروج سريع"


@pytest.fixture
def place():
    """The chat with the route that a running bot on Telegram adds."""
    route = miniapp.route(TOKEN, ("ar", "fr"), lambda: NOW)
    with serving(web.build(Bot(), routes=[route])) as running:
        yield running


@pytest.fixture
def context(chromium):  # noqa: F811
    context = chromium.new_context(viewport=PHONE)
    context.set_default_timeout(5_000)
    yield context
    context.close()


def handed(init):
    """What Telegram writes behind the address of a page that it opens."""
    return "#" + urlencode({"tgWebAppData": init, "tgWebAppVersion": "9.1"})


def opened(context, place, init):
    """The page, once it has asked; and what it posted and was answered."""
    page = context.new_page()
    # The address at the moment the question leaves: nothing may come before its cleaning.
    page.add_init_script("""
        const asks = window.fetch;
        window.fetch = (...all) => { window.seen = location.href; return asks(...all); };
    """)
    with page.expect_request("**" + miniapp.PATH) as asking:
        page.goto(f"{place.url}/{handed(init)}")
    return page, asking.value


def left(page):
    """Everything a page can leave behind."""
    return page.evaluate(
        "[location.href, history.state, sessionStorage.length, localStorage.length,"
        " document.cookie]"
    )


def test_the_page_speaks_the_language_of_the_app_and_its_address_is_clean(context, place):
    page, request = opened(context, place, signed())
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    expect(page.locator("#exit")).to_have_text(FRENCH)
    assert request.post_data == signed()
    assert "cookie" not in request.all_headers()
    assert left(page) == [f"{place.url}/", None, 0, 0, ""]
    assert page.evaluate("window.seen") == f"{place.url}/"
    assert place.bot.said == []


@pytest.mark.parametrize("init", [signed(token="1:another"), "hash=made-up", "+&%=é"])  # noqa: S106
def test_what_telegram_did_not_sign_changes_nothing(context, place, init):
    page, request = opened(context, place, init)
    assert request.response().status == 403
    expect(page.locator("#exit")).to_contain_text(BOTH)
    expect(page.locator("#exit")).to_contain_text(FRENCH)
    assert left(page) == [f"{place.url}/", None, 0, 0, ""]


def test_without_a_network_nothing_changes_either(context, place):
    context.route("**" + miniapp.PATH, lambda route: route.abort())
    page, _ = opened(context, place, signed())
    page.wait_for_timeout(100)
    expect(page.locator("#exit")).to_contain_text(BOTH)
    expect(page.locator("#box")).to_be_editable()
    assert left(page) == [f"{place.url}/", None, 0, 0, ""]


def test_a_page_that_nobody_opened_from_telegram_asks_nothing(context, place):
    asked = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{place.url}/#elsewhere")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if url.endswith(miniapp.PATH)]
    assert left(page)[0] == f"{place.url}/"
