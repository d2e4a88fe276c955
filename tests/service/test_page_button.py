# SPDX-License-Identifier: AGPL-3.0-or-later
"""Beside "who can read this" on Telegram stands a button to the page, where there is a page."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from bot.config import Config, load
from bot.ledger import Row
from bot.vault.service import ServiceKey
from tests.service.house import RING
from tests.service.test_service import free_port
from tests.standins.telegram_referee import buttons

pytestmark = pytest.mark.anyio

SITE = "https://sanad.example"
PAGE = f"{SITE}/notes"  # the page that seals


async def secrecy(house, words="Bonjour"):
    """The bubbles that somebody on Telegram gets who asks who can read."""
    sara = house.visitor()
    await sara.says(words)
    await sara.presses("secret")
    return sara.bubbles()


def pages(bubbles):
    return [b for bubble in bubbles for b in buttons(bubble) if "web_app" in b]


@pytest.mark.parametrize(("lang", "words"), [("fr", "Bonjour"), ("ar", "السلام عليكم")])
async def test_who_asks_who_can_read_is_shown_the_page(opened, lang, words):
    house = await opened(alarms=(RING,), page=PAGE)
    bubbles = await secrecy(house, words)
    [button] = pages(bubbles)
    assert button["web_app"] == {"url": PAGE}
    assert button["text"].strip("\u200f") == house.app.catalog.text(lang, "label.page")
    [shown] = [bubble for bubble in bubbles if button in buttons(bubble)]
    text = shown["text"].replace("\u200f", "")
    for key in ("answer.secret_telegram", "answer.page"):
        assert house.app.catalog.text(lang, key).splitlines()[0] in text


async def test_without_an_address_there_is_no_button_and_no_word_of_it(house):
    bubbles = await secrecy(house)
    first = house.app.catalog.text("fr", "answer.page").splitlines()[0]
    assert any(house.text("answer.secret_telegram") in bubble["text"] for bubble in bubbles)
    assert pages(bubbles) == []
    assert not any(first in bubble["text"] for bubble in bubbles)


async def test_nothing_else_that_is_said_opens_a_page(opened):
    house = await opened(alarms=(RING,), page=PAGE)
    sara = house.visitor()
    await sara.says("Bonjour")
    assert sara.bubbles()
    assert pages(sara.bubbles()) == []


def test_a_bot_that_is_run_takes_the_page_from_its_configuration(idle, tmp_path):
    house = idle()
    (tmp_path / "service.key").write_text(ServiceKey.spell(house.secret))
    (tmp_path / "centre.yaml").write_text(
        f"team: {{salma: {house.centre.team['salma']}}}\nrecovery: {house.centre.recovery}\n"
    )
    env = {
        "PATH": os.environ["PATH"],
        "SANAD_SERVICE_KEY_FILE": str(tmp_path / "service.key"),
        "SANAD_CENTRE": str(tmp_path / "centre.yaml"),
        "SANAD_DATA": str(tmp_path / "run"),
        "SANAD_PORT": str(free_port()),
        "SANAD_TELEGRAM_TOKEN": house.control.token,
        "SANAD_TELEGRAM_API": house.control.url,
        "SANAD_PUBLIC_URL": SITE,
    }
    sara = house.visitor()
    sara.writes("Qui peut lire ?")
    run = [sys.executable, "-m", "bot", "run"]
    with subprocess.Popen(
        run, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as bot:
        try:
            for _ in range(600):
                if shown := pages(sara.bubbles()):
                    break
                assert bot.poll() is None
                time.sleep(0.1)
        finally:
            bot.terminate()
    assert [button["web_app"] for button in shown] == [{"url": PAGE}]


@pytest.mark.parametrize("channel", ["whatsapp", "web"])
async def test_no_other_channel_gets_such_a_button(idle, channel):
    house = idle(page=PAGE)
    body = {"to": "7", "lang": "fr", "options": [["list", "label.list"]]}
    for key in ("answer.secret_telegram", f"answer.secret_{channel}"):
        row = Row(1, "say", None, channel, None, 0.0, 0, 0, body | {"texts": [key]})
        message = await house.app.delivery.message(row)
        assert [option.url for option in message.options] == [""]


@pytest.mark.parametrize(("address", "web", "page"), [
    ("https://sanad.example", "on", PAGE),
    ("https://sanad.example/", "on", PAGE),
    ("https://sanad.example:8443", "on", "https://sanad.example:8443/notes"),
    ("https://sanad.example", "off", ""),
    ("", "on", ""),
    ("http://sanad.example", "on", ""),
    ("https://", "on", ""),
    ("https://sanad.example:port", "on", ""),
    ("https://sanad.example/below", "on", ""),
    ("https://sanad.example?x=1", "on", ""),
])  # fmt: skip
def test_only_an_https_address_at_a_root_is_one_of_a_page(address, web, page):
    assert load({"SANAD_PUBLIC_URL": address, "SANAD_WEB": web}).page == page
    assert Config(public_url=address.rstrip("/"), web=web == "on").page == page
