# SPDX-License-Identifier: AGPL-3.0-or-later
"""A message as a row of words the lexicon knows, whatever is glued to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Final

from nlu.lexicon import Spelling, every, named
from nlu.skeleton import skeletons

# Kinds of which a word may be the first: most words of a message are none, and cost one look.
NUMBER: Final = 1
PLATFORM: Final = 2
DAY: Final = 4
WEEKDAY: Final = 8
PRAYER: Final = 16
MIDNIGHT: Final = 32
SPAN: Final = 64
EVENT: Final = 128
ORDINAL: Final = 256
PART: Final = 512

_KINDS: Final = {
    "numbers": NUMBER,
    "multipliers": NUMBER,
    "half": NUMBER | SPAN,
    "quarter": SPAN,
    "third": SPAN,
    "platforms": PLATFORM,
    "no_platform": PLATFORM,
    "days": DAY,
    "weekdays": WEEKDAY,
    "prayers": PRAYER,
    "midnight": MIDNIGHT,
    "spans": SPAN,
    "hours": PART,
    "events": EVENT,
    "ordinals": ORDINAL,
    "born": ORDINAL,
}

# What is written against the front of a word, by its first letter: and, in, by, for, the.
_GLUED: Final = {
    "و": ("و", "وال"),
    "ف": ("ف", "فل", "فال"),
    "ب": ("ب", "بل", "بال"),
    "ل": ("ل", "لل"),
    "ا": ("ال",),
    "ه": ("هال",),
    "l": ("l",),
    "f": ("fl", "f"),
    "b": ("bl", "b"),
    "d": ("dl", "d"),
    "w": ("wl", "w"),
}
_AND: Final = "و"
_SHORTEST: Final = 3  # letters behind what is glued; in Latin script four, unless one is a digit
_BONES: Final = 4  # consonants: fewer are shared by too many words
_ARABIC: Final = "\u0600"
_HUNDRED: Final = 100


@dataclass(frozen=True, slots=True)
class Row:
    """The words of a message: as typed, as the lexicon knows them, and the kinds they may be."""

    words: Spelling
    plain: Spelling
    kinds: tuple[int, ...]
    any: int  # all kinds together

    def glued(self, place: int) -> bool:
        """Tell whether an "and" is written against the word at *place*."""
        word = self.words[place]
        return word != self.plain[place] and word[0] in "وw"

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Return the bounds of the sentence around *start* and *end*."""
        while start and self.words[start - 1] != ".":
            start -= 1
        while end < len(self.words) and self.words[end] != ".":
            end += 1
        return start, end


def row(spoken: Sequence[str], bones: Mapping[str, str]) -> Row:
    """Return *spoken* with each word as the lexicon knows it; *bones* are skeletons at hand."""
    known = _vocabulary()
    found = [known.get(word) or _known(word, bones) for word in spoken]
    plain, kinds = zip(*found, strict=True) if found else ((), ())
    return Row(tuple(spoken), plain, kinds, reduce(or_, kinds, 0))


def _known(word: str, bones: Mapping[str, str]) -> tuple[str, int]:
    """Return *word* without what is glued to it, or what its consonants say, if known then."""
    first = word[0]
    if first.isdecimal() and word.isdecimal():
        return word, NUMBER
    if first in _GLUED and (found := _unglued(word)):
        return found
    if first.isdigit() and (word[-1].isdigit() or word[-1] == "h"):  # "1,5", "17h"
        return word, NUMBER
    # "khmsyam" is five days, hence the m.
    if first < _ARABIC and len(word) > _BONES and word[-1] != "m":
        return _by_bones().get(bones.get(word) or skeletons([word])[0]) or (word, 0)
    return word, 0


def _unglued(word: str) -> tuple[str, int] | None:
    known = _vocabulary()
    for glued in _GLUED.get(word[0], ()):
        if word.startswith(glued):
            rest = word[len(glued) :]
            if len(rest) >= _least(glued, rest) and (found := known.get(rest)):
                return found
            if glued == _AND and rest and (found := _unglued(rest)):
                return found
    return None


def _least(glued: str, rest: str) -> int:
    """Return how many letters must be left to believe that something is glued to them."""
    if glued == _AND:
        return _SHORTEST - 1
    latin = glued < _ARABIC
    return _SHORTEST + (latin and not any(letter.isdigit() for letter in rest))


@cache
def _vocabulary() -> Mapping[str, tuple[str, int]]:
    found: dict[str, int] = {}
    for name, spellings in every():
        kind = _KINDS.get(name, 0)
        for spelling, _ in spellings.entries():
            for word in spelling.split():
                found.setdefault(word, NUMBER if word.isdecimal() else 0)
        for word in spellings.firsts:
            found[word] |= kind
    return {word: (word, kind) for word, kind in found.items()}


@cache
def _by_bones() -> Mapping[str, tuple[str, int]]:
    """Return hundreds and thousands in Arabic script by their consonants, for Latin letters."""
    numbers = named("numbers")
    arabic = [
        word
        for word in numbers.firsts
        if word[0] >= _ARABIC and int(numbers.find((word,), 0)[0] or 0) > _HUNDRED
    ]
    known = _vocabulary()
    pairs = zip(skeletons(arabic), arabic, strict=True)
    found = {bones: known[word] for bones, word in pairs if len(bones) >= _BONES}
    # The end of «خمسمية» is heard as a t before what it counts.
    return {f"{bones}t": number for bones, number in found.items()} | found
