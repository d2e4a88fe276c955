# SPDX-License-Identifier: AGPL-3.0-or-later
"""The open cases in the order in which somebody should take them; no content, no person."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import HOUR, hour
from bot.ledger import Case, Ledger

LEVELS = ("danger", "urgent", "normal")
PAST = -24.0  # hours: an ultimatum that passed longer ago presses no more


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the list: what helps to choose, and no content. Times in hours."""

    id: str
    stage: str  # alarmed: not filed, but a human was called; filed
    urgency: str
    situation: str | None
    platform: str | None
    minor: bool | None  # None: not known
    deadline_hours: float | None  # left; negative when it has passed
    since: int  # epoch seconds, to the hour
    waiting_hours: int
    taken: int | None  # epoch seconds
    entries: int
    answers: int


def waiting(ledger: Ledger, now: float) -> list[Waiting]:
    """Every open case: danger, urgent, normal; then the nearest deadline; then the oldest."""
    counts = {
        table: dict(ledger.store.read(f"select case_id, count(*) from {table} group by case_id"))
        for table in ("entry", "answer")
    }
    lines = [
        _line(case, now, counts["entry"].get(case.id, 0), counts["answer"].get(case.id, 0))
        for case in ledger.cases()
    ]
    return sorted(lines, key=_pressing)


def _line(case: Case, now: float, entries: int, answers: int) -> Waiting:
    notes, since = case.triage, case.filed or case.opened
    due, age = notes.get("deadline_at"), notes.get("age_band")
    return Waiting(
        id=case.id,
        stage="filed" if case.stage == "filed" else "alarmed",
        urgency=str(notes.get("urgency", "normal")),
        situation=notes.get("situation"),
        platform=notes.get("platform"),
        minor=age == "minor" if age in {"minor", "adult"} else None,
        deadline_hours=None if due is None else round((float(due) - now) / HOUR, 1),
        since=since,
        waiting_hours=max(0, (hour(now) - since) // HOUR),
        taken=case.taken,
        entries=entries,
        answers=answers,
    )


def _pressing(line: Waiting) -> tuple[int, float, int]:
    level = LEVELS.index(line.urgency) if line.urgency in LEVELS else len(LEVELS)
    left = line.deadline_hours
    return level, left if left is not None and left >= PAST else float("inf"), line.since
