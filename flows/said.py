# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words: danger first, then what they answer, what they want, what they tell, what they ask."""

from __future__ import annotations

from dataclasses import replace

from flows.hearing import danger, learn
from flows.leads import follow, lead_of, of_bystander
from flows.lost import CONTROL, DOUBT, TELLING, TERSE, again, lost
from flows.meant import acknowledged, asides_asked, intents, situation_told
from flows.model import Heard, Keep, Lang
from flows.peril import SHORT, in_danger
from flows.script import START, Choice, Lead
from flows.turn import Turn
from flows.view import holds

ANSWER = "answer:"  # a short question: what is typed answers it
FACTS = frozenset(("deadline_at", "amount", "age_band"))
LANGUAGES: dict[str, Lang] = {"want_french": "fr", "want_arabic": "ar"}
FOREIGN = "danger.other_language"
ERASE = "leave.erase"
AGAIN = "welcome.again"  # "what happens?", after the language was changed


def said(turn: Turn, heard: Heard, *, edited: bool) -> None:
    """Words: danger first, then what they answer, want, tell or ask."""
    if "quick_exit" in heard.signs:
        turn.enter("leave.exit")
        return
    if heard.lang != "other":
        turn.state = replace(turn.state, lang=heard.lang)
    lead = lead_of(turn, heard)
    learned = _learned(turn, heard, lead)
    _seal(turn, heard, edited=edited)
    turn.note(**learned)
    if leaving := _leaving_danger(turn, heard):
        pick(turn, leaving)
    elif (kind := danger(heard)) or turn.state.notes.get("danger"):
        in_danger(turn, heard, kind)
    elif target := _found_by_sign(turn, heard):
        turn.enter(target)
    elif edited:
        turn.silent = True
        turn.say("talk.edit_kept")
    elif heard.lang == "other":
        turn.say(FOREIGN)
        again(turn)
    elif lead:
        follow(turn, heard, lead)
    else:
        _heard(turn, heard, learned)


def _learned(turn: Turn, heard: Heard, lead: Lead | None) -> dict[str, str]:
    """What the message teaches, and of whom: a bystander and an answer tell less."""
    learned = learn(heard, turn.state.notes, turn.world)
    if lead and lead.instead:
        learned = of_bystander(learned)
    if turn.node.text and turn.node.text.keep.startswith(ANSWER):
        learned.pop("for", None)  # "a friend only" says who knows of it
    return learned


def _leaving_danger(turn: Turn, heard: Heard) -> Choice | None:
    """Asked whether to erase, a word is enough while danger lasts too."""
    here = turn.state.notes.get("danger") and turn.state.at.startswith("leave.")
    choice = _answer(turn, heard) if here and not danger(heard) else None
    return choice if choice and choice.to.startswith("leave.") else None


def _seal(turn: Turn, heard: Heard, *, edited: bool) -> None:
    keep = keeps(turn, heard)
    if edited and not keep:
        keep = "edit"  # a correction is kept even when it says no more than yes
    if keep:
        turn.effects.append(Keep("edit" if edited else keep))
        if not _only_wish(turn, heard):
            turn.note(told="yes")


def _found_by_sign(turn: Turn, heard: Heard) -> str | None:
    """Where a pattern leads that no classifier may overrule."""
    if "unsafe" in heard.signs and heard.words <= SHORT:
        return "danger.unsafe"  # the answer to "are you safe?", whenever it comes
    if "only_receipt" in heard.signs and heard.words <= SHORT * 2:
        return "receipt.only"
    if "home_anger" not in heard.signs or "home" in turn.state.notes:
        return None
    if situation := situation_told(turn, heard):
        turn.note(situation=situation)
        turn.say(turn.heard)
    return "danger.home"


def _only_wish(turn: Turn, heard: Heard) -> bool:
    """Tell a bare wish: "I want to complain" is kept, but it is not yet a story to lodge."""
    wish = heard.label in turn.script.goes and heard.words <= SHORT
    return wish and situation_told(turn, heard) is None


def keeps(turn: Turn, heard: Heard) -> str | None:
    """What to seal the words as; None for a bare yes, a greeting, a command."""
    sure = not heard.doubt or heard.words <= TERSE
    control = heard.label in CONTROL and heard.words <= TELLING and sure and not danger(heard)
    if turn.node.text and not (control and _answer(turn, heard)):
        return "correction" if "correction" in heard.signs else turn.node.text.keep
    if control and not any(label in turn.script.situations for label in heard.labels):
        return None
    return "correction" if "correction" in heard.signs else "story"


