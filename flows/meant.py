# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a message means in this turn: its wishes, its questions, the situation it tells."""

from __future__ import annotations

from flows.model import Heard
from flows.script import SPEAKS
from flows.turn import Turn

PASSING = frozenset(("ask_abroad",))  # part of a story more often than a question
QUESTION = 12  # words: the longest side question that is read as nothing else
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
    known = turn.state.notes.get("situation")
    if heard.doubt or told is None or told == known:
        return None
    return told if known is None or turn.node.hears_situation else None


def asides_asked(turn: Turn, heard: Heard) -> list[str]:
    """The texts that answer the side questions of a message, several if it asks several."""
    minor = turn.seen.get("minor") == "yes"
    texts: list[str] = []
    told = situation_told(turn, heard) is not None
    asked = [s for s in turn.script.signs if s in heard.signs and not (told and s in PASSING)]
    if asked:
        texts += (minor and turn.script.aside_minor.get(asked[0])) or turn.script.signs[asked[0]]
    recalled = _only_asked(turn, heard)
    for intent in intents(turn, heard):
        if intent in recalled or (texts and intent in ANSWERED_BY_SIGN):
            continue
        own = turn.script.aside_minor.get(intent) if minor else None
        texts += own or turn.script.asides.get(intent, ())
    return [text for said in texts for text in _spoken(turn, said)]


def _spoken(turn: Turn, said: str) -> list[str]:
    """A text, or what a node says: one list of conditions for the button and the question."""
    if not said.startswith(SPEAKS):
        return [said]
    node = turn.script.nodes[said.removeprefix(SPEAKS)]
    return [] if turn.passed_over(node) else turn.keys(node.say)


def acknowledged(learned: dict[str, str]) -> list[str]:
    """The texts that say which facts were noted."""
    return [f"talk.noted_{n}" for n in ("deadline_at", "amount", "not_alone") if n in learned]
