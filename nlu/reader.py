# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one way from a message to a reading: dangers first, then language, then meaning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from nlu.belief import believed, doubted, heard_together, is_open, suspect
from nlu.convolution import LONGEST, Convolution, packaged_convolution
from nlu.decision import MOST, Decision, decide, ranked
from nlu.entities import entity_words, find_entities
from nlu.features import Span, grams, split
from nlu.labels import COURTESIES, DANGERS, RISKS, SIGNS, Language, is_situation
from nlu.model import Added, Judgement, Model, open_model
from nlu.normalize import normalize
from nlu.patterns import net
from nlu.quotes import quoted
from nlu.reading import Entities, Reading
from nlu.router import only_address, route
from nlu.semantic import Sense, open_sense
from nlu.skeleton import skeletons
from nlu.windows import ENDS, ends, pieces, spans

ADULT: Final = 18
_PRESSING: Final = frozenset({"deadline", "money_demanded", "sexual_demand"})
_PAYING: Final = frozenset({"ask_pay", "already_paid"})
_SHORT: Final = 3  # words
_CLEARLY: Final = 0.85
_LIKELY: Final = 0.4  # beside a threat that a pattern hears
_HELD_OVER: Final = frozenset({"threat_to_publish", "ex_partner_threat", "deepfake"})


@dataclass(frozen=True, slots=True)
class Reader:
    """A model ready to read; one instance serves any number of threads.

    A *convolution* is asked where the model leaves open that there is a danger. With a *sense*
    a reading takes some thirty milliseconds more.
    """

    model: Model
    sense: Sense | None = None
    convolution: Convolution | None = None

    def read(
        self,
        text: str,
        now: datetime,
        language: Language | None = None,
        ranking: Mapping[str, float] | None = None,
    ) -> Reading:
        """Return what *text* says, heard at *now* in a conversation held in *language*.

        Total: any string is read, never an exception. *now* must know its time zone;
        *language* is None for a first message. *ranking* is what another engine makes of the
        labels, two or more; all the rest is found here.
        """
        normal = normalize(text)
        words = split(normal)
        bones = skeletons(words)
        found = net().hear(words)
        told, told_bones = ends(words), ends(bones)
        parts = spans(told)
        understood = _says_something(words) and not only_address(text)
        added = self.sense.of(text) if self.sense and understood else None
        judged = self.judged(told, told_bones, parts, added)
        way = route(words, judged.tongue, language, text)
        if ranking:
            decision = ranked(ranking, understood=understood)
        else:
            torn = pieces(told, parts)
            decision = decide(
                self.model.labels, judged.chances, parts, understood=understood, pieces=torn
            )
        decision = _told(decision, found)
        unlikely: frozenset[str] = frozenset()
        if understood:
            said = sum(not word.isdigit() for word in words)
            unlikely = doubted(judged)
            found = (found - unlikely) | believed(found, judged, said)
        known = dict(zip(words, bones, strict=True))
        entities = _entities((text, normal, words), known, found, decision, now)
        risks = _risks(found, entities, decision, unlikely)
        danger = bool(DANGERS.intersection(risks))
        return Reading(
            language=way.language,
            variety=way.variety,
            label=decision.label,
            confidence=decision.confidence,
            runner_up=decision.runner_up,
            doubt=not danger and (decision.doubt or _is_answer(decision, entities, words)),
            labels=decision.labels,
            risks=risks,
            entities=entities,
            signal=way.signal,
            signs=found & SIGNS,
        )

    def judged(
        self,
        words: Sequence[str],
        bones: Sequence[str],
        parts: Sequence[Span],
        added: Added | None = None,
    ) -> Judgement:
        """Return what is made of *words* (and their consonants), the whole and *parts* of them."""
        judged = self.model.judge(grams(words, bones), parts, added)
        if self.convolution is None or not is_open(judged, len(words)):
            return judged
        start, end = suspect(judged, parts, LONGEST)
        return heard_together(judged, self.convolution.added(words[start:end], bones[start:end]))


