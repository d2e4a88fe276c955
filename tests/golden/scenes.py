# SPDX-License-Identifier: AGPL-3.0-or-later
"""Golden conversations as they are written: one YAML file, told in Arabic and in French."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bot.clock import MOROCCO

FOLDER = Path(__file__).parent
LANGS = ("ar", "fr")
EVENING = datetime(2026, 11, 24, 18, 0)  # noqa: DTZ001 - a wall clock in Morocco
TURNS = frozenset((
    "ar", "fr", "choose", "stale", "unknown", "type", "receipt", "file", "caption", "hours",
    "counsellor", "words", "sticker", "edit", "restart", "visitor", "fault", "only",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """One conversation before it is played; *alarm*: somebody can be alarmed."""

    name: str
    about: str
    turns: tuple[Mapping[str, Any], ...]
    alarm: bool = True
    start: float = 0.0  # epoch seconds
    faults: tuple[str, ...] = ()  # known, and not yet mended; the transcript shows them

    @property
    def presses(self) -> set[str]:
        """The options that somebody chooses in it."""
        return {turn["choose"] for turn in self.turns if "choose" in turn}

    def transcript(self, lang: str) -> Path:
        """Where the conversation stands as a reviewer reads it."""
        return FOLDER / f"{self.name}.{lang}.txt"


def scenes() -> list[Scene]:
    """Every conversation, by name."""
    return [scene(path) for path in sorted(FOLDER.glob("*.yaml"))]


def scene(path: Path) -> Scene:
    """One file; a key that no turn knows is a mistake of its author."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    for turn in raw["turns"]:
        if strange := turn.keys() - TURNS:
            raise ValueError(f"{path.name}: {sorted(strange)}")
    begins = datetime.fromisoformat(str(raw["clock"])) if "clock" in raw else EVENING
    return Scene(
        name=path.stem,
        about=raw["about"],
        turns=tuple(raw["turns"]),
        alarm=raw.get("alarm", True),
        start=begins.replace(tzinfo=MOROCCO).timestamp(),
        faults=tuple(turn["fault"] for turn in raw["turns"] if "fault" in turn),
    )
