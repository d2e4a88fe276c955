# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a message means in this turn: its wishes, its questions, the situation it tells."""

from __future__ import annotations

from collections.abc import Mapping

from flows.hearing import danger
from flows.model import Heard
from flows.script import SPEAKS
from flows.turn import Turn

PASSING = frozenset(("ask_abroad",))  # part of a story more often than a question
QUESTION = 12  # words: the longest side question that is read as nothing else
RECORDED = "call_recording"  # how it happened; held over somebody it is a threat
OVER = ("threat_to_publish", "ex_partner_threat")
# What the answer to a sign holds already: who fears the law is not sent to the police besides.
COVERED = {"ask_exposure": frozenset(("ask_where_to_report",))}
# Intents of which a sign is the sharper reading: "who reads this?" needs no "who are you?".
ANSWERED_BY_SIGN = frozenset(
    (
        "ask_about_bot",
        "ask_what_to_do",
        "ask_evidence",
        "ask_secure_account",
        "ask_law",
        "out_of_scope",
    )
)


def intents(turn: Turn, heard: Heard) -> list[str]:
    """The intents heard without doubt, best first."""
    if heard.doubt:
        return []
    return [label for label in heard.labels if label not in turn.script.situations]


def _only_asked(turn: Turn, heard: Heard) -> frozenset[str]:
    """Situations that the words of a short question recall, and that nobody tells."""
    if heard.words > QUESTION:
        return frozenset()
    recalled = (turn.script.recalls.get(sign, ()) for sign in heard.signs)
    return frozenset(situation for group in recalled for situation in group)


def situation_told(turn: Turn, heard: Heard) -> str | None:
    """A situation newly told: the first one, or another where the flow listens for it."""
    asked = _only_asked(turn, heard)
    situations = [x for x in heard.labels if x in turn.script.situations and x not in asked]
    told = next(iter(situations), None)
    if told == RECORDED:
        told = next((s for s in situations if s in OVER), told)
    if heard.hazy and danger(heard):
        told = _heard_in_a_cry(heard)
    known = turn.state.notes.get("situation")
    if heard.doubt or told is None or told == known:
        return None
    return told if known is None or turn.node.hears_situation else None


def _heard_in_a_cry(heard: Heard) -> str | None:
    """What patterns alone know of a message of which danger is the only sure thing."""
    if "spread" in heard.signs:
        return "already_published"
    return OVER[0] if "threatened" in heard.signs else None


def asides_asked(turn: Turn, heard: Heard) -> list[str]:
    """The texts that answer the side questions of a message, several if it asks several."""
    told = situation_told(turn, heard) is not None
    asked = [s for s in turn.script.signs if s in heard.signs and not (told and s in PASSING)]
    texts = [*_own_answer(turn, asked[0], turn.script.signs)] if asked else []
    covered = COVERED.get(asked[0], frozenset[str]()) if asked else frozenset[str]()
    recalled = _only_asked(turn, heard)
    by_sign = ANSWERED_BY_SIGN | covered if texts else frozenset[str]()
    for intent in intents(turn, heard):
        if intent in recalled or intent in by_sign:
            continue
        texts += _own_answer(turn, intent, turn.script.asides)
    return [text for said in dict.fromkeys(texts) for text in _spoken(turn, said)]


def _own_answer(turn: Turn, asked: str, common: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The answer for whoever asks: a bystander, somebody under 18, or everybody."""
    role = turn.script.aside_role.get(turn.state.notes.get("role", ""), {})
    minor = turn.script.aside_minor if turn.seen.get("minor") == "yes" else {}
    return role.get(asked) or minor.get(asked) or common.get(asked, ())


def _spoken(turn: Turn, said: str) -> list[str]:
    """A text, or what a node says: one list of conditions for the button and the question."""
    if not said.startswith(SPEAKS):
        return [said]
    node = turn.script.nodes[said.removeprefix(SPEAKS)]
    return [] if turn.passed_over(node) else turn.keys(node.say)


def acknowledged(learned: dict[str, str]) -> list[str]:
    """The texts that say which facts were noted."""
    return [f"talk.noted_{n}" for n in ("deadline_at", "amount", "not_alone") if n in learned]
