# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ultimatums: the earliest hour the words allow, counted from now in Africa/Casablanca."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nlu.lexicon import number_at, valued, words
from nlu.reading import Deadline

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_NOON: Final = 12
_EVENING: Final = 18
_MORNING: Final = 6
_SHORT: Final = 6  # words: an answer to "until when?"
_LONGEST: Final = 60  # days or hours; more is a story's length, not an ultimatum


@dataclass(frozen=True, slots=True)
class _When:
    moment: datetime
    sure: bool
    start: int
    end: int
    bound: bool  # the words themselves set a limit


def find_deadline(row: Sequence[str], now: datetime, *, pressed: bool) -> Deadline | None:
    """Return the earliest ultimatum in *row*, or None.

    A bare "tomorrow" is one only in a short answer or when *pressed*: the message says
    elsewhere that somebody demands or threatens something.
    """
    here = now.astimezone(casablanca())
    loose = pressed or len(row) <= _SHORT
    found = [
        when
        for place in range(len(row))
        if (when := _at(row, place, here)) is not None and (when.bound or loose)
    ]
    if not found:
        return None
    when = min(found, key=lambda each: (each.start, -each.end))
    seconds = max(0, round((when.moment - here).total_seconds()))
    said = " ".join(row[when.start : when.end])
    return Deadline(said, seconds // 3600, when.sure, seconds)


@cache
def casablanca() -> tzinfo:
    """Return the zone of Morocco; without a zone database, its time of most of the year."""
    try:
        return ZoneInfo("Africa/Casablanca")
    except ZoneInfoNotFoundError:
        return timezone(_HOUR)


def _at(row: Sequence[str], place: int, now: datetime) -> _When | None:
    for reader in (_days_ahead, _tonight, _midnight, _weekday, _span, _today, _clock):
        when = reader(row, place, now)
        if when is not None:
            return None if words("past").at(row, when.end) else when
    return None


def _days_ahead(row: Sequence[str], place: int, now: datetime) -> _When | None:
    for name, days in (("after_tomorrow", 2), ("tomorrow", 1)):
        if length := words(name).at(row, place):
            return _on_day(row, place, place + length, _day(now) + days * _DAY)
    return None


def _on_day(row: Sequence[str], start: int, end: int, day: datetime) -> _When:
    """Return the moment of *day* that the words after *end* name, else its first."""
    bound = _limited(row, start)
    hour, length, sure = _hour_after(row, end)
    if hour is not None:
        return _When(day + hour * _HOUR, sure, start, end + length, bound)
    for name, first in (
        ("morning", _MORNING),
        ("noon", _NOON),
        ("afternoon", _NOON),
        ("evening", _EVENING),
    ):
        if length := words(name).at(row, end):
            return _When(day + first * _HOUR, name == "noon", start, end + length, bound)
    return _When(day, False, start, end, bound)


def _hour_after(row: Sequence[str], place: int) -> tuple[float | None, int, bool]:
    """Return the hour named from *place* on, how many words name it, and whether it is sure."""
    skipped = words("at").at(row, place)
    hour, length = _hour(row, place + skipped)
    if hour is None or not (skipped or _says_hour(row, place, length)):
        return None, 0, False
    end = place + skipped + length
    if half := words("morning").at(row, end):
        return hour, skipped + length + half, True
    for name in ("afternoon", "evening"):
        if half := words(name).at(row, end):
            return hour + (_NOON if hour < _NOON else 0), skipped + length + half, True
    return hour, skipped + length, hour > _NOON


def _hour(row: Sequence[str], place: int) -> tuple[float | None, int]:
    if place >= len(row):
        return None, 0
    hours, mark, minutes = row[place].partition("h")
    if mark and hours.isdigit() and (not minutes or minutes.isdigit()):
        if int(hours[:3]) <= 24 and len(minutes) <= 2:  # noqa: PLR2004
            return int(hours) + int(minutes or 0) / 60, 1
        return None, 0
    value, length = number_at(row, place)
    if not length or not 0 < value <= 24:  # noqa: PLR2004
        return None, 0
    after = place + length
    return float(value), length + (1 if after < len(row) and row[after] in words("hours") else 0)


def _says_hour(row: Sequence[str], place: int, length: int) -> bool:
    return "h" in row[place] or row[place + length - 1] in words("hours")


def _tonight(row: Sequence[str], place: int, now: datetime) -> _When | None:
    length = words("tonight").at(row, place)
    if not length:
        return None
    hour, more, _ = _hour_after(row, place + length)
    if hour is not None:
        hour += _NOON if hour < _NOON else 0
        return _When(_day(now) + hour * _HOUR, True, place, place + length + more, True)
    evening = max(now, _day(now) + _EVENING * _HOUR)
    return _When(evening, False, place, place + length, True)


def _midnight(row: Sequence[str], place: int, now: datetime) -> _When | None:
    length = words("midnight").at(row, place)
    return _When(_day(now) + _DAY, True, place, place + length, True) if length else None


def _weekday(row: Sequence[str], place: int, now: datetime) -> _When | None:
    if not _limited(row, place):
        return None
    for number, names in valued("weekdays").items():
        if length := names.at(row, place):
            ahead = (number - now.weekday()) % 7 or 7
            return _on_day(row, place, place + length, _day(now) + ahead * _DAY)
    return None


def _span(row: Sequence[str], place: int, now: datetime) -> _When | None:
    """Return the end of "24 h", "two days", "a week", when the words say it lies ahead."""
    if words("duration_before").before(row, place, 2) and not words("in").before(row, place, 1):
        return None
    hours, days, length = _length(row, place)
    if not length:
        return None
    bound = words("in").before(row, place, 2)
    end = place + length
    if hours:
        return _When(now + hours * _HOUR, True, place, end, bound)
    # "Two days" may mean from now, or from the first minute of that day.
    return _When(_day(now) + days * _DAY, False, place, end, bound)


def _length(row: Sequence[str], place: int) -> tuple[float, int, int]:
    """Return hours, days and the number of words of the span at *place* (0 words: none)."""
    for name, hours, days in (("two_hours", 2.0, 0), ("two_days", 0.0, 2)):
        if length := words(name).at(row, place):
            return hours, days, length
    amount, mark, rest = row[place].partition("h")
    if mark and not rest and amount.isdigit() and len(amount) <= 2 and int(amount) >= _NOON * 2:  # noqa: PLR2004
        return int(amount), 0, 1
    value, length = number_at(row, place)
    if not length and place and row[place - 1] in words("in"):
        value, length = 1, 0  # "f sa3a", "dans la semaine"
    unit = place + length
    if not 0 < value <= _LONGEST + 12 or unit >= len(row):
        return 0, 0, 0
    if row[unit] == "mn" and not row[place].isdigit():
        return 0, 0, 0  # "wa7ed mn lmaghrib" is somebody from somewhere, not one minute
    for name, each, more_days in _UNITS:
        if more := words(name).at(row, unit):
            return value * each, value * more_days, length + more
    return 0, 0, 0


_UNITS: Final = (
    ("minutes", 1 / 60, 0),
    ("hours", 1.0, 0),
    ("days", 0.0, 1),
    ("weeks", 0.0, 7),
)


def _today(row: Sequence[str], place: int, now: datetime) -> _When | None:
    length = words("today").at(row, place)
    if not length or not _limited(row, place):
        return None
    hour, more, sure = _hour_after(row, place + length)
    if hour is None:
        return _When(now, False, place, place + length, True)
    return _When(_next(hour, sure, now), sure, place, place + length + more, True)


def _clock(row: Sequence[str], place: int, now: datetime) -> _When | None:
    """Return the next time of an hour that a limit stands before: "avant 20h", "7ta l 8"."""
    if not _strictly_limited(row, place):
        return None
    hour, length, sure = _hour_after(row, place)
    skipped = words("at").at(row, place)
    if hour is None or words("years").at(row, place + length) or not length - skipped:
        return None
    return _When(_next(hour, sure, now), sure, place + skipped, place + length, True)


def _next(hour: float, sure: bool, now: datetime) -> datetime:  # noqa: FBT001
    hours = [hour] if sure or hour >= _NOON else [hour, hour + _NOON]
    moments = [_day(now) + day * _DAY + each * _HOUR for day in (0, 1) for each in hours]
    return min(moment for moment in moments if moment > now)


def _limited(row: Sequence[str], place: int) -> bool:
    return words("limits").before(row, place, 2)


_STRICT: Final = frozenset(
    ["avant", "ici", "jusqu", "7ta", "hta", "حتي", "قبل", "9bel", "qbel", "9bl", "7etta", "delai"]
)


def _strictly_limited(row: Sequence[str], place: int) -> bool:
    return bool(_STRICT.intersection(row[max(0, place - 2) : place]))


def _day(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
