# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a message teaches: closed-vocabulary notes, so that nothing is asked twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.model import Heard, World

ADULT = 18  # the age of majority, article 209 of the family code; under it 2511 and no media
PRESSED = frozenset(("deadline", "money_demanded", "sexual_demand"))
NO_HOUR = frozenset(("remind_me", "phone_told"))  # an hour to be called at is no ultimatum
DEMANDED = frozenset(("money_demanded", "sexual_demand"))
TOLD = frozenset(("situation", "told"))  # "tomorrow" of a stranger's question is no ultimatum
SUM = 3  # words: "1500 dh" is an answer, not the news that it was paid
QUESTION = 8  # words: a number to call, "shall I send it to you?": nobody demands anything there
NO_DEMAND = frozenset(("phone_told", "ask_images"))
HOURS = ("morning", "evening")
DANGERS = ("self_harm", "physical_danger")
FOR_OTHERS = frozenset(("for_other", "professional", "parent_asks"))
# Signs that are remembered under their own name.
NOTED = ("not_alone", "lives_with", "threatened", "exposure", "me_abroad", "offender_police")


def learn(heard: Heard, notes: Mapping[str, str], world: World) -> dict[str, str]:
    """The notes that this message adds or corrects."""
    new = dict(_notes(heard, notes, world))
    return {note: value for note, value in new.items() if notes.get(note) != value}


def danger(heard: Heard) -> str | None:
    """``self_harm`` or ``physical``, if the message tells of either; self-harm first."""
    if "self_harm" in heard.risks:
        return "self_harm"
    return "physical" if "physical_danger" in heard.risks else None


def _notes(heard: Heard, notes: Mapping[str, str], world: World) -> Iterator[tuple[str, str]]:
    yield from _who(heard, notes)
    yield from _demand(heard, notes)
    if heard.platform:
        yield "platform", heard.platform
    if heard.amount:
        yield "amount", heard.amount
    pressed = heard.risks & PRESSED or "threatened" in heard.signs or notes.keys() & TOLD
    idle = bool(heard.signs & NO_HOUR) or _beside_the_point(heard, notes)
    if heard.deadline_hours is not None and pressed and not idle:
        yield "deadline_at", str(round(world.now + heard.deadline_hours * 3600))
        yield "deadline_sure", "no" if heard.half_day_open else "yes"
    yield from _done(heard)
    if "sexual_demand" in heard.risks:
        yield "exposure", "yes"
    if "phone_told" in heard.signs:  # "0612345678, only in the morning"
        yield from (("call_hours", part) for part in HOURS if part in heard.signs)
    for sign in NOTED:
        if sign in heard.signs:
            yield sign, "yes"


def _beside_the_point(heard: Heard, notes: Mapping[str, str]) -> bool:
    """Nothing is threatened and nothing was told: "tomorrow" is a question about the weather."""
    threatened = "threatened" in heard.signs or bool(heard.risks & DEMANDED)
    return heard.label == "out_of_scope" and not threatened and "situation" not in notes


def _done(heard: Heard) -> Iterator[tuple[str, str]]:
    """What has happened already: it was published, money was paid."""
    asked = any(sign.startswith("ask_") for sign in heard.signs)
    shown = heard.label == "already_published" or "threatened" not in heard.signs
    told = "already_published" in heard.labels and heard.words > 1  # "yesterday" tells nothing
    if told and shown and not heard.doubt and not asked:
        yield "published", "yes"
    only_sum = heard.amount is not None and heard.words <= SUM
    told_paid = heard.label == "already_paid" and not heard.doubt and not only_sum
    if told_paid or ("paid_already" in heard.signs and not asked):
        yield "paid", "yes"
    if "spread" in heard.signs and not asked:
        yield "published", "yes"


def _who(heard: Heard, notes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    others = (
        heard.signs & FOR_OTHERS if heard.words > 1 else heard.signs & FOR_OTHERS - {"for_other"}
    )
    if "for_someone_else" in heard.risks or others:
        yield "for", "other"
    elif "for_me" in heard.signs:
        yield "for", "me"
    if "safe" in heard.signs and not notes.get("danger"):
        yield "safe", "yes"
    if _minor(heard):
        yield "age_band", "minor"
    elif (heard.age is not None and heard.age >= ADULT) or "adult" in heard.signs:
        yield "age_band", "adult"


def _minor(heard: Heard) -> bool:
    said = heard.age is not None and heard.age < ADULT
    return said or "minor" in heard.risks or "minor_said" in heard.signs


def _demand(heard: Heard, notes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if heard.signs & NO_DEMAND and heard.words <= QUESTION:
        return
    before = notes.get("demand")
    money = "money_demanded" in heard.risks or before in {"money", "both"}
    sexual = "sexual_demand" in heard.risks or before in {"sexual", "both"}
    if money or sexual:
        yield "demand", "both" if money and sexual else "money" if money else "sexual"
