# SPDX-License-Identifier: AGPL-3.0-or-later
"""One pure function decides every turn of every conversation."""

from __future__ import annotations

from dataclasses import replace

from flows.hearing import danger, learn
from flows.model import (
    Chose,
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
)  # fmt: skip
from flows.script import START, Choice, Script
from flows.turn import Turn
from flows.view import holds

LONG_AWAY = 6.0  # hours after which we say where we were
QUESTION = 12  # words: the longest side question that is read as nothing else
SHORT = 8  # words: a wish that leaves a story is short; a long message is the story
TERSE = 3  # words: "oui", "la la", "wakha safi": an answer even when the classifier hesitates
TELLING = 6  # words: something is being told, even if we do not know what
CONTROL = frozenset((
    "greet", "thank", "goodbye", "affirm", "deny", "change_language", "stop", "erase_me",
    "subscribe_tips", "unsubscribe_tips",
))  # fmt: skip
# Intents of which a sign is the sharper reading: "who reads this?" needs no "who are you?".
ANSWERED_BY_SIGN = frozenset(
    ("ask_about_bot", "ask_what_to_do", "ask_evidence", "ask_secure_account", "out_of_scope")
)
FACTS = frozenset(("deadline_at", "amount", "age_band"))
FOREIGN = "danger.other_language"


def step(
    script: Script, state: State | None, event: Event, world: World, lang: Lang = "ar"
) -> Step:
    """Return where the conversation goes after *event*, and what to do about it.

    Total and deterministic: any state, even one saved by an older script, meets any
    event with an answer or a seal. *state* is None when nothing is remembered.
    """
    fresh = state is None or state.at not in script.nodes
    turn = Turn(script, world, State(START, lang) if fresh or state is None else state)
    if fresh and isinstance(event, Said) and not event.heard.signal:
        turn.extra["fresh"] = "yes"
    if not fresh and world.away_hours >= LONG_AWAY and turn.state.at != START:
        turn.say("talk.back_again")
    _pace(turn)
    _respond(turn, event)
    return turn.done()


def _respond(turn: Turn, event: Event) -> None:
    match event:
        case Said(heard=heard) if turn.world.flood and _patient(turn, heard):
            _flooded(turn, heard)
        case Said(heard=heard, edited=edited):
            _said(turn, heard, edited=edited)
        case Chose(option=option):
            _chose(turn, option)
        case Sent(caption=caption):
            _sent(turn, caption)
        case FileKept() | FileFailed():
            _file(turn, event)
        case Presented(hit=hit, mine=mine):
            _presented(turn, hit=hit, mine=mine)
        case Mistyped():
            _calm(turn, "receipt.mistyped")
        case Unknown():
            turn.say("talk.unreadable")
            _again(turn)


def _pace(turn: Turn) -> None:
    """One apology for a backlog; a flood that is over is forgotten."""
    if turn.world.late and "late" not in turn.state.notes:
        turn.say("talk.late")
    turn.note(late="yes" if turn.world.late else "")
    if not turn.world.flood and "slow" in turn.state.notes:
        turn.note(slow="")


def _patient(turn: Turn, heard: Heard) -> bool:
    """Whether this message of a flood can do without an answer: no danger, no leaving."""
    return not danger(heard) and "quick_exit" not in heard.signs and not turn.over


def _flooded(turn: Turn, heard: Heard) -> None:
    """Kept like every other message; said once, then silence until the pace is human again."""
    turn.effects.append(Keep(_keeps(turn, heard) or "message"))
    turn.silent = True
    if "slow" not in turn.state.notes:
        turn.say("talk.slow")
    turn.note(told="yes", slow="yes")


def _file(turn: Turn, event: FileKept | FileFailed) -> None:
    """What became of a file that was let through; the question asked before stands."""
    turn.silent = True
    match event:
        case FileKept(reference=reference, compressed=compressed):
            turn.values["reference"] = reference
            turn.say("media.kept", *(("media.compressed",) if compressed else ()))
        case FileFailed(reason=reason):
            turn.say(f"media.failed_{reason}")


