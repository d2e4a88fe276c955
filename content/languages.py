# SPDX-License-Identifier: AGPL-3.0-or-later
"""A language is a folder: its texts, and ``_language.yaml`` with what is true of the language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable

import yaml

FILE = "_language.yaml"
FACTS = "_facts.yaml"
"""Values of facts in a language that facts.yaml does not know."""
_FIELDS = frozenset({"name", "direction", "done", "quotes", "currencies"})
_AMOUNT = re.compile(r"(\S+) ([A-Z]{3})")
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Language:
    """How a language is written: from which side, with which quotes, what it calls money.

    ``done`` finds sentences that claim something was sent or received; ``quotes`` are marks that
    stand apart from their words and still must not be left alone at the end of a line.
    """

    code: str
    name: str = ""
    rtl: bool = False
    done: re.Pattern[str] = _NEVER
    quotes: str = ""
    currencies: Mapping[str, str] = field(default_factory=dict)

    def joined(self, text: str) -> str:
        """Keep quote marks with their words."""
        if not self.quotes:
            return text
        opening, closing = self.quotes[0], self.quotes[1]
        return text.replace(f"{opening} ", f"{opening}\u00a0").replace(
            f" {closing}", f"\u00a0{closing}"
        )

    def money(self, amount: str) -> str:
        """Say "500 MAD" as people here do."""
        found = _AMOUNT.fullmatch(amount)
        known = self.currencies.get(found[2]) if found else None
        return f"{found[1]} {known}" if found and known else amount


def read_languages(root: Traversable, faults: list[str]) -> dict[str, Language]:
    """Give code → language for every folder that is one, in the order of their codes."""
    found = {}
    for folder in sorted(root.iterdir(), key=lambda folder: folder.name):
        if folder.is_dir() and (folder / FILE).is_file():
            found[folder.name] = _language(folder.name, folder / FILE, faults)
    if not found:
        faults.append(f"no language: a folder with {FILE} is one")
    return found


def _language(code: str, file: Traversable, faults: list[str]) -> Language:
    where = f"{code}/{FILE}"
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        done = re.compile(raw.get("done") or _NEVER.pattern, re.IGNORECASE)
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, re.error):
        faults.append(f"{where}: unreadable")
        return Language(code)
    if unknown := sorted(set(raw) - _FIELDS):
        faults.append(f"{where}: unknown field {', '.join(unknown)}")
    if raw.get("direction") not in {"rtl", "ltr"}:
        faults.append(f"{where}: direction is neither rtl nor ltr")
    if len(quotes := str(raw.get("quotes") or "")) not in {0, 2}:
        faults.append(f"{where}: quotes are two marks or none")
        quotes = ""
    rtl, money = raw.get("direction") == "rtl", raw.get("currencies") or {}
    return Language(code, str(raw.get("name") or code), rtl, done, quotes, money)


LANGUAGES = tuple(read_languages(files(__package__), []))
"""The languages that ship."""
