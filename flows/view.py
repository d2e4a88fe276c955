# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a condition in a flow file can see: the notes, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping

from flows.model import State, Urgency, World
from flows.script import ANY, NONE, Script, Test

PAST = 24.0  # hours: an ultimatum just run out is still urgent
LEVELS: tuple[Urgency, ...] = ("danger", "urgent", "normal")


def view(script: Script, state: State, world: World) -> Mapping[str, str]:
    """The notes with what is derived from them; never a word that was typed."""
    seen = dict(state.notes)
    seen["case"] = world.case
    seen["threat"] = _yes(threatened(script, state.notes))
    if state.notes.get("age_band") in {"minor", "adult"}:
        seen["minor"] = "yes" if state.notes["age_band"] == "minor" else "no"
    seen["child_threat"] = _yes(seen.get("minor") == "yes" and _held(script, state.notes))
    if world.channel:
        seen["channel"] = world.channel
    if "not_alone" in seen or "lives_with" in seen:
        seen["watched"] = "yes"
    if world.taken:
        seen["taken"] = "yes"
    if world.files:
        seen["files"] = str(world.files)
    if world.answers:
        seen["answers"] = str(world.answers)
    if state.back:
        seen["back"] = state.back
    if (due := state.notes.get("deadline_at")) is not None:
        seen["deadline_left"] = str((float(due) - world.now) / 3600)
    seen["urgency"] = _urgency(script, seen)
    return seen


def urgency(script: Script, state: State, world: World) -> Urgency:
    """How urgent this conversation is, by the rules of ``triage.yaml``."""
    name = view(script, state, world)["urgency"]
    return next(level for level in LEVELS if level == name)


def threatened(script: Script, notes: Mapping[str, str]) -> bool:
    """Whether somebody holds something over this person."""
    told = notes.get("situation") in script.threats or notes.get("threatened") == "yes"
    return told or notes.get("demand") in {
        "money", "sexual", "both", "other",
    }  # fmt: skip


def _held(script: Script, notes: Mapping[str, str]) -> bool:
    """Whether an image or a secret is held or shown, not only insults: a child's own guide."""
    insulted = {**notes, "situation": ""}
    return notes.get("situation") in script.held or threatened(script, insulted)


def holds(test: Test, seen: Mapping[str, str]) -> bool:
    """Whether every line of the test holds; an empty test always does."""
    return all(_holds(note, wanted, seen) for note, wanted in test)


def _holds(note: str, wanted: tuple[str, ...], seen: Mapping[str, str]) -> bool:
    if note == "deadline_within":
        left = seen.get("deadline_left")
        return left is not None and -PAST <= float(left) <= float(wanted[0])
    value = seen.get(note, "")
    return value in wanted or (ANY in wanted and bool(value)) or (NONE in wanted and not value)


def _urgency(script: Script, seen: Mapping[str, str]) -> str:
    return next((r.urgency for r in script.triage if holds(r.when, seen)), "normal")


def _yes(value: bool) -> str:  # noqa: FBT001 - it is the word for the value
    return "yes" if value else "no"