def _said(turn: Turn, heard: Heard, *, edited: bool) -> None:
    if "quick_exit" in heard.signs:
        turn.enter("leave.exit")
        return
    if heard.lang != "other":
        turn.state = replace(turn.state, lang=heard.lang)
    learned = learn(heard, turn.state.notes, turn.world)
    keep = _keeps(turn, heard)
    if keep:
        turn.effects.append(Keep("edit" if edited else keep))
        turn.note(told="yes")
    turn.note(**learned)
    if (kind := danger(heard)) or turn.state.notes.get("danger"):
        _in_danger(turn, heard, kind)
    elif "home_anger" in heard.signs and "home" not in turn.state.notes:
        if situation := _situation(turn, heard):
            turn.note(situation=situation)
            turn.say("{situation}.hear")
        turn.enter("danger.home")
    elif edited:
        turn.silent = True
        turn.say("talk.edit_kept")
    elif heard.lang == "other":
        turn.say(FOREIGN)
        _again(turn)
    else:
        _heard(turn, heard, learned)


def _keeps(turn: Turn, heard: Heard) -> str | None:
    """What to seal the words as; None for a bare yes, a greeting, a command."""
    sure = not heard.doubt or heard.words <= TERSE
    control = heard.label in CONTROL and heard.words <= TELLING and sure and not danger(heard)
    if turn.node.text and not (control and _answer(turn, heard)):
        return "correction" if "correction" in heard.signs else turn.node.text.keep
    if control and not any(label in turn.script.situations for label in heard.labels):
        return None
    return "correction" if "correction" in heard.signs else "story"


def _heard(turn: Turn, heard: Heard, learned: dict[str, str]) -> None:
    if turn.state.at == "welcome.doubt" and heard.label == "affirm" and heard.words <= TERSE:
        _chose(turn, turn.first_candidate())
        return
    if choice := _answer(turn, heard):
        turn.state = replace(turn.state, misses=0)
        _pick(turn, choice)
    elif turn.node.fills == "age" and ("age_band" in learned or _bare_age(turn, heard)):
        turn.enter(turn.state.at)  # the question is answered: its ``unless`` passes it over
    elif _leaves(turn, heard, learned):
        return
    elif turn.node.text:
        _tell(turn, heard, learned)
    elif not _wants(turn, heard, learned):
        _lost(turn, heard)


def _bare_age(turn: Turn, heard: Heard) -> bool:
    if heard.number is None or not 5 <= heard.number <= 110:  # noqa: PLR2004 - human ages
        return False
    turn.note(**learn(replace(heard, age=heard.number), turn.state.notes, turn.world))
    return True


def _answer(turn: Turn, heard: Heard) -> Choice | None:
    """The choice of the present question that these words mean, if they mean one."""
    if heard.words > SHORT or (turn.state.at == START and not turn.node.choices):
        return None
    seen = turn.seen
    choices = (c for c in turn.node.choices if holds(c.when, seen))
    telling = turn.node.text is not None
    return next(
        (c for c in choices if any(_means(t, heard, telling=telling) for t in c.hears)), None
    )


def _means(token: str, heard: Heard, *, telling: bool) -> bool:
    """Where free words are the answer only a bare, sure yes or no is one; never a correction."""
    kind, _, name = token.rpartition(":")
    match kind:
        case "sign":
            return name in heard.signs
        case "risk":
            return name in heard.risks
        case _:
            terse = heard.words <= TERSE and "correction" not in heard.signs
            sure = not heard.doubt
            return heard.label == name and ((sure and terse) if telling else (sure or terse))


def _pick(turn: Turn, choice: Choice) -> None:
    turn.note(**dict(choice.note))
    turn.do(*choice.do)
    turn.enter(choice.to)


