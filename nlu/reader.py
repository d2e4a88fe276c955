# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one way from a message to a reading: dangers first, then language, then meaning."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from nlu.decision import Decision, decide
from nlu.entities import PLATFORMS, entity_words, find_entities
from nlu.features import Block, Span, blocks, split
from nlu.labels import COURTESIES, DANGERS, RISKS, SIGNS, Language
from nlu.model import Model, open_model
from nlu.net import Heard
from nlu.normalize import normalize
from nlu.patterns import net
from nlu.quotes import quoted
from nlu.reading import Deadline, Entities, Reading
from nlu.router import route
from nlu.skeleton import skeletons
from nlu.windows import ENDS, ends, spans

ADULT: Final = 18
_PRESSING: Final = frozenset({"deadline", "money_demanded", "sexual_demand"})
_PAYING: Final = frozenset({"ask_pay", "already_paid"})
_CLEARLY: Final = 0.85
_HELD_OVER: Final = frozenset({"threat_to_publish", "ex_partner_threat", "deepfake"})


@dataclass(frozen=True, slots=True)
class Reader:
    """A model ready to read; one instance serves any number of threads."""

    model: Model

    def read(self, text: str, now: datetime, language: Language | None = None) -> Reading:
        """Return what *text* says, heard at *now* in a conversation held in *language*.

        Total: any string is read, never an exception. *now* must know its time zone;
        *language* is None for a first message.
        """
        normal = normalize(text)
        words = split(normal)
        heard = net().hear(words, skeletons(words))
        found = heard.names
        counted, parts = _features(words, heard)
        chances, tongue = self.model.judge(counted, parts)
        way = route(normal, tongue, language, text)
        decision = decide(self.model.labels, chances, parts, understood=_says_something(words))
        entities = _entities(text, normal, found, decision, now)
        risks = _risks(found, entities, decision)
        danger = bool(DANGERS.intersection(risks))
        return Reading(
            language=way.language,
            variety=way.variety,
            label=decision.label,
            confidence=decision.confidence,
            runner_up=decision.runner_up,
            doubt=not danger and (decision.doubt or _is_answer(decision, entities)),
            labels=decision.labels,
            risks=risks,
            entities=entities,
            signal=way.signal,
            signs=found & SIGNS,
        )


def load(path: Path | None = None) -> Reader:
    """Return a reader of the model at *path*, the packaged one by default.

    Raises :class:`nlu.model.Untrained` when there is none. The pattern files are compiled
    here, so that the first message is as fast as the next.
    """
    reader = Reader(open_model(path))
    reader.read("salam", _WARM)
    return reader


def _says_something(words: Sequence[str]) -> bool:
    """Tell whether *words* hold a word or an emoji, not only figures and marks."""
    return any(word not in ENDS and not word.isdigit() for word in words)


def _features(words: Sequence[str], heard: Heard) -> tuple[tuple[Block, ...], list[Span]]:
    """Return what the classifier weighs of *words*, and the spans it is asked about."""
    told = ends(words)
    bones = skeletons(told)
    meanings = heard.concepts if told is words else net().hear(told, bones).concepts
    return blocks(told, bones, meanings), spans(told)


def _entities(
    text: str, normal: str, found: frozenset[str], decision: Decision, now: datetime
) -> Entities:
    pressed = bool(_PRESSING & found) or bool(_HELD_OVER.intersection(decision.labels))
    platforms = found.intersection(PLATFORMS)
    entities = find_entities(entity_words(normal), now, platforms, pressed=pressed)
    if entities.deadline is None:
        return entities
    return _with_quote(entities, entities.deadline, text)


def _with_quote(entities: Entities, deadline: Deadline, text: str) -> Entities:
    words = quoted(text, deadline.text)
    told = replace(deadline, text=words)
    return Entities(entities.platform, entities.amount, told, entities.age, entities.number)


def _is_answer(decision: Decision, entities: Entities) -> bool:
    """Tell whether a "courtesy" names an hour, a sum or an age: it answers something instead."""
    named = (entities.deadline, entities.amount, entities.age)
    return decision.label in COURTESIES and any(each is not None for each in named)


def _risks(found: frozenset[str], entities: Entities, decision: Decision) -> tuple[str, ...]:
    risks = set(found.intersection(RISKS))
    held = bool(_HELD_OVER.intersection(decision.labels))
    if entities.age is not None:
        # A number says more than a word about age, in both directions.
        risks -= {"minor"}
        risks |= {"minor"} if entities.age < ADULT else set()
    if entities.amount is not None and held:
        risks.add("money_demanded")
    if entities.deadline is not None and (held or _PRESSING & risks):
        risks.add("deadline")
    if decision.label in _PAYING and decision.confidence >= _CLEARLY:
        risks.add("money_demanded")
    return tuple(risk for risk in RISKS if risk in risks)


_WARM: Final = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