def load(path: Path | None = None, *, semantic: bool = False) -> Reader:
    """Return a reader of the model at *path*, the packaged one by default.

    Raises :class:`nlu.model.Untrained` when there is none; *semantic* asks for the sense beside
    it, and raises :class:`nlu.semantic.Missing` where its extra is not installed. The pattern
    files are compiled here, so that the first message is as fast as the next.
    """
    model = open_model(path)
    reader = Reader(model, open_sense(model.labels) if semantic else None, packaged_convolution())
    reader.read("salam", _WARM)
    return reader


def _says_something(words: Sequence[str]) -> bool:
    """Tell whether *words* hold a word or an emoji, not only figures, marks and a letter."""
    return any(
        word not in ENDS and not word.isdigit() and not (len(word) == 1 and word.isalpha())
        for word in words
    )


def _entities(
    spelled: tuple[str, str, Sequence[str]],
    bones: Mapping[str, str],
    found: frozenset[str],
    decision: Decision,
    now: datetime,
) -> Entities:
    text, normal, words = spelled
    pressed = bool(_PRESSING & found) or bool(_HELD_OVER.intersection(decision.labels))
    entities = find_entities(entity_words(normal, words), now, pressed=pressed, bones=bones)
    if entities.deadline is None:
        return entities
    told = replace(entities.deadline, text=quoted(text, normal, entities.deadline.text))
    return replace(entities, deadline=told)


def _is_answer(decision: Decision, entities: Entities, words: Sequence[str]) -> bool:
    """Tell whether a message only names something: it answers a question, it asks none.

    "17", "1500 dh", "insta" alone; and a "courtesy" that names an hour, a sum or an age.
    """
    named = any(each is not None for each in (entities.deadline, entities.amount, entities.age))
    short = len(words) <= _SHORT and (named or entities.platform is not None)
    return short or (named and decision.label in COURTESIES)


def _told(decision: Decision, found: frozenset[str]) -> Decision:
    """Return *decision*, where a threat told beside a wish is what the message is about."""
    if "spread" in found and decision.label == "already_published" and decision.doubt:
        asked = (label for label in decision.labels if label.startswith("ask_"))
        return replace(decision, doubt=False, labels=(decision.label, *asked))
    if "paid_already" in found and decision.runner_up == "already_paid":
        # Both hold, and both are answered: they do not compete.
        sure = is_situation(decision.label) and decision.confidence >= _LIKELY
        return replace(decision, doubt=decision.doubt and not sure)
    if "threatened" not in found:
        return decision
    if is_situation(decision.label):
        likely = decision.label in _HELD_OVER and decision.confidence >= _LIKELY
        sure = likely and decision.runner_up not in _HELD_OVER
        return replace(decision, doubt=decision.doubt and not sure)
    if decision.runner_up not in _HELD_OVER:
        return decision
    labels = (decision.runner_up, *decision.labels)
    return Decision(decision.runner_up, decision.confidence, decision.label, False, labels[:MOST])


def _risks(
    found: frozenset[str], entities: Entities, decision: Decision, unlikely: frozenset[str]
) -> tuple[str, ...]:
    risks = set(found.intersection(RISKS))
    held = bool(_HELD_OVER.intersection(decision.labels))
    if entities.age is not None:
        # A number says more than a word about age, in both directions.
        risks -= {"minor"}
        risks |= {"minor"} if entities.age < ADULT else set()
    if entities.amount is not None and held:
        risks.add("money_demanded")
    pressed = held or bool(_PRESSING & risks)
    if entities.deadline is not None and pressed and "deadline" not in unlikely:
        risks.add("deadline")
    if decision.label in _PAYING and decision.confidence >= _CLEARLY:
        risks.add("money_demanded")
    return tuple(risk for risk in RISKS if risk in risks)


_WARM: Final = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
