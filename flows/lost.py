# SPDX-License-Identifier: AGPL-3.0-or-later
"""When a message is not understood: one short question, then the list, then a human."""

from __future__ import annotations

from dataclasses import replace

from flows.model import Heard
from flows.script import START
from flows.turn import Turn

TERSE = 3  # words: "oui", "la la", "wakha safi": an answer even when the classifier hesitates
TELLING = 6  # words: something is being told, even if we do not know what
DOUBT = "welcome.doubt"
CONTROL = frozenset((
    "greet", "thank", "goodbye", "affirm", "deny", "change_language", "stop", "erase_me",
    "subscribe_tips", "unsubscribe_tips",
))  # fmt: skip


def again(turn: Turn) -> None:
    """Ask the present question once more; what its node says and does is not done again."""
    if turn.node.once:
        turn.note(**{turn.node.once: "silent"})
    if not turn.node.waits or turn.passed_over(turn.node):
        turn.enter(turn.state.at)


def lost(turn: Turn, heard: Heard) -> None:
    """Not understood: one short question with the two readings, then the list, then a human."""
    open_ = "situation" not in turn.state.notes
    misses = turn.state.misses
    turn.state = replace(turn.state, misses=misses + 1)
    pair = _candidates(heard)
    more = turn.state.notes.get("situation") in pair and turn.node.hears_situation
    if more and turn.world.case not in {"filed", "taken"}:
        turn.state = replace(turn.state, misses=misses)
        turn.say("talk.noted")  # more of what is known already: nothing is asked about it
        again(turn)
        return
    if misses and (missed := turn.node.missed):
        turn.note(**dict(missed.note))
        turn.state = replace(turn.state, misses=0)
        turn.enter(missed.to)
    elif turn.state.at == START and not heard.letters:
        turn.enter(START)
    elif turn.node.hears_situation and _harmless(heard):
        turn.state = replace(turn.state, misses=misses)
        turn.say("talk.all_right")
        again(turn)
    elif turn.world.case in {"filed", "taken"} and heard.words >= TERSE:
        turn.say("complaint.added")  # it was kept: a lodged case grows
        again(turn)
    elif len(pair) == 2 and turn.node.hears_situation and turn.state.at != DOUBT:  # noqa: PLR2004
        if turn.script.threats.intersection(pair):
            # whichever it is: protected at once
            turn.say(turn.heard.format(situation="general"), "general.now")
        turn.note(doubt_a=pair[0], doubt_b=pair[1])
        turn.enter(DOUBT)
    else:
        _lost_for_words(turn, heard, open_=open_)


def _candidates(heard: Heard) -> list[str]:
    """The two readings worth asking about; none of a message without a word."""
    read = dict.fromkeys((heard.label, heard.runner_up)) if heard.letters else {}
    return [x for x in read if x and x not in CONTROL and x != "out_of_scope"]


def _harmless(heard: Heard) -> bool:
    """A bare yes, no or number that nobody asked for is no misunderstanding."""
    answer = heard.label in {"affirm", "deny"} and not heard.doubt and heard.words <= TERSE
    return answer or heard.number is not None


def _lost_for_words(turn: Turn, heard: Heard, *, open_: bool) -> None:
    misses = turn.state.misses - 1
    if misses == 0 and open_ and heard.words >= TELLING:
        turn.enter("welcome.unsure")
    elif misses == 0 and turn.state.at == START:
        turn.enter(START)
    elif misses == 0:
        turn.say("talk.lost")
        again(turn)
    else:
        turn.say("talk.lost_human")
        turn.enter("welcome.list" if open_ else turn.state.at)
