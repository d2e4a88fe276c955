# SPDX-License-Identifier: AGPL-3.0-or-later
"""The two ways to come to the web chat: with a browser where there is one, and without."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journey.visitors import Visitor, caller, reader

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

Come = Callable[[str], AbstractContextManager[Visitor]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's browser."""
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM FOUND: the journey is not tested (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=["calls", pytest.param("reads", marks=pytest.mark.browser)])
def come(request: pytest.FixtureRequest, tmp_path: Path) -> Come:
    """Come as a new visitor: without a browser, or with a phone in hand."""
    if request.param == "calls":
        return caller
    browser = request.getfixturevalue("chromium")
    return lambda url: reader(browser, url, tmp_path)
