# SPDX-License-Identifier: AGPL-3.0-or-later
"""Numbers in figures and words, put together as people say them: «خمسة وعشرين», "alf w 500"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nlu.lexicon import named, words
from nlu.row import NUMBER, Row

THOUSAND: Final = 1_000
MILLION: Final = 1_000_000

_HUNDRED: Final = 100
_TEN: Final = 10
_LONGEST: Final = 9  # figures; longer ones are phone numbers and receipts
_GROUP: Final = 3
_SCORES: Final = (60, 80)  # soixante-quinze, quatre-vingt-quinze


@dataclass(frozen=True, slots=True)
class Number:
    """A number and the words it takes, from *start* up to *end*."""

    value: float
    start: int
    end: int
    figures: bool = False


def numbers_in(row: Row) -> Mapping[int, Number]:
    """Return the numbers of *row* by their first word."""
    found: dict[int, Number] = {}
    if not row.any & NUMBER:
        return found
    place = 0
    for at, kind in enumerate(row.kinds):
        if kind & NUMBER and at >= place and (number := _Sum(row, at).read()):
            found[at] = number
            place = number.end
    return found


class _Sum:
    """A number being read: what is complete, and the part under a thousand still growing."""

    def __init__(self, row: Row, start: int) -> None:
        self.row = row
        self.start = self.at = self.end = start
        self.total = 0.0
        self.part = 0.0
        self.smallest = float("inf")  # the smallest multiplier so far; what follows is less
        self.joined = False  # "and" stands before the word at hand
        self.figures = False  # the part at hand is written in figures
        self.written = False  # any of it is

    def read(self) -> Number | None:
        """Return the longest number from the start, or None."""
        while self.at < len(self.row.plain) and self._takes():
            pass
        if self.end == self.start:
            return None
        return Number(self.total + self.part, self.start, self.end, self.written)

    def _takes(self) -> bool:
        if self.at > self.start:
            self.joined = self.joined or self.row.glued(self.at)
        return self._value() or self._multiplier() or self._half() or self._connects()

    def _value(self) -> bool:
        value, length = _atom(self.row, self.at)
        if not length or not self._fits(value):
            return False
        if value >= THOUSAND and not _is_figure(self.row, self.at):
            self.total += value
            self.smallest = MILLION if value >= MILLION else THOUSAND
        else:
            self.figures = _is_figure(self.row, self.at)
            self.written |= self.figures
            self.part += value
        return self._on(length)

    def _fits(self, value: float) -> bool:
        if self.at == self.start:
            return True
        figures = _is_figure(self.row, self.at)
        if not self.part:
            return value < self.smallest and bool(self.total)
        if figures or self.figures or value >= _HUNDRED:
            return False
        rest = self.part % _HUNDRED
        if not rest:
            return True
        if rest < _TEN:  # «خمسة وعشرين»
            return self.joined and value > _TEN and not value % _TEN
        return (
            not rest % _TEN
            and rest > _TEN
            and (value < _TEN or (rest in _SCORES and value < 2 * _TEN))
        )

    def _multiplier(self) -> bool:
        name, length = named("multipliers").find(self.row.plain, self.at)
        if not length:
            return False
        times = int(name)
        if self.at == self.start and words("never_alone").at(self.row.plain, self.at):
            return False
        if times == _HUNDRED:
            if self.figures or self.part not in {0, *range(2, _TEN)}:
                return False
            self.part = (self.part or 1) * _HUNDRED
            return self._on(length)
        if times >= self.smallest or self.part >= THOUSAND:
            return False
        self.total += (self.part or 1) * times
        self.part, self.smallest, self.figures = 0, times, False
        return self._on(length)

    def _half(self) -> bool:
        plain = self.row.plain
        if not words("half").at(plain, self.at):
            return False
        if self.at == self.start:  # «نص مليون»
            after = self.at + 1 + words("of").at(plain, self.at + 1)
            name, length = named("multipliers").find(plain, after)
            if not length or int(name) < THOUSAND:
                return False
            self.total, self.smallest, self.at = int(name) / 2, 1, after
            return self._on(length)
        if self.joined and not self.part and self.smallest >= THOUSAND and self.total:
            self.total += self.smallest / 2  # "million w nos"
            self.smallest = 1
            return self._on(1)
        return False

    def _connects(self) -> bool:
        plain = self.row.plain
        if self.at == self.start or self.joined:
            return False
        if words("and").at(plain, self.at):
            self.joined = True
            self.at += 1
            return True
        after = self.at + 1  # "5 d alaf"
        if self.part and words("of").at(plain, self.at) and named("multipliers").at(plain, after):
            self.at = after
            return True
        return False

    def _on(self, length: int) -> bool:
        self.at += length
        self.end = self.at
        self.joined = False
        return True


def _is_figure(row: Row, place: int) -> bool:
    word = row.plain[place]
    return word[0].isdigit() and word[-1].isdigit()


def _atom(row: Row, place: int) -> tuple[float, int]:
    if _is_figure(row, place):
        return _figures(row.plain, place)
    name, length = named("numbers").find(row.plain, place)
    return float(name or 0), length


def _figures(plain: tuple[str, ...], place: int) -> tuple[float, int]:
    whole, _, rest = plain[place].replace(",", ".").partition(".")
    if not whole.isdecimal() or len(whole) > _LONGEST or (len(whole) > 1 and whole[0] == "0"):
        return 0, 0
    if rest:
        return (float(f"{whole}.{rest}"), 1) if rest.isdecimal() else (0, 0)
    length = 1
    while (
        len(plain[place]) <= _GROUP
        and len(whole) < _LONGEST - _GROUP
        and place + length < len(plain)
    ):
        group = plain[place + length]
        if len(group) != _GROUP or not group.isdecimal():
            break
        whole += group
        length += 1
    return float(whole), length