def _intents(turn: Turn, heard: Heard) -> list[str]:
    if heard.doubt:
        return []
    return [label for label in heard.labels if label not in turn.script.situations]


def _leaves(turn: Turn, heard: Heard, learned: dict[str, str]) -> bool:
    """A confirmed wish to be elsewhere; inside a story only a short one counts."""
    if turn.node.text and heard.words > SHORT:
        return False
    goes = [turn.script.goes[i] for i in _intents(turn, heard) if i in turn.script.goes]
    if not goes or _not_meant(goes[0], heard, learned):
        return False
    if goes[0].startswith(("tips.", "welcome.switch")):
        turn.state = replace(turn.state, back=turn.state.at)
    if situation := _situation(turn, heard):
        turn.note(situation=situation, kept="yes")
        turn.say("{situation}.hear")
    turn.enter(goes[0])
    return True


def _not_meant(target: str, heard: Heard, learned: dict[str, str]) -> bool:
    """A wish that the rest of the message contradicts."""
    match target:
        case "leave.bye":  # "until tomorrow at 8" is an ultimatum, not a farewell
            return bool(learned.keys() & FACTS)
        case "leave.erase":  # it is their own chat with the offender that they ask about
            return "ask_delete" in heard.signs
        case "complaint.start":
            return "no_complaint" in heard.signs
        case _:
            return False


def _asked_by_sign(turn: Turn, heard: Heard) -> bool:
    """A short question found by its pattern is no new situation, whatever its words recall."""
    return heard.words <= QUESTION and any(sign in heard.signs for sign in turn.script.signs)


def _situation(turn: Turn, heard: Heard) -> str | None:
    """A situation newly told: the first one, or another where the flow listens for it."""
    if _asked_by_sign(turn, heard):
        return None
    told = next((x for x in heard.labels if x in turn.script.situations), None)
    known = turn.state.notes.get("situation")
    if heard.doubt or told is None or told == known:
        return None
    return told if known is None or turn.node.hears_situation else None


def _tell(turn: Turn, heard: Heard, learned: dict[str, str]) -> None:
    """Words where words are the answer: kept whatever they are, a question answered besides."""
    text = turn.node.text
    if text is None:
        return
    if situation := _situation(turn, heard) if "situation" not in turn.state.notes else None:
        turn.note(situation=situation)
    turn.say(*_asides(turn, heard))
    turn.say(*_acknowledged(learned))
    if "correction" in heard.signs:
        turn.say("talk.corrected")
        if text.keep.startswith("answer:"):
            return  # it corrects the answer before; this question still stands
    if _asides(turn, heard) and heard.words <= SHORT * 2:
        return  # a question is no answer and no story: the same question stands
    turn.note(**dict(text.note))
    turn.enter(text.to)


def _asides(turn: Turn, heard: Heard) -> list[str]:
    minor = turn.seen.get("minor") == "yes"
    texts: list[str] = []
    if _situation(turn, heard) is None or "ask_meet" in heard.signs:
        asked = (turn.script.signs[s] for s in turn.script.signs if s in heard.signs)
        texts += next(asked, ())
    for intent in _intents(turn, heard):
        if texts and intent in ANSWERED_BY_SIGN:
            continue
        other = turn.state.notes.get("for") == "other"
        own = (turn.script.aside_other.get(intent) if minor and other else None) or (
            turn.script.aside_minor.get(intent) if minor else None
        )
        texts += own or turn.script.asides.get(intent, ())
    return texts


def _acknowledged(learned: dict[str, str]) -> list[str]:
    return [f"talk.noted_{n}" for n in ("deadline_at", "amount", "not_alone") if n in learned]


