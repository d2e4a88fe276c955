# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody at the web chat: by the page in a browser, or by the page's own interface."""

from __future__ import annotations

import re
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bot.web.visitor import HEADER
from tests.journey.process import PATIENCE

PHONE: ViewportSize = {"width": 360, "height": 740}
BEYOND = """() => {
  const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
  return [scrollWidth - clientWidth, scrollHeight - clientHeight];
}"""


class Visitor(ABC):
    """Says things, presses buttons, reads what comes until it holds what was waited for."""

    def say(self, text: str, until: str) -> str:
        """Type words and send them; return the reply, which must match *until*."""
        seen = len(self.heard())
        self._send(text)
        return self._wait(seen, until)

    def press(self, label: str, until: str) -> str:
        """Press the newest button of this name; return the reply, which must match *until*."""
        seen = len(self.heard())
        self._press(label)
        return self._wait(seen, until)

    def look(self, name: str) -> None:  # noqa: B027 - not everybody has eyes
        """Keep a picture of the screen, where there is a screen."""

    def _wait(self, seen: int, until: str) -> str:
        end = time.monotonic() + PATIENCE
        while True:
            reply = "\n".join(self.heard()[seen:])
            if re.search(until, reply):
                return reply
            assert time.monotonic() < end, f"{until} never came; what came:\n{reply}"
            self._pause()

    @abstractmethod
    def heard(self) -> list[str]:
        """Everything the bot has said until now, each bubble with its buttons."""

    @abstractmethod
    def _send(self, text: str) -> None: ...

    @abstractmethod
    def _press(self, label: str) -> None: ...

    @abstractmethod
    def _pause(self) -> None: ...


class Caller(Visitor):
    """Speaks the page's interface, as the page does, where no browser is installed."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.bubbles: list[str] = []
        self.buttons: dict[str, str] = {}  # label -> id of the newest

    def heard(self) -> list[str]:
        return list(self.bubbles)

    def _send(self, text: str) -> None:
        self._post({"text": text})

    def _press(self, label: str) -> None:
        self._post({"option": self.buttons[label]})

    def _post(self, said: dict[str, str]) -> None:
        answer = self.client.post("/chat/say", json={"id": secrets.token_hex(16), **said})
        assert answer.status_code == 202, answer.text

    def _pause(self) -> None:
        parcels = self.client.get("/chat/next").json()["parcels"]
        for parcel in parcels:
            labels = [option["label"] for option in parcel["options"]]
            self.buttons |= {option["label"]: option["id"] for option in parcel["options"]}
            self.bubbles.append("\n".join([parcel["text"], *labels]))
        ids = [parcel["id"] for parcel in parcels]
        assert self.client.post("/chat/seen", json={"ids": ids}).status_code == 204


class Reader(Visitor):
    """Holds a phone."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page = page
        self.pictures = pictures

    def heard(self) -> list[str]:
        return self.page.locator(".theirs").all_inner_texts()

    def look(self, name: str) -> None:
        self.page.screenshot(path=self.pictures / f"{name}.png")
        assert self.page.evaluate(BEYOND) == [0, 0], "the page is larger than the phone"

    def _send(self, text: str) -> None:
        self.page.locator("#box").fill(text)
        self.page.locator("#send").tap()
        expect(self.page.locator("#box")).to_have_value("")

    def _press(self, label: str) -> None:
        self.page.locator(".choices button", has_text=label).last.tap()

    def _pause(self) -> None:
        self.page.wait_for_timeout(50)


@contextmanager
def caller(url: str) -> Iterator[Visitor]:
    """A new visitor without a browser."""
    headers = {HEADER: secrets.token_urlsafe(32)}
    with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE, trust_env=False) as client:
        assert "<html" in client.get("/").text
        yield Caller(client)


@contextmanager
def reader(browser: Browser, url: str, pictures: Path) -> Iterator[Visitor]:
    """A new visitor with a phone that remembers nothing; nothing may be amiss in its console."""
    context = browser.new_context(viewport=PHONE, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.goto(url)
    yield Reader(page, pictures)
    context.close()
    assert wrong == []
