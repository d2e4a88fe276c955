# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a message names: platform, sum, ultimatum, age; found by words, the same way every time."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from nlu.ages import find_age, find_number
from nlu.deadlines import find_deadline
from nlu.lexicon import named, words
from nlu.money import find_amount
from nlu.numbers import numbers_in
from nlu.platforms import PLATFORMS, find_platform
from nlu.reading import Entities
from nlu.row import row

__all__ = ["LONGEST", "PLATFORMS", "entity_words", "find_entities"]

# Long stories name the same things again; their first part is enough, danger is looked for
# elsewhere and everywhere.
LONGEST: Final = 600  # words

_STOPS: Final = frozenset("!?;\n")
_MARKS: Final = _STOPS | {".", ","}
_NONE: Final[Mapping[str, str]] = {}
_DIGIT: Final = re.compile(r"\d")
_THOUSANDS: Final = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_CLOCK: Final = re.compile(r"(\d(?<!\d.)\d?):(\d{2})(?!\d)")
# A small word written against an hour: l6, f8.
_SMALL: Final = re.compile(r"(l|f|fl|d|a|m3a)(\d{1,2}(?:h\d{0,2})?)")
_WORD: Final = re.compile(
    r"[^\W\d_][^\W_]*|\d+%|\d+[.,]\d{1,2}(?!\d)|\d\d?/\d\d?(?:/\d+)?(?!\d)|[^\W_]+|[.,!?;\n]"
)


def entity_words(text: str, spoken: Sequence[str]) -> list[str]:
    """Return the words of *text* (normal form), units apart from their numbers.

    *spoken* is what :func:`nlu.features.split` makes of it.
    """
    text = text[: LONGEST * 20]
    if not _DIGIT.search(text):
        kept = (word for word in spoken[:LONGEST] if word.isalpha() or word in _MARKS)
        return ["." if word in _STOPS else word for word in kept]
    words: list[str] = []
    for word in _WORD.findall(_CLOCK.sub(r"\1h\2", _THOUSANDS.sub("", text)))[:LONGEST]:
        if word.isalpha():
            words.append(word)
        elif found := _unit().fullmatch(word) or _SMALL.fullmatch(word):
            words += found.groups()
        else:
            words.append("." if word in _STOPS else word)
    return words


def find_entities(
    spoken: Sequence[str],
    now: datetime,
    *,
    pressed: bool,
    bones: Mapping[str, str] = _NONE,
) -> Entities:
    """Return the entities of *spoken*, as :func:`entity_words` makes it.

    *bones* are the skeletons of words that are at hand. *pressed* says that the message shows a
    demand or an ultimatum, so that a bare "tomorrow" counts as one.
    """
    said = row(spoken, bones)
    numbers = numbers_in(said)
    amount = find_amount(said, numbers)
    age = find_age(said, numbers, now.year)
    deadline = find_deadline(said, numbers, now, pressed=pressed or amount is not None)
    taken = amount is not None or age is not None or deadline is not None
    return Entities(
        platform=find_platform(said),
        amount=amount,
        deadline=deadline,
        age=age,
        number=None if taken else find_number(said, numbers),
    )


@cache
def _unit() -> re.Pattern[str]:
    """Return what finds a unit written against its number: 3000dh, 16ans, ٢٠٠درهم.

    A digit that stands for a letter (3andi, 7ta) is no number, hence the closed list. "24h"
    stays one word.
    """
    lists = (named("currencies"), named("multipliers"), named("spans"), words("years"))
    spelled = (spelling for each in lists for spelling, _ in each.entries())
    units = {spelling for spelling in spelled if " " not in spelling} - {"h"}
    written = "|".join(sorted(units, key=lambda unit: (-len(unit), unit)))
    return re.compile(rf"(\d+)({written})")
