# SPDX-License-Identifier: AGPL-3.0-or-later
"""One pure function decides every turn of every conversation."""

from __future__ import annotations

from dataclasses import replace

from flows.hearing import danger, learn
from flows.leads import lead_of, of_bystander
from flows.lost import DOUBT, TERSE, again
from flows.meant import situation_told
from flows.model import (
    Chose,
    Effect,
    Event,
    FileFailed,
    FileKept,
    Heard,
    Hold,
    Keep,
    Lang,
    Mistyped,
    Presented,
    RefuseFile,
    Said,
    Sent,
    State,
    Step,
    Unknown,
    World,
)
from flows.peril import chose_in_danger, in_danger
from flows.said import AGAIN, keeps, leaves, pick, said, wants
from flows.script import START, Choice, Script
from flows.turn import Turn
from flows.view import holds

SWITCH = "welcome.switch"
BEGINS = Chose("start")  # the messenger's own button: nobody knows the language yet
RETURNS = frozenset(("help", "tips"))  # an aside: the question asked before stands
LONG_AWAY = 6.0  # hours after which we say where we were


def step(
    script: Script, state: State | None, event: Event, world: World, lang: Lang = "ar"
) -> Step:
    """Return where the conversation goes after *event*, and what to do about it.

    Total and deterministic: any state, even one saved by an older script, meets any
    event with an answer or a seal. *state* is None when nothing is remembered.
    """
    fresh = state is None or state.at not in script.nodes or not script.nodes[state.at].waits
    turn = Turn(script, world, State(START, lang) if fresh or state is None else state)
    if fresh and not _speaks(event):
        turn.extra["fresh"] = "yes"
    if not fresh and world.away_hours >= LONG_AWAY and turn.state.at != START:
        turn.say("talk.back_again", *_deadline_over(turn))
    _pace(turn)
    if not (world.flood and _kept_quietly(turn, event)):
        _respond(turn, event, fresh=fresh)
    return turn.done()


def _speaks(event: Event) -> bool:
    """Whether a first message says which language it is written in."""
    match event:
        case Said(heard=heard) | Sent(caption=Heard() as heard):
            return heard.signal
        case Chose():
            return event != BEGINS
        case _:
            return False


def _respond(turn: Turn, event: Event, *, fresh: bool) -> None:
    match event:
        case Said(heard=heard, edited=False) if _takes_first(turn, heard):
            _chose(turn, turn.first_candidate(), None)
        case Said(heard=heard, edited=edited):
            said(turn, heard, edited=edited)
        case Chose(option=option, at=at):
            _chose(turn, option, at)
        case Sent(kind="voice", caption=None) if fresh and "danger" not in turn.state.notes:
            _spoken_first(turn)
        case Sent(caption=caption):
            _sent(turn, caption)
        case FileKept() | FileFailed():
            _file(turn, event)
        case Presented() as presented:
            _presented(turn, presented)
        case Mistyped():
            _calm(turn, "receipt.mistyped")
        case Unknown():
            _unreadable(turn)


def _deadline_over(turn: Turn) -> tuple[str, ...]:
    """An ultimatum that ran out meanwhile is spoken of once."""
    left = turn.seen.get("deadline_left")
    if left is None or float(left) > 0 or "deadline_told" in turn.state.notes:
        return ()
    turn.note(deadline_told="yes")
    return ("talk.deadline_over",)


def _pace(turn: Turn) -> None:
    """One apology for a backlog; a flood that is over is forgotten."""
    if turn.world.late and "late" not in turn.state.notes:
        turn.say("talk.late")
    turn.note(late="yes" if turn.world.late else "")
    if not turn.world.flood and "slow" in turn.state.notes:
        turn.note(slow="")


def _kept_quietly(turn: Turn, event: Event) -> bool:
    """Of a flood everything is kept and little answered; danger and leaving always are."""
    match event:
        case Said(heard=heard) if _patient(turn, heard):
            _flooded(turn, heard)
        case Sent() | Unknown() if "danger" not in turn.state.notes:
            turn.effects += [Hold()] if isinstance(event, Sent) else []
            _slowed(turn)
        case _:
            return False
    return True


def _patient(turn: Turn, heard: Heard) -> bool:
    """Whether this message of a flood can do without an answer: no danger, no leaving."""
    return not danger(heard) and "quick_exit" not in heard.signs and not turn.over


def _flooded(turn: Turn, heard: Heard) -> None:
    """Kept like every other message; said once, then silence until the pace is human again."""
    turn.effects.append(Keep(keeps(turn, heard) or "message"))
    turn.note(told="yes")
    _slowed(turn)


def _slowed(turn: Turn) -> None:
    turn.silent = True
    if "slow" not in turn.state.notes:
        turn.say("talk.slow")
    turn.note(slow="yes")


def _file(turn: Turn, event: FileKept | FileFailed) -> None:
    """What became of a file that was let through; the question asked before stands."""
    turn.silent = True
    match event:
        case FileKept(reference=reference, compressed=compressed):
            turn.values["reference"] = reference
            turn.note(compressed="yes" if compressed else "")  # the checklist asks for the file
            turn.say("media.kept", *(("media.compressed",) if compressed else ()))
        case FileFailed(reason=reason):
            turn.say(f"media.failed_{reason}")


