# SPDX-License-Identifier: AGPL-3.0-or-later
"""Life first: while danger lasts every reply begins with the numbers and carries no form."""

from __future__ import annotations

from flows.leads import lead_of
from flows.meant import asides_asked, intents, situation_told
from flows.model import Heard
from flows.turn import Turn

SHORT = 8  # words: a wish to leave is short; a long message is the story


def in_danger(turn: Turn, heard: Heard, kind: str | None) -> None:
    """Life first. The story is kept, questions are answered, no form is begun."""
    if kind:
        bystander = "role" in turn.state.notes
        situation = None if bystander else situation_told(turn, heard)
        turn.note(danger=kind, safe="no", **({"situation": situation} if situation else {}))
        turn.enter(f"danger.{kind}")
        if situation:
            turn.say("danger.story_kept")
        return
    if "safe" in heard.signs:
        turn.enter("danger.over")
        return
    _numbers(turn)
    if "help_coming" in heard.signs:
        turn.say("danger.help_coming")
        turn.enter("danger.here")
        return
    wished = intents(turn, heard)
    target = next((turn.script.goes[i] for i in wished if i in turn.script.goes), "")
    if target.startswith("leave.") and heard.words <= SHORT:
        turn.enter(target)
    elif target == "human.ask":
        turn.enter("human.danger")
    elif need := _need(turn, heard, wished):
        turn.enter(need)
    elif asides := asides_asked(turn, heard):
        turn.say(*asides)
        turn.enter("danger.here")
    else:
        turn.enter("danger.listening")


def _need(turn: Turn, heard: Heard, wished: list[str]) -> str | None:
    """Where a need leads that danger knows: a call, a woman, "what shall I do?", fear."""
    lead = lead_of(turn, heard)
    if lead and lead.danger:
        return lead.danger
    if "ask_what_to_do" in wished:
        return "danger.what_now"
    return "danger.listening" if heard.signs & {"afraid", "worn"} else None


def chose_in_danger(turn: Turn, option: str) -> None:
    """Only what needs no form: life, a human, leaving; everything else waits."""
    choice = next((c for c in turn.node.choices if c.id == option), None)
    leaving = turn.script.anywhere.get(option, "").startswith("leave.") or (
        choice is not None and choice.to.startswith("leave.")
    )
    if option in {"safe_now", "safe_yes"}:
        turn.enter("danger.over")
        return
    if option != "quick_exit":
        _numbers(turn)
    if leaving:
        turn.enter(choice.to if choice else turn.script.anywhere[option])
    elif option == "human":
        turn.enter("human.danger")
    elif option in {"start", "begin", "help"}:
        turn.enter("danger.here")  # the numbers are the help
    else:
        turn.say("talk.danger_later")
        turn.enter("danger.here")


def _numbers(turn: Turn) -> None:
    """The numbers in one line; before them, where the person is out of their reach."""
    notes = turn.state.notes
    away = ("danger.abroad",) if "me_abroad" in notes else ()
    turn.say(*away, "danger.short_minor" if notes.get("age_band") == "minor" else "danger.short")
