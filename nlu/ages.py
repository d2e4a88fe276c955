# SPDX-License-Identifier: AGPL-3.0-or-later
"""The age of the person concerned; never the offender's, never a duration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nlu.lexicon import named, words
from nlu.numbers import Number
from nlu.row import ORDINAL, Row

YOUNGEST: Final = 4
OLDEST: Final = 99
ADULT: Final = 18

_SHORT: Final = 4  # words: an answer, not a story
_BACK: Final = 12  # words: how far an age looks for its person
_TEN: Final = 10
_LIKELY: Final = 11  # fewer years, without a word for age, are a length of time


@dataclass(frozen=True, slots=True)
class _Age:
    value: int
    own: bool
    plain: bool  # nothing but the word "years" says that it is an age
    now: bool  # "now I am"


def find_age(row: Row, numbers: Mapping[int, Number], year: int) -> int | None:
    """Return the age said in *row*, or None.

    Among several a minor's counts first, then the writer's own. *year* is the present one,
    for whoever says when they were born.
    """
    said = [*_told(row, numbers), *_born(row, numbers, year)]
    found = [age for age in said if age.now] or [age for age in said if not age.plain] or said
    young = [age.value for age in found if age.value < ADULT]
    own = [age.value for age in found if age.own]
    return next(iter([*young, *own, *(age.value for age in found)]), None)


def find_number(row: Row, numbers: Mapping[int, Number]) -> int | None:
    """Return the only number of a short answer, whatever it counts, or None."""
    if len(row.words) > _SHORT or len(numbers) != 1:
        return None
    (number,) = numbers.values()
    return int(number.value)


def _told(row: Row, numbers: Mapping[int, Number]) -> Iterator[_Age]:
    ranks = list(_ordinals(row, numbers)) if row.any & ORDINAL else []
    taken = {place for rank in ranks for place in range(rank.start, rank.end)}
    others = (number for at, number in numbers.items() if at not in taken)
    likely = [each for each in others if YOUNGEST <= each.value <= OLDEST and _evident(row, each)]
    for number in (*ranks, *likely):
        who = _whose(row, number)
        if who is not None:
            now = words("now").before(row.plain, number.start, 4) > 0
            yield _Age(int(number.value), who == "own", not _claimed(row, number), now)


def _evident(row: Row, number: Number) -> bool:
    """Tell whether *number* counts somebody's years."""
    plain, start, end = row.plain, number.start, number.end
    if words("not_yet").before(plain, start, 3):
        return False
    if any(words(name).at(plain, end) for name in _OF_AGE):
        return True
    if words("years").at(plain, end):
        return _lived(row, number)
    near = start - 1
    while near >= 0 and words("barely").at(plain, near):
        near -= 1
    if any(words(name).before(plain, near + 1, 2) == 1 for name in _AGES):
        return True
    haves = (*_HAVES, "me") if len(plain) > _SHORT else _HAVES  # "ana 17" answers anything
    said = any(words(name).before(plain, near + 1, 3) == 1 for name in haves)
    return said and _closed(row, end)


def _lived(row: Row, number: Number) -> bool:
    """Tell whether the years of *number* were lived, not only passed."""
    plain, start = row.plain, number.start
    after = number.end + words("years").at(plain, number.end)
    if words("duration_after").at(plain, after):
        return False
    if _claimed(row, number):
        return True
    apposed = start > 0 and plain[start - 1] == ","  # "mon fils, en CM2, 10 ans"
    if (number.value < _LIKELY and not apposed) or words("of").at(plain, after):
        return False  # "dix ans de souvenirs"
    return not words("duration_before").before(plain, start, 3)


def _claimed(row: Row, number: Number) -> bool:
    """Tell whether a word for having an age, or a person, stands right before *number*."""
    plain, start = row.plain, number.start
    if any(words(name).at(plain, number.end) for name in _OF_AGE):
        return True
    if any(words(name).before(plain, start, 3) == 1 for name in (*_AGES, *_HAVES)):
        return True
    near = start - words("of").at(plain, start - 1)
    return any(words(name).at(plain, near - 1) for name in ("ward_f", "ward_m"))


def _closed(row: Row, end: int) -> bool:
    """Tell whether nothing is counted at *end*: the sentence stops or goes on."""
    plain = row.plain
    if end >= len(plain) or plain[end] in ".," or words("and").at(plain, end):
        return True
    return plain[end].startswith("و") and not words("ward_m").at(plain, end)


