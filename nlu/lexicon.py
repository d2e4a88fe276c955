# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words of numbers, money and time: each spelling once, with what it stands for."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, cast

import yaml

from nlu.normalize import normalize

Spelling = tuple[str, ...]


class Words:
    """A set of spellings of one to three words, found at a place of a row of words."""

    def __init__(self, spellings: Iterable[str]) -> None:
        rows = (tuple(normalize(each.replace("_", " ")).split()) for each in spellings)
        self._rows: frozenset[Spelling] = frozenset(rows)
        self._longest = max(map(len, self._rows), default=1)
        self._firsts = frozenset(row[0] for row in self._rows if row)

    def spellings(self) -> frozenset[Spelling]:
        """Return every spelling as a row of words."""
        return self._rows

    @property
    def firsts(self) -> frozenset[str]:
        """Return the words that a spelling may begin with."""
        return self._firsts

    def __contains__(self, word: str) -> bool:
        return (word,) in self._rows

    def at(self, words: Sequence[str], place: int) -> int:
        """Return how many words the longest spelling at *place* takes, or 0."""
        if place >= len(words) or words[place] not in self._firsts:
            return 0
        for length in range(self._longest, 0, -1):
            if tuple(words[place : place + length]) in self._rows:
                return length
        return 0

    def before(self, words: Sequence[str], place: int, reach: int) -> bool:
        """Tell whether a spelling begins within *reach* words before *place*."""
        return any(self.at(words, near) for near in range(max(0, place - reach), place))

    def anywhere(self, words: Sequence[str]) -> bool:
        """Tell whether a spelling is found at all."""
        return any(self.at(words, place) for place in range(len(words)))


@cache
def words(name: str) -> Words:
    """Return the word list *name*."""
    return Words(cast("str", _document()[name]).split())


@cache
def valued(name: str) -> Mapping[int, Words]:
    """Return the table *name*: value -> its spellings."""
    table = cast("dict[int, str]", _document()[name])
    return {value: Words(spellings.split()) for value, spellings in table.items()}


@cache
def coded(name: str) -> Mapping[str, Words]:
    """Return the table *name*: code -> its spellings."""
    table = cast("dict[str, str]", _document()[name])
    return {code: Words(spellings.split()) for code, spellings in table.items()}


@cache
def _numbers() -> tuple[Mapping[Spelling, int], frozenset[str], int]:
    rows = {row: value for value, each in valued("numbers").items() for row in each.spellings()}
    return rows, frozenset(row[0] for row in rows), max(map(len, rows))


def counts(word: str) -> bool:
    """Tell whether a number may begin with *word*: most words are skipped at this one look."""
    return word[0].isdigit() or word in _counting()


@cache
def _counting() -> frozenset[str]:
    multipliers = (each.firsts for each in valued("multipliers").values())
    return _numbers()[1].union(*multipliers)


def number_at(row: Sequence[str], place: int) -> tuple[int, int]:
    """Return the number written at *place* and how many words it takes, or (0, 0)."""
    value, length = _simple(row, place)
    if not length:
        multiplier = _multiplier(row, place)
        return (multiplier, 1) if multiplier == 1000 and row[place] != "k" else (0, 0)  # noqa: PLR2004
    multiplier = _multiplier(row, place + length)
    if multiplier and value < multiplier:
        value, length = value * multiplier, length + 1
    return value, length


def _simple(row: Sequence[str], place: int) -> tuple[int, int]:
    word = row[place]
    if word.isdigit():
        return _grouped(row, place)
    rows, firsts, longest = _numbers()
    if word not in firsts:
        return 0, 0
    for length in range(longest, 0, -1):
        if (value := rows.get(tuple(row[place : place + length]))) is not None:
            return value, length
    return 0, 0


_LONGEST_NUMBER = 9  # digits; longer ones are phone numbers and receipts
_GROUP = 3


def _grouped(row: Sequence[str], place: int) -> tuple[int, int]:
    if len(row[place]) > _LONGEST_NUMBER:
        return 0, 0
    digits, length = row[place], 1
    while (
        len(row[place]) <= _GROUP
        and len(digits) < _LONGEST_NUMBER - _GROUP
        and place + length < len(row)
        and row[place + length].isdigit()
        and len(row[place + length]) == _GROUP
    ):
        digits += row[place + length]
        length += 1
    return int(digits), length


def _multiplier(row: Sequence[str], place: int) -> int:
    if place < len(row):
        for value, spellings in valued("multipliers").items():
            if row[place] in spellings:
                return value
    return 0


@cache
def _document() -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    source = files("nlu").joinpath("data", "entities.yml").read_text("utf-8")
    return cast("Mapping[str, Any]", yaml.load(source, Loader=loader))  # noqa: S506 - a safe loader, the C one where there is one
