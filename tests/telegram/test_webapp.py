# SPDX-License-Identifier: AGPL-3.0-or-later
"""A Mini App's initData: somebody else's code signs what ours accepts, and the other way round."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import urlencode

import httpx
import pytest
from aiogram.utils.web_app import safe_parse_webapp_init_data
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from bot import miniapp
from bot.channels.telegram_webapp import LONGEST, OLDEST, language, verified
from tests.standins.telegram import TOKEN

NOW = 1_790_000_000.0
USER = json.dumps({"id": 700001, "first_name": "Unread", "language_code": "fr-FR"})
FIELDS = {
    "query_id": "AAE",
    "user": USER,
    "auth_date": str(int(NOW)),
    "signature": "third-parties-use-this",
}


def signed(token=TOKEN, **fields):
    """What Telegram would hand to a page."""
    told = FIELDS | fields
    lines = "\n".join(f"{name}={told[name]}" for name in sorted(told))
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    seal = hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()
    return urlencode(told | {"hash": seal})


def referee(init):
    try:
        return bool(safe_parse_webapp_init_data(TOKEN, init))
    except ValueError:
        return False


def test_what_telegram_signed_is_accepted_by_both():
    assert verified(signed(), TOKEN, NOW) == FIELDS
    assert referee(signed())


@pytest.mark.parametrize("change", [
    lambda init: init.replace("700001", "700002"),
    lambda init: init.replace("fr-FR", "ar-MA"),
    lambda init: init.replace("hash=", "hash=0"),
    lambda init: init.partition("&hash")[0],
    lambda init: init + "&more=1",
    lambda init: init.replace("query_id=AAE&", ""),
    lambda _: signed(token="1:another"),  # noqa: S106 - nobody's
    lambda _: "",
    lambda _: "hash=",
    lambda _: "no pairs at all",
])  # fmt: skip
def test_what_was_changed_is_refused_by_both(change):
    init = change(signed())
    assert verified(init, TOKEN, NOW) is None
    assert not referee(init)


def test_a_field_that_comes_twice_is_refused():
    twice = "user=%7B%22language_code%22%3A%22ar%22%7D&" + signed()
    assert verified(twice, TOKEN, NOW) is None


@pytest.mark.parametrize(("age", "good"), [
    (0, True), (OLDEST, True), (OLDEST + 1, False), (-60, True), (-61, False), (86_400, False),
])  # fmt: skip
def test_an_old_signature_is_no_good_any_more(age, good):
    assert (verified(signed(), TOKEN, NOW + age) is not None) is good


@pytest.mark.parametrize("date", ["", "soon", "-5", "١٧٩٠٠٠٠٠٠٠", "9" * 400])
def test_a_date_that_is_none_is_refused(date):
    assert verified(signed(auth_date=date), TOKEN, NOW) is None


@given(st.text())
def test_any_text_is_judged_without_raising(text):
    assert verified(text, TOKEN, NOW) is None


@given(st.text(alphabet="éa🙂=&%+ ", max_size=20), st.sampled_from(["start_param", "user"]))
def test_whatever_the_fields_hold_they_come_back_as_they_were_signed(value, name):
    init = signed(**{name: value})
    assert verified(init, TOKEN, NOW) == FIELDS | {name: value}
    assert verified(init.replace("AAE", "AAF"), TOKEN, NOW) is None


@pytest.mark.parametrize("user", ["", "null", "[]", "{}", '{"language_code": 5}', "[" * 9000])
def test_a_person_without_a_language_has_none(user):
    assert language({"user": user}) is None


@pytest.fixture
async def page():
    site = Starlette(routes=[miniapp.route(TOKEN, ("ar", "fr"), lambda: NOW)])
    carrier = httpx.ASGITransport(app=site)
    async with httpx.AsyncClient(transport=carrier, base_url="http://page") as client:
        yield client


@pytest.mark.anyio
async def test_the_page_learns_its_language_and_nothing_else(page):
    answer = await page.post(miniapp.PATH, content=signed())
    assert answer.json() == {"lang": "fr"}
    english = json.dumps({"id": 1, "language_code": "en"})
    answer = await page.post(miniapp.PATH, content=signed(user=english))
    assert answer.json() == {"lang": None}


@pytest.mark.anyio
@pytest.mark.parametrize("body", [b"", b"\xff", b"x" * (LONGEST + 1), b"a=b"])
async def test_a_page_that_telegram_did_not_open_learns_nothing(page, body):
    answer = await page.post(miniapp.PATH, content=body)
    assert (answer.status_code, answer.content) == (403, b"")
