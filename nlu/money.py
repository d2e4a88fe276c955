# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sums of money: figures or words, with a currency or where money is being asked for."""

from collections.abc import Mapping
from typing import Final

from nlu.lexicon import named, words
from nlu.numbers import MILLION, Number
from nlu.reading import Amount
from nlu.row import Row

# In everyday Moroccan speech a rial is a twentieth of a dirham, and a bare million counts
# centimes.
PARTS: Final = {"RIAL": 20, "CENTIME": 100}

_NEAR: Final = 4
_SMALLEST: Final = 20
_THREATENED: Final = 50
_LARGEST: Final = 100_000_000
_YEARS: Final = range(2001, 2040)
_ROUND: Final = 50


def find_amount(row: Row, numbers: Mapping[int, Number]) -> Amount | None:
    """Return the largest sum named in *row*: what is asked for outweighs what was paid."""
    found = [amount for number in numbers.values() if (amount := _sum(row, number)) is not None]
    return max(found, key=lambda amount: amount.value, default=None)


def _sum(row: Row, number: Number) -> Amount | None:
    if not 0 < number.value <= _LARGEST:
        return None
    if code := _currency(row, number):
        part = PARTS.get(code)
        return Amount(int(number.value / part)) if part else Amount(int(number.value), code)
    if (
        number.value >= MILLION / 2
        and not number.value % (MILLION / 20)
        and _counts_centimes(row, number)
    ):
        return Amount(int(number.value / PARTS["CENTIME"]))
    return Amount(int(number.value)) if _asked(row, number) else None


def _currency(row: Row, number: Number) -> str:
    plain, after = row.plain, number.end
    code, _ = named("currencies").find(plain, after)
    if not code and (of := words("of").at(plain, after)):
        code, _ = named("currencies").find(plain, after + of)
    if not code and number.figures:  # "USD 300", but not the second sum of "50 dh 20"
        code, length = named("currencies").find(plain, number.start - 1)
        if length and number.start > 1 and row.words[number.start - 2][-1].isdigit():
            return ""
    return code


def _counts_centimes(row: Row, number: Number) -> bool:
    """Tell whether a million is money: it is, unless people or looks are counted."""
    written = any(each == str(MILLION) for each in _multipliers(row, number))
    return written and not words("counted").within(row.plain, number.end, number.end + 2)


def _multipliers(row: Row, number: Number) -> list[str]:
    places = range(number.start, number.end)
    each = [named("multipliers").find(row.plain, place)[0] for place in places]
    return [*each, *(str(MILLION) for place in places if _many(row, place))]


def _many(row: Row, place: int) -> bool:
    name, _ = named("numbers").find(row.plain, place)
    return bool(name) and int(name) >= MILLION


def _asked(row: Row, number: Number) -> bool:
    """Tell whether a bare number is a sum: it is asked for, or a threat follows it."""
    plain, after = row.plain, number.end
    if number.value < _SMALLEST or (int(number.value) in _YEARS and number.value % _ROUND):
        return False
    if words("limits").at(plain, number.start - 1):
        return False
    if number.value >= _THREATENED and words("or_else").at(plain, after):
        return not (after + 1 < len(plain) and plain[after + 1][0].isdigit())
    if not words("asks").before(plain, number.start, _NEAR):
        return False
    # A number that counts something else is no sum.
    return after >= len(plain) or plain[after] in ".," or words("free").at(plain, after) > 0
