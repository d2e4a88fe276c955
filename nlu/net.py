# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deterministic patterns of words, kept as data: each message is walked once, word by word.

A pattern is a row of elements with spaces between them:

* ``word`` this word; ``{a,b,}c`` every spelling of the braces; ``a|b`` either word;
  ``a_b`` two words as one alternative;
* ``word*`` any word that begins so; ``~word`` any word with the same consonants, in Arabic
  script or in Latin letters (three consonants at least);
* ``@name`` a word or a row of words of the list *name*;
* ``..`` up to two words in between, ``..5`` up to five; nothing crosses the end of a sentence;
* a trailing ``?`` makes an element optional.

Matching is a walk over tables of words: no regular expression, nothing to run away.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from nlu.normalize import normalize
from nlu.skeleton import skeleton

BREAK: Final = "."
DEFAULT_GAP: Final = 2
SHORTEST_BONES: Final = 3

_TOKEN: Final = re.compile(r"[^\W_]+|[.!?;\n]|[^\w\s,:.!?;()\[\]{}\"*#/\\<>=+_-]")
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
# What Arabic glues to the front of a word: and, so, in, by, for, like, the.
_GLUED: Final = ("وال", "بال", "فال", "كال", "ال", "لل", "و", "ف", "ب", "ل", "ك")
_SHORTEST: Final = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern of one name: its elements, and the lists a message must (not) show anywhere."""

    name: str
    pattern: str = field(repr=False)
    needs: str | None = None
    without: str | None = None
    voids: bool = False  # a guard: finds nothing itself, cancels what it overlaps in its group
    group: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A name and the words it was found in, from *start* to *end* (not included)."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Path:
    rule: Rule
    keys: tuple[int, ...]  # one per element
    gaps: tuple[int, ...]  # words allowed before each element


def words(text: str) -> list[str]:
    """Return the words, emoji and sentence ends of *text* in normal form; ends are ``.``."""
    found: list[str] = _TOKEN.findall(text)
    return [BREAK if word in "!?;\n." else word for word in found]


class Net:
    """Rules compiled into tables of words."""

    def __init__(self, rules: Iterable[Rule], lists: Mapping[str, Sequence[str]]) -> None:
        self._exact: dict[str, set[int]] = {}
        self._stems: dict[str, set[int]] = {}
        self._bones: dict[str, set[int]] = {}
        self._keys: dict[str, int] = {}
        self._paths: dict[int, list[_Path]] = {}
        self._lists = {name: _unfolded(name, lists) for name in lists}
        rules = tuple(rules)
        context = dict.fromkeys(listed for rule in rules for listed in (rule.needs, rule.without))
        for rule in (*rules, *(Rule(_CONTEXT + name, f"@{name}") for name in context if name)):
            self._add(rule)
        self._longest = max(map(len, self._stems), default=0)

    def find(self, tokens: Sequence[str]) -> list[Found]:
        """Return what is found in *tokens* and survives its guards, in order of appearance."""
        heard = [self._hear(token) for token in tokens]
        hits = [hit for at in range(len(tokens)) for hit in self._from(heard, at, tokens)]
        shown = {rule.name for rule, _, _ in hits if rule.name.startswith(_CONTEXT)}
        guards = [hit for hit in hits if hit[0].voids]
        return [
            Found(hit[0].name, hit[1], hit[2])
            for hit in hits
            if _speaks(hit[0], shown) and not _voided(hit, guards)
        ]

    def _add(self, rule: Rule) -> None:
        for words_, gaps in _rows(rule.pattern, self._lists):
            keys = tuple(self._key(word) for word in words_)
            self._paths.setdefault(keys[0], []).append(_Path(rule, keys, gaps))

    def _key(self, element: str) -> int:
        if element in self._keys:
            return self._keys[element]
        key = self._keys[element] = len(self._keys)
        for table, spelling in self._spellings(element):
            table.setdefault(spelling, set()).add(key)
        return key

    def _spellings(self, element: str) -> Iterator[tuple[dict[str, set[int]], str]]:
        for word in element.split("|"):
            if word.startswith("~"):
                bones = skeleton(normalize(word[1:]))
                if len(bones) < SHORTEST_BONES:
                    raise ValueError(f"too few consonants: {word}")
                yield self._bones, bones
            elif word.endswith("*"):
                yield self._stems, _one(word[:-1])
            else:
                yield self._exact, _one(word)

    def _hear(self, token: str) -> set[int]:
        if token == BREAK:
            return set()
        keys: set[int] = set()
        for form in _forms(token):
            keys |= self._exact.get(form, _NONE)
            for length in range(_SHORTEST, min(len(form), self._longest) + 1):
                keys |= self._stems.get(form[:length], _NONE)
            if self._bones and len(form) >= SHORTEST_BONES:
                keys |= self._bones.get(skeleton(form), _NONE)
        return keys

    def _from(
        self, heard: Sequence[set[int]], at: int, tokens: Sequence[str]
    ) -> Iterator[tuple[Rule, int, int]]:
        for key in heard[at]:
            for path in self._paths.get(key, ()):
                end = _walk(path, heard, at, tokens)
                if end:
                    yield path.rule, at, end


_CONTEXT: Final = "?"  # before the name of a list that some rule asks for
_NONE: Final[frozenset[int]] = frozenset()


def _one(word: str) -> str:
    folded = normalize(word)
    if not folded or " " in folded:
        raise ValueError(f"not one word: {word!r} -> {folded!r}")
    return folded


def _forms(token: str) -> Iterator[str]:
    yield token
    if "\u0600" <= token[0] <= "\u06ff":
        for glued in _GLUED:
            if token.startswith(glued) and len(token) - len(glued) >= _SHORTEST:
                yield token[len(glued) :]


def _walk(path: _Path, heard: Sequence[set[int]], at: int, tokens: Sequence[str]) -> int:
    """Return the end of *path* begun at *at*, or 0; several ways through are all tried."""
    ends = [at + 1]
    for key, gap in zip(path.keys[1:], path.gaps[1:], strict=True):
        ends = list(dict.fromkeys(
            place + 1 for end in ends for place in _reach(end, gap, tokens) if key in heard[place]
        ))  # fmt: skip
        if not ends:
            return 0
    return ends[-1]


def _reach(start: int, gap: int, tokens: Sequence[str]) -> Iterator[int]:
    for place in range(start, min(start + gap + 1, len(tokens))):
        if tokens[place] == BREAK:
            return
        yield place


def _speaks(rule: Rule, shown: set[str]) -> bool:
    if rule.voids or rule.name.startswith(_CONTEXT):
        return False
    return (rule.needs is None or _CONTEXT + rule.needs in shown) and (
        rule.without is None or _CONTEXT + rule.without not in shown
    )


def _voided(
    hit: tuple[Rule, int, int], guards: Sequence[tuple[Rule, int, int]]
) -> bool:
    rule, start, end = hit
    return any(
        guard.group == rule.group and begin < end and start < stop for guard, begin, stop in guards
    )


def _rows(
    pattern: str, lists: Mapping[str, Sequence[tuple[str, ...]]]
) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """Return every row of plain elements that *pattern* stands for, with the gaps before them."""
    choices: list[list[tuple[tuple[str, ...], int]]] = []
    gap = 0
    for part in pattern.split():
        if part.startswith(".."):
            gap = int(part[2:] or DEFAULT_GAP)
            continue
        optional, part = part.endswith("?"), part.removesuffix("?")
        options = [(row, gap) for row in _options(part, lists)]
        choices.append([*options, ((), gap)] if optional else options)
        gap = 0
    for chosen in product(*choices):
        row, gaps, carried = [], [], 0
        for elements, before in chosen:
            if not elements:
                carried = max(carried, before)
                continue
            gaps += [max(before, carried), *([0] * (len(elements) - 1))]
            row += elements
            carried = 0
        if row:
            yield tuple(row), tuple(gaps)


def _options(part: str, lists: Mapping[str, Sequence[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    rows = [row for each in part.split("|") for row in _alternatives(each, lists)]
    # Single words share one element: fewer rows to walk.
    single = [row[0] for row in rows if len(row) == 1]
    longer = [row for row in rows if len(row) > 1]
    return [*([("|".join(single),)] if single else []), *longer]


def _alternatives(
    word: str, lists: Mapping[str, Sequence[tuple[str, ...]]]
) -> Sequence[tuple[str, ...]]:
    if word.startswith("@"):
        return lists[word[1:]]
    return [tuple(spelling.split("_")) for spelling in _spread(word)]


def _unfolded(name: str, lists: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    rows: dict[tuple[str, ...], None] = {}
    for entry in lists[name]:
        for spelling in _spread(entry):
            rows[tuple(spelling.split())] = None
    return list(rows)


def _spread(entry: str) -> list[str]:
    """Return every spelling the braces of *entry* allow."""
    found = _BRACES.search(entry)
    if found is None:
        return [entry]
    return [
        spelling
        for choice in found[1].split(",")
        for spelling in _spread(entry[: found.start()] + choice + entry[found.end() :])
    ]
