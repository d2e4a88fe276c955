# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deterministic patterns of words, kept as data: each message is walked once, word by word.

Matching is a walk over tables of words: no regular expression, nothing to run away. How a
pattern is written stands in :mod:`nlu.grammar`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nlu.grammar import END, START, Grammar, Row, Rule

BREAK: Final = "."
COMMA: Final = ","
EVERYWHERE: Final = 10_000

_BREAKS: Final = frozenset(".!?;\n")
# What Arabic glues to the front of a word: and, so, in, by, for, like, the.
_GLUED: Final = ("وال", "بال", "فال", "كال", "ال", "لل", "و", "ف", "ب", "ل", "ك")
_GLUE: Final = frozenset(glued[0] for glued in _GLUED)
_SHORTEST: Final = 2


@dataclass(frozen=True, slots=True)
class _Path:
    rule: Rule
    keys: tuple[int, ...]  # one per element
    steps: tuple[tuple[int, int], ...]  # those after the first, and the words allowed before each
    needed: frozenset[int]


Here = dict[int, tuple[int, ...]]  # element -> how many words long it is here
Token = tuple[Here, tuple[int, ...]]  # the elements one word is, and those that go on after it
Hit = tuple[Rule, int, int]


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule, and the words of a message that it was found in."""

    rule: Rule
    words: tuple[str, ...] = field(repr=False)


class Net:
    """Rules compiled into tables of words."""

    def __init__(self, rules: Iterable[Rule], lists: Mapping[str, Sequence[str]]) -> None:
        self._exact: dict[str, set[int]] = {}
        self._stems: dict[str, dict[str, set[int]]] = {}  # by their first letters
        self._keys: dict[Row | tuple[Row, ...], int] = {}
        self._several: dict[int, dict[int, list[tuple[tuple[int, ...], int]]]] = {}
        rules = tuple(rules)
        context = dict.fromkeys(listed for rule in rules for listed in (rule.needs, rule.without))
        rules += tuple(Rule(_CONTEXT + name, f"@{name}") for name in context if name)
        self._grammar = Grammar(rules, lists)
        paths = [path for rule in rules for path in self._compiled(rule)]
        self._paths = _by_rarest(paths, self._exact)
        self._firsts = frozenset(self._paths)
        self._starts = {prefix: tuple(stems) for prefix, stems in self._stems.items()}
        self._tokens: dict[str, Token] = {}

    def hear(self, words: Sequence[str]) -> frozenset[str]:
        """Return the names that are found in *words* and survive their guards."""
        here, tokens = self._here(words)
        return frozenset(rule.name for rule, _, _ in _judged(list(self._hits(here, tokens)))[0])

    def explain(self, words: Sequence[str]) -> tuple[tuple[Fired, ...], tuple[Fired, ...]]:
        """Return the rules that :meth:`hear` goes by, and those that a guard or a list stopped."""
        here, tokens = self._here(words)
        spoke, stopped = (
            tuple(Fired(rule, tuple(tokens[start:end])) for rule, start, end in hits)
            for hits in _judged(list(self._hits(here, tokens)))
        )
        return spoke, stopped

    def _here(self, words: Sequence[str]) -> tuple[Sequence[Here], Sequence[str]]:
        spoken = [BREAK if word in _BREAKS else word for word in words if word != COMMA]
        tokens = _framed(spoken)
        known = self._tokens
        alone = [known.get(token) or self._met(token) for token in tokens]
        heard = [
            self._together(alone, at) if firsts else here
            for at, (here, firsts) in enumerate(alone)
        ]
        return heard, tokens

    def _compiled(self, rule: Rule) -> Iterator[_Path]:
        for elements, gaps in self._grammar.ways(rule.pattern):
            keys = tuple(map(self._element, elements))
            steps = tuple(zip(keys[1:], gaps[1:], strict=True))
            yield _Path(rule, keys, steps, frozenset(keys))

    def _element(self, rows: tuple[Row, ...]) -> int:
        """Return the number of the element that any of *rows* makes."""
        if rows in self._keys:
            return self._keys[rows]
        key = self._keys[rows] = len(self._keys)
        for row in rows:
            if len(row) == 1:
                self._learn(row[0], key)
            else:
                first, second, *rest = (self._word(word) for word in row)
                seconds = self._several.setdefault(first, {})
                seconds.setdefault(second, []).append((tuple(rest), key))
        return key

    def _word(self, word: str) -> int:
        if (word,) not in self._keys:
            key = self._keys[(word,)] = len(self._keys)
            self._learn(word, key)
        return self._keys[(word,)]

    def _learn(self, word: str, key: int) -> None:
        if word.endswith("*"):
            stem = self._grammar.one(word[:-1])
            self._stems.setdefault(stem[:_SHORTEST], {}).setdefault(stem, set()).add(key)
        else:
            self._exact.setdefault(self._grammar.one(word), set()).add(key)

    def _met(self, token: str) -> Token:
        """Work out what *token* is; it is kept if it is a word of the patterns, and only then."""
        found = self._token(token)
        if token in self._exact:
            self._tokens[token] = found
        return found

    def _token(self, token: str) -> Token:
        found: set[int] = set()
        for form in _forms(token):
            if keys := self._exact.get(form):
                found |= keys
            prefix = form[:_SHORTEST]
            if form.startswith(self._starts.get(prefix, ())):
                stems = self._stems[prefix].items()
                found.update(*(keys for stem, keys in stems if form.startswith(stem)))
        if not found:
            return _NOTHING
        return dict.fromkeys(found, _ALONE), tuple(self._several.keys() & found)

    def _together(self, alone: Sequence[Token], at: int) -> Here:
        """Return the elements heard at *at*, those of more words than one with them."""
        here, firsts = alone[at]
        following = alone[at + 1][0] if at + 1 < len(alone) else {}
        longer: Here = {}
        for first in firsts:
            seconds = self._several[first]
            if following.keys().isdisjoint(seconds.keys()):
                continue
            for second in seconds.keys() & following.keys():
                for rest, key in seconds[second]:
                    after = alone[at + 2 : at + 2 + len(rest)]
                    if len(after) == len(rest) and all(
                        word in keys for word, (keys, _) in zip(rest, after, strict=True)
                    ):
                        longer[key] = (*longer.get(key, here.get(key, ())), 2 + len(rest))
        return here | longer if longer else here

    def _hits(self, heard: Sequence[Here], tokens: Sequence[str]) -> Iterator[Hit]:
        present = frozenset().union(*heard)
        places: dict[int, list[int]] = {}  # where the elements that paths begin with are heard
        for first in present & self._firsts:
            for second, paths in self._paths[first].items():
                if second in present:
                    for path in paths:
                        if path.needed <= present:
                            begin = path.keys[0]
                            if begin not in places:
                                places[begin] = _places(heard, begin)
                            for at in places[begin]:
                                if end := _walk(path, heard, at, tokens):
                                    yield path.rule, at, end


def _by_rarest(
    paths: Sequence[_Path], words: Mapping[str, Collection[int]]
) -> Mapping[int, Mapping[int, Sequence[_Path]]]:
    """Return *paths* by their two rarest elements, so that common words wake few of them.

    A word is taken for common that many elements name; the ends are in every message.
    """
    common: dict[int, int] = {}
    for word, keys in words.items():
        ease = EVERYWHERE if word in {START, END} else len(keys)
        for key in keys:
            common[key] = max(common.get(key, 0), ease)
    found: dict[int, dict[int, list[_Path]]] = {}
    for path in paths:
        first, *others = sorted(path.needed, key=lambda key: (common.get(key, 0), key))
        second = others[0] if others else first
        found.setdefault(first, {}).setdefault(second, []).append(path)
    return found


def _places(heard: Sequence[Here], key: int) -> list[int]:
    return [at for at, here in enumerate(heard) if key in here]


_ALONE: Final = (1,)
_NOTHING: Final[Token] = ({}, ())
_CONTEXT: Final = "?"  # before the name of a list that some rule asks for


def _framed(spoken: Sequence[str]) -> list[str]:
    """Return *spoken* between its two ends, without the sentence ends at its edges."""
    first, last = 0, len(spoken)
    while first < last and spoken[first] == BREAK:
        first += 1
    while last > first and spoken[last - 1] == BREAK:
        last -= 1
    return [START, *spoken[first:last], END]


def _forms(token: str) -> Sequence[str]:
    """Return *token*, and what stands behind each thing that may be glued to its front."""
    if token[0] not in _GLUE:
        return (token,)
    room = len(token) - _SHORTEST
    return (
        token,
        *(
            token[len(glued) :]
            for glued in _GLUED
            if len(glued) <= room and token.startswith(glued)
        ),
    )


def _walk(path: _Path, heard: Sequence[Here], at: int, tokens: Sequence[str]) -> int:
    """Return where *path* ends if it begins at *at*, or 0; all ways through are tried."""
    ends = {at + length for length in heard[at][path.keys[0]]}
    for key, gap in path.steps:
        further: set[int] = set()
        for end in ends:
            for place in range(end, min(end + gap + 1, len(tokens))):
                if tokens[place] == BREAK:
                    break
                for length in heard[place].get(key, ()):
                    further.add(place + length)
        if not further:
            return 0
        ends = further
    return max(ends)


def _judged(hits: Sequence[Hit]) -> tuple[list[Hit], list[Hit]]:
    """Return the hits that speak, and those that a guard or the rest of the message stops."""
    shown = {rule.name for rule, _, _ in hits if rule.name.startswith(_CONTEXT)}
    guarded = {
        (rule.group, at) for rule, start, end in hits if rule.voids for at in range(start, end)
    }
    spoke: list[Hit] = []
    stopped: list[Hit] = []
    for rule, start, end in hits:
        if rule.voids or rule.name.startswith(_CONTEXT):
            continue
        free = not any((rule.group, at) in guarded for at in range(start, end))
        (spoke if free and _speaks(rule, shown) else stopped).append((rule, start, end))
    return spoke, stopped


def _speaks(rule: Rule, shown: set[str]) -> bool:
    return (rule.needs is None or _CONTEXT + rule.needs in shown) and (
        rule.without is None or _CONTEXT + rule.without not in shown
    )