def _heard(turn: Turn, heard: Heard, learned: dict[str, str]) -> None:
    if choice := _answer(turn, heard):
        turn.state = replace(turn.state, misses=0)
        pick(turn, choice)
    elif _fills(turn, heard, learned):
        turn.enter(turn.state.at)  # the question is answered: its ``unless`` passes it over
    elif leaves(turn, heard, learned):
        return
    elif turn.node.text:
        _tell(turn, heard, learned)
    elif not wants(turn, heard, learned):
        lost(turn, heard)


def _fills(turn: Turn, heard: Heard, learned: dict[str, str]) -> bool:
    """Whether a fact in the message answers the question: how old, which app."""
    match turn.node.fills:
        case "age":
            return "age_band" in learned or _bare_age(turn, heard)
        case str(note):
            return note in learned
        case None:
            return False


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
            sure, fact = not heard.doubt, heard.age is not None or heard.amount is not None
            clear = (sure and terse) if telling else (sure or (terse and not heard.faint))
            return heard.label == name and clear and not (fact and telling)


def pick(turn: Turn, choice: Choice) -> None:
    """Take a choice: its notes, its deeds, its way."""
    turn.note(**dict(choice.note))
    turn.do(*choice.do)
    turn.enter(choice.to)


def leaves(turn: Turn, heard: Heard, learned: dict[str, str]) -> bool:
    """A confirmed wish to be elsewhere; inside a story only a short one counts."""
    if turn.node.text and heard.words > SHORT:
        return False
    goes = [turn.script.goes[i] for i in intents(turn, heard) if i in turn.script.goes]
    if not goes or _not_meant(turn, goes[0], heard, learned):
        return False
    told = situation_told(turn, heard)
    if told and (goes[0] == "welcome.spoken" or (goes[0] == ERASE and heard.words > SHORT)):
        return False  # "in French: he threatens me", "he erased nothing": what he does is told
    if goes[0].startswith(("tips.", "welcome.spoken")) and turn.state.at != AGAIN:
        turn.state = replace(turn.state, back=turn.state.at)
    if goes[0] == "welcome.spoken":
        _speak(turn, heard)
    if told:
        turn.note(situation=told, kept="yes")
        turn.say(turn.heard)
    turn.enter(goes[0])
    return True


def _speak(turn: Turn, heard: Heard) -> None:
    """The language that is named is spoken, in whichever one it was asked for."""
    asked = [lang for sign, lang in LANGUAGES.items() if sign in heard.signs]
    if len(asked) == 1 and asked[0] in turn.script.languages:
        turn.state = replace(turn.state, lang=asked[0])


def _not_meant(turn: Turn, target: str, heard: Heard, learned: dict[str, str]) -> bool:
    """A wish that the rest of the message contradicts."""
    match target:
        case "leave.bye":  # "until tomorrow at 8" is an ultimatum, not a farewell
            return bool(learned.keys() & FACTS)
        case "leave.erase":  # it is their own chat with the offender that they ask about
            told = situation_told(turn, heard) is not None  # he promised to erase them, not we
            return "ask_delete" in heard.signs or (told and heard.words > SHORT)
        case "complaint.start":
            return "no_complaint" in heard.signs
        case "receipt.start":  # others press for a withdrawal: the person asks what that means
            return "ask_settlement" in heard.signs
        case _:
            return False


def _tell(turn: Turn, heard: Heard, learned: dict[str, str]) -> None:
    """Words where words are the answer: kept whatever they are, a question answered besides."""
    text = turn.node.text
    if text is None:
        return
    new = "situation" not in turn.state.notes and not _phone(turn, heard)
    if situation := situation_told(turn, heard) if new else None:
        turn.note(situation=situation)
        turn.say(turn.heard, *(["{situation}.now"] if turn.seen["threat"] == "yes" else []))
    _told_minor(turn, learned, heard)
    story = heard.label in turn.script.situations and not heard.doubt
    asked = (
        [] if _phone(turn, heard) else asides_asked(turn, _told_only(heard) if story else heard)
    )
    turn.say(*asked)
    turn.say(*acknowledged(learned))
    if "correction" in heard.signs:
        turn.say("talk.corrected")
        if text.keep.startswith(ANSWER):
            return  # it corrects the answer before; this question still stands
    if asked and heard.words <= SHORT * 2 and not story:
        again(turn)  # a question is no answer and no story: the same question stands
        return
    known = turn.state.notes  # "f whatsapp", "1500 dh": the fact says more than "told"
    turn.note(**{note: value for note, value in text.note if note not in known})
    turn.enter(text.to)