def _whose(row: Row, number: Number) -> str | None:
    """Return "own", "ward", or None for the age of somebody who threatens."""
    plain, end = row.plain, number.end
    for owner, name in zip(("her", "his", "own"), _OF_AGE, strict=False):
        if words(name).at(plain, end):
            return _antecedent(row, number.start, owner, number)
    first, _ = row.sentence(number.start, number.end)
    for place in range(number.start - 1, max(first, number.start - _BACK) - 1, -1):
        owner = _owner(row, place)
        if owner == "offender":
            return "own" if _myself(row, place) else None
        if owner in _GENDERS:
            return _antecedent(row, place, owner, number)
        if owner:
            return None if _stranger(row, place, first, number) else owner
    return "ward" if len(plain) > _SHORT else "own"


def _stranger(row: Row, place: int, first: int, number: Number) -> bool:
    """Tell whether the adult at *place* is nobody the writer speaks for.

    "A girl" is none of theirs, and in "my daughter's teacher" the age is the teacher's.
    """
    plain = row.plain
    if number.value < ADULT or place == first:
        return False
    if words("possessive").at(plain, place - 1):
        owned = words("of").at(plain, place - 2) > 0
        return owned and words("offender").before(plain, place - 2, 2) > 0
    return words("anyone").at(plain, place) > 0 and not _myself(row, place)


def _owner(row: Row, place: int) -> str:
    for owner, names in _OWNERS.items():
        if any(words(name).at(row.plain, place) for name in names):
            return owner
    return ""


def _antecedent(row: Row, place: int, owner: str, number: Number) -> str | None:
    """Return whom "she" or "he" stands for: the nearest person named before."""
    if owner == "own":
        return owner
    wards, strangers = _GENDERS[owner]
    for near in range(place - 1, max(0, place - 2 * _BACK) - 1, -1):
        if any(words(name).at(row.plain, near) for name in wards):
            return None if _stranger(row, near, -1, number) else "ward"
        if any(words(name).at(row.plain, near) for name in strangers):
            return None
    if owner == "her":
        return "ward"
    # "He is 12" answers a question about a child; in a story "he" is who threatens.
    return "ward" if not place and len(row.plain) <= _SHORT + 1 else None


def _myself(row: Row, place: int) -> bool:
    """Tell whether "I am" stands before the person at *place*: "je suis un homme de 40 ans"."""
    near = place - 1
    while near >= 0 and words("some").at(row.plain, near):
        near -= 1
    return words("me").before(row.plain, near + 1, 2) == 1


def _ordinals(row: Row, numbers: Mapping[int, Number]) -> Iterator[Number]:
    """Return «الثانية عشرة», «الخامسة والأربعين»; alone an ordinal is an hour or a rank."""
    for place, kind in enumerate(row.kinds):
        if not kind & ORDINAL:
            continue
        name, length = named("ordinals").find(row.plain, place)
        if not length:
            continue
        value, end = int(name), place + length
        tens = numbers.get(end)
        if words("teen").at(row.plain, end):
            value, end = value + _TEN, end + 1
        elif tens and row.glued(end) and value < _TEN:
            value, end = value + int(tens.value), tens.end
        if value <= _TEN and not any(words(each).at(row.plain, end) for each in _OF_AGE):
            continue
        if words("clock").at(row.plain, place - 1) or named("hours").at(row.plain, end):
            continue
        yield Number(value, place, end)


def _born(row: Row, numbers: Mapping[int, Number], year: int) -> Iterator[_Age]:
    """Return the age of whoever says the year of birth, unless it could be 17 or 18."""
    for number in numbers.values():
        age = year - int(number.value)
        if (
            YOUNGEST <= age <= OLDEST
            and age != ADULT
            and words("born").before(row.plain, number.start, 3)
        ):
            who = _whose(row, number)
            if who is not None:
                yield _Age(age, who == "own", plain=False, now=False)


_OF_AGE: Final = ("of_her_age", "of_his_age", "of_my_age", "of_age")
_AGES: Final = ("my_age", "her_age", "his_age", "an_age", "turned")
_HAVES: Final = ("my_have", "her_have", "his_have", "who_have")
_OWNERS: Final = {
    "own": ("my_age", "my_have", "turned", "me"),
    "her": ("her_age", "her_have"),
    "his": ("his_age", "his_have"),
    "who": ("who_have",),
    "offender": ("offender", "offender_f"),
    "ward": ("ward_f", "ward_m"),
}
_GENDERS: Final = {
    "her": (("ward_f",), ("offender_f",)),
    "his": (("ward_m",), ("offender",)),
    "who": (("ward_f", "ward_m"), ("offender", "offender_f")),
}