def _wants(turn: Turn, heard: Heard, learned: dict[str, str]) -> bool:
    """A situation, a side question, or new facts: each is heard, several in one message too."""
    asides = _asides(turn, heard)
    if learned.keys() & FACTS and heard.words <= TERSE + 1 and _situation(turn, heard) is None:
        asides = []  # "3ndi 17", "ana 3ndi 16 3am": a fact, whatever the classifier makes of it
    if situation := _situation(turn, heard):
        turn.note(situation=situation)
        turn.enter("welcome.heard")
        turn.say(*(a for a in asides if not a.startswith("talk.")))
        turn.say(*_acknowledged(learned))
        return True
    if asides:
        if turn.state.at == START and asides == ["talk.hello_again"]:
            turn.enter(START)
            return True
        turn.say(*asides)
        turn.say(*_acknowledged(learned))
        _again(turn)
        return True
    if learned:
        _noted(turn, learned, heard)
        return True
    return False


def _noted(turn: Turn, learned: dict[str, str], heard: Heard) -> None:
    told = _acknowledged(learned)
    turn.say(*(told or (["talk.noted"] if learned.get("age_band") != "minor" else [])))
    if "correction" in heard.signs:
        turn.say("talk.corrected")
    if turn.state.at == "guide.deadline" and learned.get("deadline_sure") == "yes":
        turn.enter("guide.deadline_done")
    elif "situation" not in turn.state.notes and heard.words > TERSE:
        _told_minor(turn, learned)
        _lost(turn, heard)
    else:
        _told_minor(turn, learned)
        _again(turn)


def _told_minor(turn: Turn, learned: dict[str, str]) -> None:
    """2511 and Take It Down come in the very turn in which the age is understood."""
    if learned.get("age_band") == "minor" and "minor_told" not in turn.state.notes:
        turn.say("minor.parent" if turn.state.notes.get("for") == "other" else "minor.first")
        turn.note(minor_told="yes")


def _lost(turn: Turn, heard: Heard) -> None:
    """Not understood: one short question with the two readings, then the list, then a human."""
    open_ = "situation" not in turn.state.notes
    misses = turn.state.misses
    turn.state = replace(turn.state, misses=misses + 1)
    pair = [x for x in (heard.label, heard.runner_up) if x and x not in CONTROL]
    if misses and (missed := turn.node.missed):
        turn.note(**dict(missed.note))
        turn.state = replace(turn.state, misses=0)
        turn.enter(missed.to)
    elif open_ and turn.state.at == START and heard.words == 0:
        turn.enter(START)
    elif turn.world.case in {"filed", "taken"} and heard.words >= TERSE:
        turn.say("complaint.added")  # it was kept: a lodged case grows
        _again(turn)
    elif misses == 0 and len(pair) == 2 and turn.node.hears_situation:  # noqa: PLR2004 - a pair
        if turn.script.threats.intersection(pair):
            turn.say("general.hear", "general.now")  # whichever it is: protected at once
        turn.note(doubt_a=pair[0], doubt_b=pair[1])
        turn.enter("welcome.doubt")
    elif open_ and heard.words >= TELLING and misses == 0:
        turn.enter("welcome.unsure")
    elif misses == 0 and turn.state.at == START:
        turn.enter(START)
    elif misses == 0:
        turn.say("talk.lost")
        _again(turn)
    else:
        turn.say("talk.lost_human")
        turn.enter("welcome.list" if open_ else turn.state.at)


def _again(turn: Turn) -> None:
    """Ask the present question once more; what its node says and does is not done again."""
    if turn.node.once:
        turn.note(**{turn.node.once: "silent"})
    if not turn.node.waits or turn.passed_over(turn.node):
        turn.enter(turn.state.at)


