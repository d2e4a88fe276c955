# SPDX-License-Identifier: AGPL-3.0-or-later
"""What no text may advise, promise or blame; the list itself is data."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import yaml

NEVER = r"(?!)"  # a language without a list of its own


def advice_faults(lang: str, shown: str) -> Iterator[str]:
    """Name advice that hurts, a promise that nobody can keep, blame."""
    negated, rules = _rules(lang)
    for pattern, why, whole in rules:
        for part in (shown,) if whole else negated.split(shown):
            if found := pattern.search(part):
                yield f"{why}: {found[0]!r}"


@cache
def _rules(lang: str) -> tuple[re.Pattern[str], list[tuple[re.Pattern[str], str, bool]]]:
    """What is cut out first, and each pattern with its reason and whether it sees everything."""
    raw = yaml.safe_load((files(__package__) / "advice.yaml").read_text(encoding="utf-8"))
    rules = [(_compiled(one["find"]), one["why"], "whole" in one) for one in raw.get(lang, ())]
    return _compiled(raw["except"].get(lang, NEVER)), rules


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
