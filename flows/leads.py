# SPDX-License-Identifier: AGPL-3.0-or-later
"""Needs with a way of their own: heard by a pattern, from everywhere, and then back again."""

from __future__ import annotations

from dataclasses import replace

from flows.lost import DOUBT
from flows.meant import situation_told
from flows.model import Heard
from flows.script import START, Lead
from flows.turn import Turn

SHORT = 8  # words: inside a story only a short message leads away
# What a message says of its writer, whoever the victim is.
OWN = frozenset(("age_band", "platform", "safe", "not_alone", "me_abroad"))


def lead_of(turn: Turn, heard: Heard) -> Lead | None:
    """The way that these words ask for, if they ask for one that is not walked already."""
    if turn.node.text and heard.words > SHORT:
        return None
    here = turn.state.at.partition(".")[0]
    leads = (lead for sign, lead in turn.script.leads.items() if sign in heard.signs)
    return next((lead for lead in leads if lead.to.partition(".")[0] != here), None)


def of_bystander(learned: dict[str, str]) -> dict[str, str]:
    """Without what would make a victim of whoever received, found, sent or threatened."""
    return {note: value for note, value in learned.items() if note in OWN}


def follow(turn: Turn, heard: Heard, lead: Lead) -> None:
    """Hear the situation told beside the need, then go; the question asked before stands."""
    if turn.state.at not in {START, DOUBT}:
        turn.state = replace(turn.state, back=turn.state.at)
    if not lead.instead:
        if situation := situation_told(turn, heard):
            turn.note(situation=situation)
        if situation or "threatened" in heard.signs:
            turn.say(*_protection(turn, quiet=lead.quiet))
    turn.enter(lead.to)
    closed = turn.world.case in {"none", "draft"} and turn.state.notes.get("escalated") != "yes"
    if "kept" not in turn.state.notes and closed:  # nobody can open it yet: true of a draft alone
        turn.note(kept="yes")
        turn.say("talk.kept_short" if "easy" in turn.state.notes else "talk.kept")


def _protection(turn: Turn, *, quiet: bool) -> tuple[str, ...]:
    """The first reply to a threat protects, even if the need comes before its question."""
    heard = () if quiet else (turn.heard,)
    if turn.seen["threat"] != "yes":
        return heard
    now = () if quiet else ("{situation}.now",)
    asked = () if "safe" in turn.state.notes else ("talk.danger_word",)
    return (*heard, *now, *asked)
