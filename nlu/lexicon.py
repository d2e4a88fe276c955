# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words of sums, ages, moments and platforms: Rasa synonyms and lookups, found word by word.

A file of ``data/entities/`` holds the synonyms of one kind (value -> spellings) and lookups
with names of their own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

import yaml

from nlu.normalize import normalize

Spelling = tuple[str, ...]

_NOTHING: Final = ("", 0)
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Spellings:
    """Spellings of one word or more, each with what it stands for."""

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        found: dict[str, list[tuple[str, Spelling, str]]] = {}
        for value, spellings in table.items():
            # All lines at once: normal form keeps line ends, and its price is by the call.
            for line in normalize("\n".join(spellings)).replace("-", " ").split("\n"):
                first, *rest = line.split()
                second = rest[0] if rest else ""
                found.setdefault(first, []).append((second, tuple(rest), value))
        for rows in found.values():
            rows.sort(key=lambda row: -len(row[1]))
        self._rows: Final = found

    def entries(self) -> Iterator[tuple[str, str]]:
        """Return every spelling in normal form, with what it stands for."""
        for first, rows in self._rows.items():
            for _, rest, value in rows:
                yield " ".join((first, *rest)), value

    @property
    def firsts(self) -> Iterable[str]:
        """Return the words that a spelling may begin with."""
        return self._rows.keys()

    def find(self, row: Spelling, place: int) -> tuple[str, int]:
        """Return what the longest spelling at *place* stands for and its length, or ("", 0)."""
        if 0 <= place < len(row) and (rows := self._rows.get(row[place])):
            after = place + 1
            following = row[after] if after < len(row) else ""
            for second, rest, value in rows:
                if not second or (second == following and row[after : after + len(rest)] == rest):
                    return value, 1 + len(rest)
        return _NOTHING

    def at(self, row: Spelling, place: int) -> int:
        """Return how many words the longest spelling at *place* takes, or 0."""
        if 0 <= place < len(row) and row[place] in self._rows:
            return self.find(row, place)[1]
        return 0

    def before(self, row: Spelling, place: int, reach: int) -> int:
        """Return how far before *place* the nearest spelling ends that begins within *reach*.

        1 is the word just before; 0 means none.
        """
        first = max(0, place - reach)
        if self._rows.keys().isdisjoint(row[first:place]):
            return 0
        for near in range(place - 1, first - 1, -1):
            if length := self.at(row, near):
                return max(1, place - near - length + 1)
        return 0

    def within(self, row: Spelling, start: int, end: int) -> bool:
        """Tell whether a spelling begins between *start* and *end*."""
        first, last = max(0, start), min(end, len(row))
        if self._rows.keys().isdisjoint(row[first:last]):
            return False
        return any(self.at(row, place) for place in range(first, last))


@cache
def words(name: str) -> Spellings:
    """Return the lookup *name*."""
    return Spellings({name: _document().lookups[name]})


@cache
def named(name: str) -> Spellings:
    """Return the synonyms of the file *name*: spelling -> value."""
    return Spellings(_document().synonyms[name])


@cache
def values(name: str) -> tuple[str, ...]:
    """Return the values of the file *name*, in its order."""
    return tuple(_document().synonyms[name])


def every() -> Iterator[tuple[str, Spellings]]:
    """Return all lists by their names."""
    document = _document()
    yield from ((name, named(name)) for name in document.synonyms)
    yield from ((name, words(name)) for name in document.lookups)


@dataclass(frozen=True, slots=True)
class _Document:
    synonyms: Mapping[str, Mapping[str, Sequence[str]]]
    lookups: Mapping[str, Sequence[str]]


@cache
def _document() -> _Document:
    synonyms: dict[str, dict[str, list[str]]] = {}
    lookups: dict[str, list[str]] = {}
    for file in files("nlu").joinpath("data", "entities").iterdir():
        if file.name.endswith(".yml"):
            source = file.read_text("utf-8")
            content = cast("Mapping[str, Any]", yaml.load(source, Loader=_LOADER))  # noqa: S506 - a safe loader, the C one where there is one
            for entry in content["nlu"]:
                lines = [line.strip() for line in entry["examples"].splitlines()]
                spellings = [line.removeprefix("-").strip() for line in lines if line]
                if "synonym" in entry:
                    kind = file.name.removesuffix(".yml")
                    synonyms.setdefault(kind, {})[str(entry["synonym"])] = spellings
                else:
                    lookups[str(entry["lookup"])] = spellings
    return _Document(synonyms, lookups)
