# SPDX-License-Identifier: AGPL-3.0-or-later
"""The age of the person concerned; never the offender's, never a duration."""

from collections.abc import Sequence
from typing import Final

from nlu.lexicon import counts, number_at, words

YOUNGEST: Final = 4
OLDEST: Final = 99
_SHORT: Final = 4  # words: an answer, not a story

_MINE: Final = frozenset(
    [
        "j",
        "3andi",
        "3ndi",
        "3endi",
        "3ndy",
        "andi",
        "عندي",
        "3mri",
        "3omri",
        "عمري",
        "f3mri",
        "فعمري",
        "ابلغ",
        "ana",
        "انا",
        "suis",
    ]
)


_AIDS: Final = frozenset(["ai", "ana", "انا", "rah", "راه", "ghi", "غي"])


def find_age(row: Sequence[str]) -> int | None:
    """Return the age said in *row*, the writer's own before anybody else's, or None."""
    if (age := _bare(row)) is not None:
        return age
    places = (place for place, word in enumerate(row) if counts(word))
    found = [(place, age) for place in places if (age := _at(row, place))]
    own = [age for place, age in found if _MINE.intersection(row[max(0, place - 3) : place])]
    return own[0] if own else (found[0][1] if found else None)


def find_number(row: Sequence[str]) -> int | None:
    """Return the only number of a short answer, whatever it counts, or None."""
    if len(row) > _SHORT:
        return None
    found, place = [], 0
    while place < len(row):
        value, length = number_at(row, place)
        if length:
            found.append(value)
        place += length or 1
    return found[0] if len(found) == 1 else None


def _bare(row: Sequence[str]) -> int | None:
    """Read "3ndi 24", "j'ai 17": a number and whose it is, the whole message."""
    plain = [word for word in row if word != "."]
    own = [word for word in plain if word in _MINE or word in _AIDS]
    if not 1 <= len(own) <= _SHORT - 1 or own == [*_AIDS.intersection(own)]:
        return None
    rest = [word for word in plain if word not in own]
    value, length = number_at(rest, 0) if rest else (0, 0)
    return value if length == len(rest) and length and YOUNGEST <= value <= OLDEST else None


def _at(row: Sequence[str], place: int) -> int | None:
    value, length = number_at(row, place)
    if not length or not YOUNGEST <= value <= OLDEST:
        return None
    years = place + length < len(row) and row[place + length] in words("years")
    if not years and not words("age_before").before(row, place, 2):
        return None
    if words("duration_before").before(row, place, 2) and not _said(row, place):
        return None
    return None if words("offender_before").before(row, place, 3) else value


def _said(row: Sequence[str], place: int) -> bool:
    return words("age_before").before(row, place, 3) or row[max(0, place - 1)] in _MINE
