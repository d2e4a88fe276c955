# SPDX-License-Identifier: AGPL-3.0-or-later
"""Moments that lie ahead, one way of naming them after the other."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from nlu.clock import EVENING, LATE, NOON, Hour, first_hour, hour_at, part_at
from nlu.lexicon import named, words
from nlu.numbers import Number
from nlu.row import Row

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
FURTHEST: Final = 40  # days
WEEK: Final = 7
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment and the words that name it; *bound* when they set a limit by themselves.

    *when* is None for a day that no calendar computes ("before the feast").
    """

    when: datetime | None
    sure: bool
    start: int
    end: int
    bound: bool


def named_day(row: Row, numbers: Mapping[int, Number], place: int, now: datetime) -> Moment | None:
    """Read "tomorrow at 8", "tonight", "the end of the month"."""
    name, length = named("days").find(row.plain, place)
    end, today = place + length, first_minute(now)
    match name:
        case "tomorrow" | "after_tomorrow":
            return _on(row, numbers, (place, end), today + (1 if name == "tomorrow" else 2) * _DAY)
        case "today" | "tonight" | "this_afternoon" | "this_morning":
            return _today(row, numbers, (place, end), now, name)
        case "this_week" | "weekend":
            ahead = (_SATURDAY - now.weekday()) % WEEK or (1 if name == "weekend" else 0)
            when = max(now, today + ahead * _DAY)
        case "next_week":
            when = today + (WEEK - now.weekday()) * _DAY
        case "this_month":
            last = monthrange(now.year, now.month)[1]
            when = max(now, today.replace(day=last))
        case _:
            return None
    return Moment(when, False, place, end, limited(row, place, end))


def _today(
    row: Row, numbers: Mapping[int, Number], span: tuple[int, int], now: datetime, name: str
) -> Moment:
    place, end = span
    hour = _hour_after(row, numbers, end)
    bound = limited(row, place, end if hour is None else hour.end)
    if hour is not None:
        told = hour.hour + (
            NOON if name not in {"today", "this_morning"} and hour.hour < NOON else 0
        )
        sure = hour.sure or name != "today"
        bound = bound or words("limits").within(row.plain, end, hour.end)
        return Moment(_next(told, sure, now), sure, place, hour.end, bound)
    first = {"this_afternoon": NOON, "this_morning": 0}.get(name, EVENING)
    part, length = part_at(row, end)
    if part:
        first, end = first_hour(part), end + length
    return Moment(max(now, first_minute(now) + first * _HOUR), False, place, end, bound)


def midnight(row: Row, _: Mapping[int, Number], place: int, now: datetime) -> Moment | None:
    """Read "midnight", the next one."""
    length = words("midnight").at(row.plain, place)
    if not length:
        return None
    bound = limited(row, place, place + length)
    return Moment(first_minute(now) + _DAY, True, place, place + length, bound)


def weekday(row: Row, numbers: Mapping[int, Number], place: int, now: datetime) -> Moment | None:
    """Read "friday", "vendredi midi", «الجمعة العشية»: the next one."""
    name, length = named("weekdays").find(row.plain, place)
    if not length:
        return None
    ahead = (int(name) - now.weekday()) % WEEK or WEEK
    return _on(row, numbers, (place, place + length), first_minute(now) + ahead * _DAY)


def _on(row: Row, numbers: Mapping[int, Number], span: tuple[int, int], day: datetime) -> Moment:
    """Return the moment of *day* that the words after it name, else its first."""
    start, end = span
    hour = _hour_after(row, numbers, end)
    if hour is not None:
        bound = limited(row, start, hour.end)
        return Moment(day + hour.hour * _HOUR, hour.sure, start, hour.end, bound)
    near = end + words("at").at(row.plain, end)
    part, length = part_at(row, near)
    if not part:
        near = end
        part, length = part_at(row, near)
    if part:
        end = near + length
        hour = hour_at(row, numbers, end)
        if hour is not None and hour.marked:  # "demain soir 20h"
            told = hour.hour + (NOON if part in LATE and hour.hour < NOON else 0)
            return Moment(day + told * _HOUR, True, start, hour.end, limited(row, start, hour.end))
        return Moment(day + first_hour(part) * _HOUR, False, start, end, limited(row, start, end))
    return Moment(day, False, start, end, limited(row, start, end))


def _hour_after(row: Row, numbers: Mapping[int, Number], end: int) -> Hour | None:
    """Return the hour right after a day; a bare number is one only behind "at"."""
    hour = hour_at(row, numbers, end)
    if hour is None:
        return None
    small = words("at").at(row.plain, end)
    return hour if small or hour.marked else None


def date(row: Row, numbers: Mapping[int, Number], place: int, now: datetime) -> Moment | None:
    """Read "avant le 30", "27 novembre", "28/11"."""
    found = _slashed(row, place) or _named_month(row, numbers, place)
    found = found or _bare_day(row, numbers, place, now)
    if found is None:
        return None
    day, month, end = found
    year = now.year + (month < now.month)
    if not 1 <= month <= NOON or not 1 <= day <= monthrange(year, month)[1]:
        return None
    when = first_minute(now).replace(year=year, month=month, day=day)
    if not timedelta(0) < when - now <= FURTHEST * _DAY:
        return None
    return _on(row, numbers, (place, end), when)


