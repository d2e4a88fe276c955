# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sums of money: digits or words, with a currency or where money is being asked for."""

from collections.abc import Sequence
from typing import Final

from nlu.lexicon import coded, counts, number_at, words
from nlu.reading import Amount

# In everyday Moroccan speech a rial is a twentieth of a dirham, and a bare million counts
# centimes.
RIALS: Final = 20
CENTIMES: Final = 100
MILLION: Final = 1_000_000

_NEAR: Final = 4
_SMALLEST: Final = 20
_LARGEST: Final = 100_000_000


def find_amount(row: Sequence[str]) -> Amount | None:
    """Return the largest sum named in *row*: what is asked for outweighs what was paid."""
    million = words("million")
    places = (at for at, word in enumerate(row) if counts(word) or word in million)
    found = [amount for at in places if (amount := _at(row, at)) is not None]
    return max(found, key=lambda amount: amount.value, default=None)


def _at(row: Sequence[str], place: int) -> Amount | None:
    value, length = number_at(row, place)
    after = place + length
    if not length:
        value, after = 1, place  # "million", "un million"
    if after < len(row) and row[after] in words("million"):
        return _million(row, value, after + 1)
    if not length or not 0 < value <= _LARGEST:
        return None
    return _priced(row, value, after) or _asked(row, value, place, after)


def _million(row: Sequence[str], value: int, after: int) -> Amount | None:
    if value > CENTIMES:
        return None
    for code, names in coded("currencies").items():
        if any(word in names for word in row[after : after + 2]):
            return Amount(value * MILLION, code)
    return Amount(value * MILLION // CENTIMES)


def _priced(row: Sequence[str], value: int, after: int) -> Amount | None:
    # "1000 d dirham", "500 de euros"
    for place in (after, after + 1):
        if place >= len(row) or (place > after and row[after] not in {"d", "de", "ديال", "dyal"}):
            break
        for code, names in coded("currencies").items():
            if row[place] in names:
                return Amount(value, code)
        if row[place] in words("rial"):
            return Amount(value // RIALS)
        if row[place] in words("centime"):
            return Amount(value // CENTIMES)
    return None


def _asked(row: Sequence[str], value: int, place: int, after: int) -> Amount | None:
    if value < _SMALLEST or not words("asks").before(row, place, _NEAR):
        return None
    # A number that counts something else, or that is dialled, is no sum.
    if after < len(row) and not (row[after] == "." or row[after] in _FREE):
        return None
    return None if row[place].startswith("0") else Amount(value)


_FREE: Final = frozenset(
    [
        "wla",
        "ou",
        "o",
        "w",
        "et",
        "و",
        "ولا",
        "او",
        "awla",
        "sinon",
        "bach",
        "باش",
        "pour",
        "ila",
        "الا",
        "مقابل",
        "svp",
        "a",
        "avant",
        "7ta",
        "قبل",
        "daba",
    ]
)
