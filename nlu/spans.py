# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lengths of time that lie ahead: "24 h", "two days", «نص ساعة»."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from nlu.clock import DAY, NOON, part_at
from nlu.lexicon import named, words
from nlu.moments import FURTHEST, WEEK, Moment, given, limited
from nlu.numbers import Number
from nlu.row import Row

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_LONGEST: Final = 72  # of a unit; more is a story's length, not an ultimatum
_NEAR: Final = (1, 2)  # words between "he left me" and the time
_MN: Final = ("mn", "min")
_DAYS: Final = {"day": 1, "week": WEEK, "month": 30}


@dataclass(frozen=True, slots=True)
class _Span:
    amount: float
    unit: str
    unit_at: int
    end: int


def span(row: Row, numbers: Mapping[int, Number], place: int, now: datetime) -> Moment | None:
    """Read "24 h", "two days", "a week", «نص ساعة», when the words say it lies ahead."""
    found = _span(row, numbers, place)
    if found is None or _is_hour(row, place, found) or _lies_behind(row.plain, place, found):
        return None
    bound = limited(row, place, found.end)
    if not bound and (found.unit == "month" or (found.unit == "minute" and found.amount <= 1)):
        return None
    sure = found.unit in {"hour", "minute"}
    return Moment(_later(now, found), sure, place, found.end, bound)


def _span(row: Row, numbers: Mapping[int, Number], place: int) -> _Span | None:
    plain = row.plain
    amount, at = _amount(row, numbers, place)
    unit, each, length = _unit(plain, at)
    amount *= each
    if not length or not 0 < amount <= _LONGEST or unit == "year":
        return None
    if plain[at] in _MN and not plain[place].isdecimal():
        return None  # "wa7d mn lmaghrib" is somebody from somewhere, not one minute
    end = at + length
    if at == place:
        end += words("one").at(plain, end)
    half = end + words("and").at(plain, end)
    if words("half").at(plain, half) and (half > end or row.glued(half)):
        return _Span(amount + 0.5, unit, at, half + 1)
    return _Span(amount, unit, at, end)


def _amount(row: Row, numbers: Mapping[int, Number], place: int) -> tuple[float, int]:
    """Return how many units are named at *place*, and where the unit should stand."""
    hours = _glued_hours(row.plain, place)
    if hours:
        return hours, place
    name, length = named("spans").find(row.plain, place)
    if length:
        return (1 if " " in name or _given_one(row, place, length) else 0), place
    if number := numbers.get(place):
        return number.value, number.end + words("of").at(row.plain, number.end)
    return 0, place


def _given_one(row: Row, place: int, length: int) -> bool:
    """Tell whether a bare unit means one: "f sa3a", "dans l'heure"; not "40 messages f nhar"."""
    plain = row.plain
    if words("one").at(plain, place + length):
        return True
    if named("spans").find(plain, place)[0] not in {"hour", "week"}:
        return False
    if given(plain, place) == 1:
        return True
    if any(plain[near][0].isdigit() for near in range(max(0, place - 4), place)):
        return False
    skipped = 1 if words("article").at(plain, place - 1) else 0
    near = place - skipped
    return _ahead(plain, near, reach=1) or words("later").before(plain, near, 2) == 1


def _unit(plain: tuple[str, ...], place: int) -> tuple[str, float, int]:
    """Return the unit at *place*, how many of it a dual means, and its length."""
    if _glued_hours(plain, place):
        return "hour", 1, 1
    name, length = named("spans").find(plain, place)
    times, _, unit = name.rpartition(" ")
    return unit, float(times or 1), length


def _glued_hours(plain: tuple[str, ...], place: int) -> int:
    """Return the hours of "24h", written as one word, or 0."""
    if place >= len(plain) or not plain[place][0].isdigit():
        return 0
    hours, mark, rest = plain[place].partition("h")
    return int(hours) if mark and not rest and hours.isdecimal() and len(hours) <= 2 else 0  # noqa: PLR2004


def _is_hour(row: Row, place: int, found: _Span) -> bool:
    """Tell whether "8 h" is a time of day here and no length: "avant 8 h", "8 h du matin"."""
    plain = row.plain
    glued = _glued_hours(plain, found.unit_at) > 0
    if found.unit != "hour" or found.amount % 1 or found.amount >= DAY:
        return False
    if not glued and not plain[found.unit_at].startswith("heure"):
        return False
    if part_at(row, found.end)[0] or words("sharp").before(plain, place, 2) == 1:
        return True
    if not glued:
        return False
    if words("at").before(plain, place, 1) and not words("ahead").before(plain, place, 3):
        return found.amount != NOON  # "f 12h" is a length
    return not (_ahead(plain, place) or limited(row, place, found.end))


def _lies_behind(plain: tuple[str, ...], place: int, found: _Span) -> bool:
    """Tell whether the time is over or only lasted: "depuis 24 h", «قبل يومين»."""
    if words("lasted").at(plain, found.end):
        return True
    if words("lasting").before(plain, place, 2) and not _ahead(plain, place, reach=1):
        return True
    short = found.unit in {"hour", "minute"} and found.amount > 2  # noqa: PLR2004
    return not short and words("ago").before(plain, place, 1) > 0


def _ahead(plain: tuple[str, ...], place: int, reach: int = max(_NEAR)) -> bool:
    """Tell whether time is said to be given, left or to come, right before *place*."""
    small = (words(name).before(plain, place, 3) for name in ("ahead", "perhaps"))
    return 1 in small or 0 < given(plain, place) <= reach


def _later(now: datetime, found: _Span) -> datetime:
    if found.unit == "minute":
        return now + found.amount * _HOUR / 60
    if found.unit == "hour":
        return now + found.amount * _HOUR
    days = min(_DAYS[found.unit] * found.amount, FURTHEST - 1)
    return now + days * _DAY
