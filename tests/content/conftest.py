# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small shelf of content without a fault, for tests that spoil one thing in it."""

from pathlib import Path

import pytest

FACT = """
ORG-POLICE:
  kind: number
  values: {number: "19"}
  use: bot
  sources: [{title: A page, url: "https://example.org", date: 2026-01}]
  checked_on: 2026-11-21
  check_every: 90
  human_check: required
"""


DONE = {"ar": "done: وصل تنبيه|أرسلنا", "fr": "done: nous avons (?:bien )?(?:envoyé|alerté|reçu)"}


class Shelf:
    """Files of one content folder; every write replaces a whole file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for lang, side in (("ar", "rtl"), ("fr", "ltr")):
            self.write(f"{lang}/_language.yaml", f"direction: {side}\n{DONE[lang]}")
        self.write("facts.yaml", FACT)
        self.write("sources.yaml", "t.b: [ORG-POLICE]")
        self.both("t", "a: '{name}, <ORG-POLICE.number>'\nb: ok\n")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def both(self, name: str, text: str) -> None:
        for lang in ("ar", "fr"):
            self.write(f"{lang}/{name}.yaml", text)


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)
