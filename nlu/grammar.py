# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a pattern is written: from its text to rows of words, each way through it.

A pattern is a row of elements with spaces between them:

* ``word`` this word; ``{a,b,}c`` every spelling of the braces; ``a|b`` either word;
  ``a_b`` two words as one alternative;
* ``word*`` any word that begins so;
* ``@name`` a word or a row of words of the list *name*;
* ``..`` up to two words in between, ``..5`` up to five; nothing crosses the end of a sentence;
* a trailing ``?`` makes an element optional; ``^`` and ``$`` are the ends of the message.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from nlu.normalize import normalize

START: Final = "^"
END: Final = "$"
DEFAULT_GAP: Final = 2

_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_TOGETHER: Final = 2000  # words normalised in one go
_MARK: Final = "§"

Row = tuple[str, ...]
Way = tuple[tuple[tuple[Row, ...], ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern of one name: its elements, and the lists a message must (not) show anywhere."""

    name: str
    pattern: str = field(repr=False)
    needs: str | None = None
    without: str | None = None
    voids: bool = False  # a guard: finds nothing itself, cancels what it overlaps in its group
    group: int = 0


class Spellings(dict[str, str]):
    """The normal forms of many words, worked out together: most of the cost is one a call."""

    def __init__(self, words: Iterable[str]) -> None:
        unique = list(dict.fromkeys(words))
        for first in range(0, len(unique), _TOGETHER):
            some = unique[first : first + _TOGETHER]
            found = normalize(f" {_MARK} ".join(some)).split(_MARK)
            self.update(zip(some, map(str.strip, found), strict=True))

    def __missing__(self, word: str) -> str:
        return normalize(word)


class Grammar:
    """Patterns and lists, read once and in normal form."""

    def __init__(self, rules: Sequence[Rule], lists: Mapping[str, Sequence[str]]) -> None:
        plain = [word for rule in rules for word in _mentioned(rule.pattern)]
        listed = [word for entries in lists.values() for word in _listed(entries)]
        self._normal = Spellings(word.removesuffix("*") for word in (*plain, *listed))
        self._lists = {name: self._unfolded(lists[name]) for name in lists}
        self._parts: dict[str, tuple[Row, ...]] = {}  # the same stand in many patterns

    def ways(self, pattern: str) -> Iterator[Way]:
        """Return each way through *pattern*, optional elements in or out, with the gaps before."""
        parts: list[tuple[tuple[Row, ...], int, bool]] = []
        gap = 0
        for part in pattern.split():
            if part == "?":  # a question mark ends a sentence: there is nothing to match
                continue
            if part.startswith(".."):
                gap = int(part[2:] or DEFAULT_GAP)
            else:
                parts.append((self._rows(part.removesuffix("?")), gap, part.endswith("?")))
                gap = 0
        choices = ((True, False) if optional else (True,) for _, _, optional in parts)
        for taken in product(*choices):
            elements, gaps, carried = [], [], 0
            for (rows, before, _), used in zip(parts, taken, strict=True):
                carried = max(carried, before)
                if used:
                    elements.append(rows)
                    gaps.append(carried)
                    carried = 0
            if elements:
                yield tuple(elements), tuple(gaps)

    def one(self, word: str) -> str:
        """Return the normal form of *word*; raise ValueError where that is not one word."""
        if word in {START, END}:
            return word
        folded = self._normal[word]
        if not folded or " " in folded:
            raise ValueError(f"not one word: {word!r} -> {folded!r}")
        return folded

    def _rows(self, part: str) -> tuple[Row, ...]:
        if part not in self._parts:
            self._parts[part] = self._read(part)
        return self._parts[part]

    def _read(self, part: str) -> tuple[Row, ...]:
        rows: dict[Row, None] = {}
        for each in part.split("|"):
            if each.startswith("@"):
                rows |= dict.fromkeys(self._lists[each[1:]])
            else:
                rows |= {self._row(spelling.split("_")): None for spelling in _spread(each)}
        return tuple(rows)

    def _unfolded(self, entries: Sequence[str]) -> tuple[Row, ...]:
        spellings = (spelling for entry in entries for spelling in _spread(entry))
        return tuple(dict.fromkeys(self._row(spelling.split()) for spelling in spellings))

    def _row(self, words: Iterable[str]) -> Row:
        """Return *words* in normal form, where a short form may become several words."""
        return tuple(part for word in words for part in self._plain(word))

    def _plain(self, word: str) -> list[str]:
        if word in {START, END} or word.endswith("*"):
            return [word]
        return self._normal[word].split()


def _mentioned(pattern: str) -> Iterator[str]:
    for part in pattern.split():
        if not part.startswith(".."):
            for each in part.removesuffix("?").split("|"):
                if not each.startswith("@"):
                    for spelling in _spread(each):
                        yield from spelling.split("_")


def _listed(entries: Iterable[str]) -> Iterator[str]:
    for entry in entries:
        for spelling in _spread(entry):
            yield from spelling.split()


def _spread(entry: str) -> list[str]:
    """Return every spelling the braces of *entry* allow."""
    found = _BRACES.search(entry) if "{" in entry else None
    if found is None:
        return [entry]
    return [
        spelling
        for choice in found[1].split(",")
        for spelling in _spread(entry[: found.start()] + choice + entry[found.end() :])
    ]
