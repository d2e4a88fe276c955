# SPDX-License-Identifier: AGPL-3.0-or-later
"""A stand-in's journal, read from the file that no kill takes along."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Tape:
    """Grows as the stand-in writes; several threads may look."""

    journal: Path
    events: list[dict[str, Any]] = field(default_factory=list, repr=False)
    _read: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def look(self) -> list[dict[str, Any]]:
        """Everything journaled up to now."""
        with self._turn, self.journal.open("rb") as lines:
            lines.seek(self._read)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                self.events.append(json.loads(line))
                self._read += len(line)
        return self.events

    def forget(self) -> None:
        """Begin anew from here."""
        self.look()
        self.events.clear()
