# SPDX-License-Identifier: AGPL-3.0-or-later
"""The open cases as lines for a terminal, in columns as wide as they must be."""

from __future__ import annotations

from collections.abc import Sequence

from bot.clock import wall
from bot.waiting import Waiting

COLUMNS = ("ID", "STAGE", "URGENCY", "SITUATION", "PLATFORM", "MINOR", "DEADLINE", "WAITS",
           "TAKEN", "ENTRIES", "ANSWERS")  # fmt: skip


def table(lines: Sequence[Waiting]) -> str:
    """A header and one line a case; hours in DEADLINE and WAITS, Morocco's clock in TAKEN."""
    rows = [COLUMNS, *map(_cells, lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cells(line: Waiting) -> Sequence[str]:
    minor = {True: "yes", False: "no", None: "?"}[line.minor]
    left = "-" if line.deadline_hours is None else f"{line.deadline_hours:g}"
    taken = "-" if line.taken is None else wall(line.taken).strftime("%d/%m %H:%M")
    return (
        line.id, line.stage, line.urgency, line.situation or "?", line.platform or "-", minor,
        left, str(line.waiting_hours), taken, str(line.entries), str(line.answers),
    )  # fmt: skip