def _in_danger(turn: Turn, heard: Heard, kind: str | None) -> None:
    """Life first. The story is kept, questions are answered, no form is begun."""
    notes = turn.state.notes
    if kind:
        situation = _situation(turn, heard)
        turn.note(danger=kind, safe="no", **({"situation": situation} if situation else {}))
        turn.enter(f"danger.{kind}")
        if situation:
            turn.say("danger.story_kept")
        return
    if "safe" in heard.signs:
        turn.enter("danger.over")
        return
    turn.say("danger.short_minor" if notes.get("age_band") == "minor" else "danger.short")
    intents = _intents(turn, heard)
    target = next((turn.script.goes[i] for i in intents if i in turn.script.goes), "")
    if target.startswith("leave.") and heard.words <= SHORT:
        turn.enter(target)
    elif target == "human.ask":
        turn.enter("human.danger")
    elif asides := _asides(turn, heard):
        turn.say(*asides)
        turn.enter("danger.here")
    else:
        turn.enter("danger.listening")


def _chose(turn: Turn, option: str) -> None:
    choice = next((c for c in turn.node.choices if c.id == option), None)
    if turn.state.notes.get("danger"):
        _chose_in_danger(turn, option)
    elif choice and holds(choice.when, turn.seen):
        turn.state = replace(turn.state, misses=0)
        _pick(turn, choice)
    elif option.startswith("sit_") and option[4:] in turn.script.situations:
        turn.note(situation=option[4:])
        turn.enter("welcome.heard")
    elif option.startswith("want_"):
        named = Heard(lang=turn.state.lang, label=option[5:], doubt=False, labels=(option[5:],))
        _ = _leaves(turn, named, {}) or _wants(turn, named, {}) or _stale(turn)
    elif option in turn.script.anywhere:
        turn.enter(turn.script.anywhere[option])
    else:
        _stale(turn)


def _stale(turn: Turn) -> bool:
    turn.say("talk.stale")
    _again(turn)
    return True


def _chose_in_danger(turn: Turn, option: str) -> None:
    """Only what needs no form: life, a human, leaving; everything else waits."""
    choice = next((c for c in turn.node.choices if c.id == option), None)
    leaving = turn.script.anywhere.get(option, "").startswith("leave.") or (
        choice is not None and choice.to.startswith("leave.")
    )
    if option in {"safe_now", "safe_yes"}:
        turn.enter("danger.over")
        return
    if option != "quick_exit":
        minor = turn.state.notes.get("age_band") == "minor"
        turn.say("danger.short_minor" if minor else "danger.short")
    if leaving:
        turn.enter(choice.to if choice else turn.script.anywhere[option])
    elif option == "human":
        turn.enter("human.danger")
    else:
        turn.say("talk.danger_later")
        turn.enter("danger.here")


def _sent(turn: Turn, caption: Heard | None) -> None:
    """A file: held as a reference until the gate is open; its caption is heard like words."""
    if caption is not None:
        turn.effects.append(Keep("caption"))
        turn.note(told="yes", **learn(caption, turn.state.notes, turn.world))
        if caption.lang != "other":
            turn.state = replace(turn.state, lang=caption.lang)
        if situation := _situation(turn, caption):
            turn.note(situation=situation)
    kind = danger(caption) if caption else None
    if kind or turn.state.notes.get("danger"):
        turn.effects.append(RefuseFile("danger"))
        _in_danger(turn, caption or Heard(lang=turn.state.lang), kind)
        turn.say("media.danger")
        return
    turn.effects.append(Hold())
    if turn.state.at.startswith("media."):
        turn.say("media.held")
        _again(turn)
        return
    turn.state = replace(turn.state, back=_resumable(turn))
    turn.enter("media.gate")


def _resumable(turn: Turn) -> str | None:
    """The question to come back to; before the first one there is none."""
    return None if turn.state.at in {START, "welcome.doubt"} else turn.state.at


def _presented(turn: Turn, *, hit: bool, mine: bool) -> None:
    if hit and mine and turn.state.at == "complaint.type_back":
        turn.enter("complaint.typed")
    else:
        _calm(turn, "receipt.found" if hit else "receipt.not_found")


def _calm(turn: Turn, target: str) -> None:
    """Go on, unless there is danger: then the numbers stand first."""
    if turn.state.notes.get("danger"):
        turn.say("danger.short")
    turn.enter(target)