def _slashed(row: Row, place: int) -> tuple[int, int, int] | None:
    day, slash, rest = row.plain[place].partition("/")
    return (int(day), int(rest.partition("/")[0]), place + 1) if slash else None


def _named_month(
    row: Row, numbers: Mapping[int, Number], place: int
) -> tuple[int, int, int] | None:
    number = numbers.get(place)
    name, length = named("months").find(row.plain, number.end) if number else ("", 0)
    return (int(number.value), int(name), number.end + length) if number and length else None


def _bare_day(
    row: Row, numbers: Mapping[int, Number], place: int, now: datetime
) -> tuple[int, int, int] | None:
    """Return the day of "avant le 30": in this month or the next."""
    number = numbers.get(place)
    if number is None or not words("dated").at(row.plain, place - 1):
        return None
    counted = number.end < len(row.plain) and row.kinds[number.end]
    hour = hour_at(row, numbers, place)
    if counted or (hour and hour.marked) or not words("limits").before(row.plain, place, 3):
        return None
    later = number.value <= now.day
    return int(number.value), now.month % NOON + 1 if later else now.month, number.end


def clock(row: Row, numbers: Mapping[int, Number], place: int, now: datetime) -> Moment | None:
    """Read the next time of an hour: "avant 20h", "7ta l 8", «مع 9 د الليل»."""
    hour = None if words("at").at(row.plain, place) else hour_at(row, numbers, place)
    if hour is None:
        return None
    prayer = named("prayers").at(row.plain, place) > 0
    strict = (
        _just_limited(row, place) if prayer else words("limits").before(row.plain, place, 3) > 0
    )
    told = (not prayer and words("at").before(row.plain, place, 2) == 1) or words("clock").at(
        row.plain, place - 1
    )
    after = row.kinds[hour.end] if hour.end < len(row.kinds) else 0
    late = limited(row, place, hour.end)
    if not (strict or (hour.marked and (told or late)) or (told and late)):
        return None
    unsaid = hour.hour <= 2 and not row.plain[place].isdecimal()  # noqa: PLR2004
    if not hour.marked and (after or unsaid or _counted(row, hour.end)):
        return None  # "7ta wa7ed": nobody
    when = _next(hour.hour, hour.sure or prayer, now)
    start = place - (words("clock").at(row.plain, place - 1) > 0)
    return Moment(when, hour.sure, start, hour.end, strict or late)


def _counted(row: Row, place: int) -> bool:
    return any(named(name).at(row.plain, place) for name in ("currencies", "spans", "months"))


def part(row: Row, _: Mapping[int, Number], place: int, now: datetime) -> Moment | None:
    """Read «مساء الغد», and a part of the day behind a limit: "7ta l3chiya", «قبل المساء»."""
    name, length = part_at(row, place)
    if not length:
        return None
    after = place + length + words("dated").at(row.plain, place + length)
    day = named_day(row, {}, after, now) or weekday(row, {}, after, now)
    if day is not None and day.when is not None:
        when = first_minute(day.when) + first_hour(name) * _HOUR
        if when < now:
            return None  # «صباح اليوم» is over
        return Moment(when, False, place, day.end, limited(row, place, day.end))
    if not _just_limited(row, place) or row.words[place][0] in "fف":
        return None  # "7ta f lil": even at night
    return Moment(_next(first_hour(name), True, now), False, place, place + length, True)


def event(row: Row, _: Mapping[int, Number], place: int, __: datetime) -> Moment | None:
    """Read "before the feast": a limit without an hour."""
    length = words("events").at(row.plain, place)
    if not length:
        return None
    glued = row.words[place] != row.plain[place] and words("limits").before(row.plain, place, 1)
    if not glued and words("before_event").before(row.plain, place, 4) not in {1, 2}:
        return None
    return Moment(None, False, place, place + length, False)


def limited(row: Row, start: int, end: int) -> bool:
    """Tell whether a limit stands before *start*, at it, or right after *end*."""
    plain = row.plain
    after = end + (end < len(plain) and plain[end] == ",")
    return bool(
        words("limits").at(plain, start)
        or words("limits").before(plain, start, 3)
        or given(plain, start) in {1, 2}
        or words("ahead").before(plain, start, 3) == 1
        or words("limits_after").at(plain, after)
    )


def _just_limited(row: Row, place: int) -> bool:
    """Tell whether a limit ends right before *place*: «المغرب» is a country otherwise."""
    return words("limits").before(row.plain, place, 3) in {1, 2}


def _next(hour: float, sure: bool, now: datetime) -> datetime:  # noqa: FBT001
    hours = [hour] if sure or hour >= NOON else [hour, hour + NOON]
    moments = [first_minute(now) + day * _DAY + each * _HOUR for day in (0, 1) for each in hours]
    return min(moment for moment in moments if moment > now)


def first_minute(now: datetime) -> datetime:
    """Return the midnight that *now*'s day began with."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def given(plain: tuple[str, ...], place: int) -> int:
    """Return how far before *place* time is said to be given or left; 0 means it is not."""
    while place and words("filler").at(plain, place - 1):
        place -= 1
    return words("given").before(plain, place, 3)
