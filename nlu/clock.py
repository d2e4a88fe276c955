# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hours of a day as people say them: "17h30", «الساعة التاسعة», "8 w nos d lil"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nlu.lexicon import named, words
from nlu.numbers import Number
from nlu.row import Row

NOON: Final = 12
DAY: Final = 24
EVENING: Final = 18
SMALL: Final = 5  # "3 d lil" is after midnight

_FIRST: Final = {"morning": 6, "noon": NOON, "afternoon": NOON, "evening": EVENING}
LATE: Final = ("afternoon", "evening")
_MINUTES: Final = 60


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour and the word after it; *marked* when the words can only mean an hour."""

    hour: float
    end: int
    sure: bool
    marked: bool


def part_at(row: Row, place: int) -> tuple[str, int]:
    """Return the part of the day named at *place*, and how many words name it."""
    return named("hours").find(row.plain, place)


def first_hour(part: str) -> int:
    """Return the earliest hour of a part of the day."""
    return _FIRST[part]


def hour_at(row: Row, numbers: Mapping[int, Number], place: int) -> Hour | None:
    """Return the hour said from *place* on, small words before it left out, or None."""
    start = place
    while start < len(row.plain) and (
        length := words("clock").at(row.plain, start) or words("at").at(row.plain, start)
    ):
        start += length
    asked = start > place and words("clock").at(row.plain, start - 1) > 0
    if length := words("midnight").at(row.plain, start):
        return Hour(DAY, start + length, sure=True, marked=True)
    name, length = named("prayers").find(row.plain, start)
    if length:
        return Hour(float(name), start + length, sure=False, marked=True)
    part, length = part_at(row, start)
    if part == "noon":
        half = _after(row, numbers, start + length)
        return Hour(NOON + half[0], half[1], sure=True, marked=True)
    return _told(row, numbers, start, asked=asked)


def _told(row: Row, numbers: Mapping[int, Number], start: int, *, asked: bool) -> Hour | None:
    hour, end, marked = _plain(row, numbers, start)
    if hour is None:
        return None
    more, end = _after(row, numbers, end)
    hour += more
    marked |= asked
    if not 0 <= hour <= DAY or (
        hour == 1 and not marked and not part_at(row, end)[1] and not row.plain[start].isdecimal()
    ):
        return None  # "samedi pour un": no hour
    part, length = part_at(row, end)
    if not length and (length := words("at").at(row.plain, end) or words("of").at(row.plain, end)):
        # "8 f lil", "10 dyal sba7"
        part, more_words = part_at(row, end + length)
        length = length + more_words if part else 0
    if part:
        return Hour(_told_in(hour, part), end + length, sure=True, marked=True)
    return Hour(hour, end, sure=hour > NOON, marked=marked)


def _plain(row: Row, numbers: Mapping[int, Number], place: int) -> tuple[float | None, int, bool]:
    """Return the whole hour at *place*, where it ends, and whether it is marked as one."""
    written = _written(row.plain[place]) if place < len(row.plain) else None
    if written is not None:
        return written, place + 1, True
    name, length = named("ordinals").find(row.plain, place)
    if length:
        teen = words("teen").at(row.plain, place + length)
        return float(int(name) + (10 if teen else 0)), place + length + teen, False
    number = numbers.get(place)
    if number is None or number.value != int(number.value) or not 0 < number.value <= DAY:
        return None, place, False
    mark_length = words("clock").at(row.plain, number.end)
    return number.value, number.end + mark_length, mark_length > 0


def _written(word: str) -> float | None:
    """Return the hour of "17h30" or "8h", or None."""
    hours, mark, minutes = word.partition("h")
    if not mark or not hours.isdecimal() or len(hours) > 2 or len(minutes) not in {0, 2}:  # noqa: PLR2004
        return None
    if minutes and not minutes.isdecimal():
        return None
    return int(hours) + int(minutes or 0) / _MINUTES


def _after(row: Row, numbers: Mapping[int, Number], place: int) -> tuple[float, int]:
    """Return what "and a half", "less a quarter", "h 30" add, and where they end."""
    plain = row.plain
    sign, at = 1, place
    if length := words("less").at(plain, at):
        sign, at = -1, at + length
    elif words("and").at(plain, at) or (at < len(plain) and row.glued(at)):
        at += words("and").at(plain, at)
    elif (
        place in numbers
        and words("clock").at(plain, place - 1)
        and numbers[place].value < _MINUTES
    ):
        return numbers[place].value / _MINUTES, numbers[place].end
    else:
        return 0, place
    at += 1 if at < len(plain) and plain[at] == "le" else 0
    for name, value in (("half", 0.5), ("quarter", 0.25), ("third", 1 / 3)):
        if length := words(name).at(plain, at):
            return sign * value, at + length
    return 0, place


def _told_in(hour: float, part: str) -> float:
    """Return *hour* on the clock of 24, said in *part* of the day."""
    if part == "morning":
        return hour % NOON if hour == NOON else hour
    if part == "noon":
        return hour + NOON if hour < SMALL else hour
    if part == "evening" and (hour < SMALL or hour == NOON):
        return hour + (NOON if hour == NOON else DAY)
    return hour + NOON if hour < NOON else hour
