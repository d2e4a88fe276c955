# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad demo --standins``: both phones answer, through the real channels, in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.standins.serving import listen

SANAD = Path(sys.executable).with_name("sanad")
CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "chrome"])), None)
FLAGS = ["--no-sandbox", "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=127.0.0.1"]
PHONES = ("telegram", "whatsapp")
STORY = "un inconnu menace d'envoyer mes photos à ma famille"


def _two_ports() -> int:
    """A port that is free, and so is the next."""
    while True:
        with listen() as first:
            port = int(first.getsockname()[1])
            try:
                listen(port + 1).close()
            except OSError:
                continue
            return port


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """The running demo, as a newcomer starts it, its phones new; gives the address of the page."""
    port, log = _two_ports(), tmp_path / "log"
    with log.open("w") as out:
        command = [str(SANAD), "demo", "--standins", "--port", str(port)]
        demo = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        until(lambda: "Two phones" in log.read_text(), wait=90)
        [url] = re.findall(r"Two phones.*(http://\S+)/", log.read_text())
        yield url
    finally:
        demo.terminate()
        assert demo.wait(30) == 0, log.read_text()
    assert STORY not in log.read_text()


def until(holds: Callable[[], Any], wait: float = 60) -> Any:
    """Return what holds, as soon as it does."""
    end = time.monotonic() + wait
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


def lines(page: str, phone: str) -> list[dict[str, Any]]:
    return httpx.get(f"{page}/state", trust_env=False).json()[phone]


def does(page: str, phone: str, **what: Any) -> None:
    done = httpx.post(f"{page}/act", json={"phone": phone, **what}, trust_env=False)
    assert done.status_code == 200


@pytest.mark.parametrize("phone", PHONES)
def test_what_is_typed_and_tapped_on_a_phone_is_answered_there(page: str, phone: str) -> None:
    does(page, phone, act="says", text=STORY)

    def asked() -> Any:
        found = [line for line in lines(page, phone) if not line["mine"] and line["options"]]
        return found and found[-1]["options"]

    option, label = next(tap for tap in until(asked) if tap[0].startswith("safe_yes"))
    said = "\n".join(line["text"] for line in lines(page, phone))
    assert "aucun paiement" in said
    before = len(lines(page, phone))
    does(page, phone, act="taps", option=option, label=label)
    until(lambda: len(lines(page, phone)) > before and asked()[0][0].startswith("under18"))


def test_after_a_day_whatsapp_gets_only_the_approved_message_and_a_tap_opens_the_rest(
    page: str,
) -> None:
    def newest(start: str) -> Any:
        taps = [tap for line in lines(page, "whatsapp") for tap in line["options"]]
        found = [tap for tap in taps if tap[0].startswith(start)]
        return found and found[-1]

    does(page, "whatsapp", act="says", text="rappelle-moi ce soir")
    option, label = until(lambda: newest("tonight"))
    does(page, "whatsapp", act="taps", option=option, label=label)
    until(lambda: "C'est prévu" in str(lines(page, "whatsapp")))
    httpx.post(f"{page}/pass", json={"hours": 30}, trust_env=False).raise_for_status()
    until(lambda: "Un message vous attend ici." in str(lines(page, "whatsapp")))
    assert "petit signe" not in str(lines(page, "whatsapp"))
    shown = [line for line in lines(page, "whatsapp") if "vous attend ici" in line["text"]]
    [(option, label)] = shown[-1]["options"]
    assert label == "Afficher"
    does(page, "whatsapp", act="taps", option=option, label=label)
    until(lambda: "petit signe" in str(lines(page, "whatsapp")))


@pytest.mark.browser
def test_somebody_writes_and_presses_in_the_page(page: str) -> None:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM FOUND: the two phones are not tested (apt install chromium)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page()
        tab.set_default_timeout(60_000)
        tab.goto(page)
        for phone in PHONES:
            frame = tab.locator(f"[data-phone={phone}]")
            frame.locator("[data-kind=voice]").click()
            frame.locator(".bubble.mine.file").last.wait_for()
            frame.locator("input").fill("إنسان")
            frame.locator("input").press("Enter")
            frame.locator(".bubble.mine", has_text="إنسان").last.wait_for()
            mine = ".bubble.mine:has-text('إنسان')"
            frame.locator(f"{mine} ~ .bubble:not(.mine)").last.wait_for()
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        browser.close()
