# SPDX-License-Identifier: AGPL-3.0-or-later
"""The facts with their sources, as reviewers read them; what still waits for a person first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import yaml

from content import Catalog, Fact


@dataclass(frozen=True, slots=True)
class Shown:
    """One fact, its sources, and how fresh it is."""

    fact: Fact
    sources: tuple[Mapping[str, str], ...]
    waits: bool  # nobody has phoned, opened or read it yet
    due: date

    @property
    def id(self) -> str:
        """The fact's id."""
        return self.fact.id


def shown(catalog: Catalog, today: date) -> list[Shown]:
    """Every fact, those that wait for a person first, stale ones before fresh ones."""
    raw = yaml.safe_load((files("content") / "facts.yaml").read_text(encoding="utf-8"))
    every = [_shown(fact, raw[ident]) for ident, fact in catalog.facts.items()]
    return sorted(every, key=lambda one: (not one.waits, one.due > today, one.id))


def _shown(fact: Fact, raw: Mapping[str, Any]) -> Shown:
    sources = tuple({k: str(v) for k, v in source.items()} for source in raw["sources"])
    due = fact.checked_on + timedelta(days=fact.check_every)
    return Shown(fact, sources, raw.get("human_check") == "required", due)
