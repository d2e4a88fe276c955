# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ultimatums: the earliest hour the words allow, counted from now in Africa/Casablanca."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nlu import moments, spans
from nlu.lexicon import named, words
from nlu.moments import Moment
from nlu.numbers import Number
from nlu.reading import Deadline
from nlu.row import DAY, EVENT, MIDNIGHT, NUMBER, ORDINAL, PART, PRAYER, SPAN, WEEKDAY, Row

_HOUR: Final = timedelta(hours=1)
_SHORT: Final = 2  # words besides the moment: an answer to "until when?"
_NEAR: Final = 8  # words around a moment that may say what it is
_CLOSE: Final = 3  # "today" stands in every story: only a threat beside it counts
_FIRST_PERSON: Final = "nن"
_NOW: Final = ("today", "this_morning")

_Reader = Callable[[Row, Mapping[int, Number], int, datetime], Moment | None]
_READERS: Final[tuple[tuple[int, _Reader], ...]] = (
    (DAY, moments.named_day),
    (MIDNIGHT, moments.midnight),
    (WEEKDAY, moments.weekday),
    (NUMBER, moments.date),
    (NUMBER | SPAN, spans.span),
    (NUMBER | ORDINAL | PRAYER, moments.clock),
    (PART, moments.part),
    (EVENT, moments.event),
)
_ANY: Final = DAY | MIDNIGHT | WEEKDAY | NUMBER | SPAN | ORDINAL | PRAYER | EVENT | PART


def find_deadline(
    row: Row, numbers: Mapping[int, Number], now: datetime, *, pressed: bool
) -> Deadline | None:
    """Return the ultimatum in *row*, or None.

    A bare "tomorrow" is one only in a short answer, beside a threat, or when *pressed*: the
    message says elsewhere that somebody demands or threatens something.
    """
    if not row.any & _ANY:
        return None
    here = now.astimezone(casablanca())
    found = [
        moment
        for moment in _moments(row, numbers, here)
        if moment.bound or _presses(row, moment, pressed=pressed)
    ]
    if not found:
        return None
    best = min(found, key=lambda each: (not each.bound, each.start, -each.end))
    text = " ".join(word for word in row.words[best.start : best.end] if word not in ".,")
    if best.when is None:
        return Deadline(text)
    seconds = max(0, round((best.when - here).total_seconds()))
    return Deadline(text, seconds // 3600, best.sure, seconds)


@cache
def casablanca() -> tzinfo:
    """Return the zone of Morocco; without a zone database, its time of most of the year."""
    try:
        return ZoneInfo("Africa/Casablanca")
    except ZoneInfoNotFoundError:
        return timezone(_HOUR)


def _moments(row: Row, numbers: Mapping[int, Number], now: datetime) -> Iterator[Moment]:
    read = 0
    for place, kind in enumerate(row.kinds):
        if kind & _ANY and place >= read:
            for kinds, reader in _READERS:
                if kind & kinds and (moment := reader(row, numbers, place, now)):
                    read = moment.end
                    if not _over(row, moment):
                        yield moment
                    break


def _over(row: Row, moment: Moment) -> bool:
    if words("limits_after").at(row.plain, moment.end):
        return False  # "demain dernier délai"
    return bool(
        words("past").at(row.plain, moment.end)
        or (
            not moment.bound and words("each").before(row.plain, _dated(row, moment.start), 2) == 1
        )
    )


def _threatens(row: Row, first: int, last: int) -> bool:
    """Tell whether somebody is about to do something to the person, between two places."""
    threats, auxiliary = words("threats"), words("auxiliary")
    return any(
        (threats.at(row.plain, place) or _begins(row.words[place], "threat_starts"))
        and not auxiliary.at(row.plain, place - 1)
        for place in range(first, last)
    )


def _plans(row: Row, first: int, last: int) -> bool:
    """Tell whether it is the person who is about to do something, other than to obey."""
    threats, future = words("threats"), words("future")
    return any(
        (
            _begins(word, "plan_starts")
            or (word[0] in _FIRST_PERSON and future.at(row.plain, place - 1) > 0)
        )
        and not threats.at(row.plain, place)
        and not _begins(word, "threat_starts")
        for place, word in enumerate(row.words[first:last], first)
    )


def _begins(word: str, name: str) -> bool:
    """Tell whether *word* begins as one of the lookup *name*: most have no such two letters."""
    twos, starts = _starts(name)
    return word[:2] in twos and word.startswith(starts)


@cache
def _starts(name: str) -> tuple[frozenset[str], tuple[str, ...]]:
    starts = tuple(words(name).firsts)
    return frozenset(start[:2] for start in starts), starts


def _dated(row: Row, place: int) -> int:
    """Return where the day at *place* begins with its "le" or «نهار»."""
    return place - (words("dated").at(row.plain, place - 1) > 0)


def _presses(row: Row, moment: Moment, *, pressed: bool) -> bool:
    """Tell whether the words around a bare moment make it an ultimatum."""
    first, last = row.sentence(moment.start, moment.end)
    first, last = max(first, moment.start - _NEAR), min(last, moment.end + _NEAR)
    if _threatens(row, moment.end, min(last, moment.end + _CLOSE)):
        return True
    if words("later").before(row.plain, moment.start, 2) == 1:
        return _threatens(row, max(first, moment.start - _CLOSE), moment.start)
    if words("appointments").within(row.plain, first, last) or _plans(row, first, last):
        return False
    name, length = named("days").find(row.plain, moment.start)
    near = _CLOSE if name in _NOW and moment.end == moment.start + length else _NEAR
    if _threatens(row, max(first, moment.start - near), min(last, moment.end + near)):
        return True
    if near == _CLOSE or words("happened").within(row.plain, first, last):
        return False
    said = sum(word not in ".," for word in row.words)
    return pressed or said - (moment.end - moment.start) <= _SHORT
