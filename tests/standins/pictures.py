# SPDX-License-Identifier: AGPL-3.0-or-later
"""Draws the pictures of docs/going-live.md from the running demo: ``make pictures``."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
TO = ROOT / "docs" / "pictures"
FLAGS = ["--no-sandbox", "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=127.0.0.1"]
SAID = {
    "telegram": "Bonjour, un inconnu menace d'envoyer mes photos à ma famille sur Instagram",
    "whatsapp": "واحد كيهددني ينشر تصاوري إلا ما خلصتوش",
}


def main() -> None:
    """Start the demo, write on both phones, keep what is seen."""
    chromium = shutil.which("chromium") or sys.exit("no chromium: apt install chromium")
    sanad = str(Path(sys.executable).with_name("sanad"))
    command = [sanad, "demo", "--standins", "--port", "8091"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        try:
            found = next(filter(None, (re.search(r"http://\S+:8092", x) for x in demo.stdout)))
            with sync_playwright() as engine:
                browser = engine.chromium.launch(executable_path=chromium, args=FLAGS)
                tab = browser.new_page(viewport={"width": 860, "height": 820})
                tab.goto(found[0])
                _talk(tab)
                TO.mkdir(exist_ok=True)
                tab.screenshot(path=TO / "two-phones.png")
                _a_day_later(tab)
                phone = tab.locator("[data-phone=whatsapp]")
                phone.screenshot(path=TO / "a-day-later.png")
                browser.close()
        finally:
            demo.terminate()


def _talk(tab: Page) -> None:
    for phone, said in SAID.items():
        frame = tab.locator(f"[data-phone={phone}]")
        frame.locator("input").fill(said)
        frame.locator("input").press("Enter")
        frame.locator(".taps button").first.wait_for(state="attached")
    time.sleep(2)  # a bubble may still be on its way
    for phone in SAID:
        tab.locator(f"[data-phone={phone}] .log").evaluate("log => log.scrollTop = 0")


def _a_day_later(tab: Page) -> None:
    """A reminder was wished for; when it is due only an approved message may go."""
    frame = tab.locator("[data-phone=whatsapp]")
    frame.locator("input").fill("فكرني هاد الليلة")
    frame.locator("input").press("Enter")
    frame.locator("[data-option^=tonight]").last.wait_for(state="attached")
    frame.locator("[data-option^=tonight]").last.evaluate("button => button.click()")
    frame.locator(".bubble", has_text="سجلنا ذلك").wait_for()
    tab.locator("[data-hours='24']").click()
    tab.locator("[data-hours='6']").click()
    frame.locator(".bubble", has_text="هناك رسالة في الانتظار").wait_for()
    time.sleep(1)


if __name__ == "__main__":
    main()