def _told_only(heard: Heard) -> Heard:
    """A story in which the classifier hears a question besides: only what is told counts."""
    return replace(heard, labels=(heard.label or "",))


def wants(turn: Turn, heard: Heard, learned: dict[str, str]) -> bool:
    """A situation, a side question, or new facts: each is heard, several in one message too."""
    asides = asides_asked(turn, heard)
    if learned.keys() & FACTS and heard.words <= TERSE + 1 and situation_told(turn, heard) is None:
        asides = []  # "3ndi 17", "ana 3ndi 16 3am": a fact, whatever the classifier makes of it
    if situation := situation_told(turn, heard):
        turn.note(situation=situation)
        turn.enter("welcome.heard")
        turn.say(*(a for a in asides if not a.startswith("talk.")))
        turn.say(*acknowledged(learned))
        return True
    if asides:
        if turn.state.at == START and asides == ["talk.hello_again"]:
            turn.enter(START)
            return True
        protected = _protect(turn, heard)
        _told_minor(turn, learned, heard)
        turn.say(*asides)
        turn.say(*acknowledged(learned))
        if protected:
            turn.enter("welcome.safe")
        elif turn.state.at == DOUBT:  # what it was about is said now
            turn.enter("journey.onward")
        else:
            again(turn)
        return True
    if learned:
        _noted(turn, learned, heard)
        return True
    return False


def _phone(turn: Turn, heard: Heard) -> bool:
    """A phone number where one is asked for is the answer, "only in the morning" beside it too."""
    return turn.node.fills == "phone" and "phone_told" in heard.signs


def _protect(turn: Turn, heard: Heard) -> bool:
    """Protect whoever is threatened, or paid and is asked for more, before its kind is known."""
    open_ = turn.node.hears_situation and not turn.state.notes.keys() & {"situation", "safe"}
    pressed = "paid" in turn.state.notes and "money_demanded" in heard.risks
    if not open_ or not (pressed or "threatened" in heard.signs):
        return False
    turn.note(kept="yes")
    kept = [] if turn.state.notes.get("escalated") == "yes" else ["talk.kept"]
    turn.say(turn.heard.format(situation="general"), "general.now", *kept)
    return True


def _noted(turn: Turn, learned: dict[str, str], heard: Heard) -> None:
    told = acknowledged(learned)
    turn.say(*(told or (["talk.noted"] if learned.get("age_band") != "minor" else [])))
    if "correction" in heard.signs:
        turn.say("talk.corrected")
    if _pressed(turn, learned):
        turn.say("{situation}.now")
        turn.enter("welcome.safe")
    elif turn.state.at == "guide.deadline" and learned.get("deadline_sure") == "yes":
        turn.enter("guide.deadline_done")
    elif not turn.state.notes.keys() & {"situation", "role"} and heard.words > TERSE:
        _told_minor(turn, learned, heard)
        lost(turn, heard)
    else:
        _told_minor(turn, learned, heard)
        again(turn)


def _pressed(turn: Turn, learned: dict[str, str]) -> bool:
    """A demand that makes a threat of what was none, a ransom for a lost phone: protected now."""
    new = learned.keys() & {"demand", "threatened"} and turn.state.notes.get("safe") is None
    asked = turn.node.hears_situation and turn.state.at != "welcome.safe"
    return bool(new and asked and "situation" in turn.state.notes and turn.seen["threat"] == "yes")


def _told_minor(turn: Turn, learned: dict[str, str], heard: Heard) -> None:
    """2511 and Take It Down come in the very turn in which the age is understood."""
    notes = turn.state.notes
    if learned.get("age_band") != "minor" or "minor_told" in notes:
        return
    own = "minor.parent" if notes.get("for") == "other" else "minor.first"
    mine = "own_age" in heard.signs or turn.node.fills == "age"
    author = "stopping.minor" if mine else "stopping.law"
    turn.say({"witness": "witness.report", "author": author}.get(notes.get("role", ""), own))
    turn.note(minor_told="yes")