def _unreadable(turn: Turn) -> None:
    """A sticker, a place: said gently, once for all that come together; in danger the numbers."""
    if turn.world.more:
        turn.silent = True
        return
    if turn.state.notes.get("danger"):
        turn.say("danger.short")
    turn.say("talk.unreadable")
    again(turn)


def _takes_first(turn: Turn, heard: Heard) -> bool:
    """A bare yes to "is it this or that?" takes the likelier of the two."""
    bare = heard.label == "affirm" and heard.words <= TERSE and not danger(heard)
    return turn.state.at == DOUBT and bare and "quick_exit" not in heard.signs


def _chose(turn: Turn, option: str, at: str | None) -> None:
    choice = next((c for c in turn.node.choices if c.id == option), None)
    if choice and at not in {None, turn.state.at} and not _same(turn, choice, at):
        choice = None  # a button of an older question: only what leads the same way still counts
    if turn.state.notes.get("danger"):
        chose_in_danger(turn, option)
    elif choice and holds(choice.when, turn.seen):
        turn.state = replace(turn.state, misses=0)
        pick(turn, choice)
    elif option.startswith("sit_") and option[4:] in turn.script.situations:
        turn.note(situation=option[4:])
        turn.enter("welcome.heard")
    elif option.startswith("want_"):
        named = Heard(lang=turn.state.lang, label=option[5:], doubt=False, labels=(option[5:],))
        _ = leaves(turn, named, {}) or wants(turn, named, {}) or _stale(turn)
    elif option in turn.script.anywhere:
        # The question asked before stands.
        if option in RETURNS or turn.script.anywhere[option] == SWITCH:
            turn.state = replace(turn.state, back=_resumable(turn))
        turn.enter(turn.script.anywhere[option])
    else:
        _stale(turn)


def _same(turn: Turn, choice: Choice, at: str | None) -> bool:
    """Whether an older question's button of this name leads where the present one does."""
    older = turn.script.nodes.get(at or "")
    return older is not None and any(
        c.id == choice.id and c.to == choice.to and c.note == choice.note for c in older.choices
    )


def _stale(turn: Turn) -> bool:
    turn.say("talk.stale")
    again(turn)
    return True


def _sent(turn: Turn, caption: Heard | None) -> None:
    """A file: held as a reference until the gate is open; its caption is heard like words."""
    if turn.world.more and caption is None and (effect := _like_the_first(turn)):
        turn.effects.append(effect)
        turn.silent = True
        return
    if caption is not None:
        turn.effects.append(Keep("caption"))
        _caption(turn, caption)
    kind = danger(caption) if caption else None
    if kind or turn.state.notes.get("danger"):
        turn.effects.append(RefuseFile("danger"))
        in_danger(turn, caption or Heard(lang=turn.state.lang), kind)
        turn.say("media.danger")
        return
    turn.effects.append(Hold())
    if turn.state.at.startswith("media."):
        turn.say("media.held")
        again(turn)
        return
    lead = lead_of(turn, caption) if caption else None
    turn.state = replace(turn.state, back=lead.to if lead else _resumable(turn))
    turn.enter("media.gate")


def _spoken_first(turn: Turn) -> None:
    """A voice before any word: nobody listens to it, and its language is not known yet."""
    turn.effects.append(Hold())
    turn.extra["fresh"] = "yes"
    turn.enter("media.voice")


def _like_the_first(turn: Turn) -> Effect | None:
    """What becomes of the other files of an album; the first one was answered for them all."""
    if turn.state.notes.get("danger"):
        return RefuseFile("danger")
    if turn.seen.get("minor") == "yes":
        return RefuseFile("minor")
    return Hold() if turn.state.at.startswith("media.") else None


def _caption(turn: Turn, caption: Heard) -> None:
    """Words beside a file teach and tell like others; a bystander's make no victim."""
    lead = lead_of(turn, caption)
    learned = learn(caption, turn.state.notes, turn.world)
    if (lead and lead.instead) or "role" in turn.state.notes:
        turn.note(told="yes", **of_bystander(learned))
    else:
        turn.note(told="yes", **learned)
        if situation := situation_told(turn, caption) or _threat_in(turn, caption):
            turn.note(situation=situation)
    if caption.lang != "other":
        turn.state = replace(turn.state, lang=caption.lang)


def _threat_in(turn: Turn, caption: Heard) -> str | None:
    """A caption that threatens, even in doubt: the gate asks enough questions already."""
    threat = caption.label in turn.script.threats and "threatened" in caption.signs
    return caption.label if threat and "situation" not in turn.state.notes else None


def _resumable(turn: Turn) -> str | None:
    """The question to come back to; before the first one there is none."""
    return None if turn.state.at in {START, AGAIN, DOUBT} else turn.state.at


def _presented(turn: Turn, one: Presented) -> None:
    if one.hit and one.door:
        _calm(turn, "receipt.door")
    elif one.hit and one.mine and turn.state.at == "complaint.type_back":
        turn.enter("complaint.typed")
    else:
        _calm(turn, "receipt.found" if one.hit else "receipt.not_found")


def _calm(turn: Turn, target: str) -> None:
    """Go on, unless there is danger: then the numbers stand first."""
    if turn.state.notes.get("danger"):
        turn.say("danger.short")
    turn.enter(target)
