# SPDX-License-Identifier: AGPL-3.0-or-later
"""A message cut into what can be understood alone: clauses, and stretches of long ones."""

from collections.abc import Iterator, Sequence
from typing import Final

from nlu.features import Span

LONGEST: Final = 12  # words of one stretch
SHORTEST: Final = 2  # words before a joint
MOST: Final = 80  # parts; of a longer story the two ends are read

HEAD: Final = 800  # words of a very long story that the classifier reads,
TAIL: Final = 400  # from its beginning and from its end; the nets read all of it

ENDS: Final = frozenset("?!.;\n,")
_JOINTS: Final = {
    *("et", "mais", "donc", "alors", "puis", "ou", "car", "parce"),
    *("w", "o", "7it", "hit", "bsa7", "walakin", "و", "ثم", "حيت", "لان", "لكن", "ولكن"),
}
_AND: Final = "و"
_GLUED: Final = 5  # letters of a word that "and" may be glued to, itself among them


def ends(words: Sequence[str]) -> Sequence[str]:
    """Return *words*, or the two ends of a very long row of them."""
    return words if len(words) <= HEAD + TAIL else [*words[:HEAD], *words[-TAIL:]]


def spans(words: Sequence[str]) -> list[Span]:
    """Return the span of the whole message first, then of its parts."""
    whole = (0, len(words))
    parts = [part for clause in _clauses(words) for part in _stretches(*clause)]
    if len(parts) < 2:  # noqa: PLR2004 - one part is the whole
        return [whole]
    if len(parts) > MOST:
        parts = [*parts[: MOST // 2], *parts[-MOST // 2 :]]
    return [whole, *parts]


def pieces(words: Sequence[str], parts: Sequence[Span]) -> list[int]:
    """Return the places of those of *parts* that begin or end within a sentence of *words*."""
    return [
        at
        for at, (start, end) in enumerate(parts)
        if (start and words[start - 1] not in ENDS)
        or (end < len(words) and words[end - 1] not in ENDS)
    ]


def _clauses(words: Sequence[str]) -> Iterator[Span]:
    """Yield the clauses of *words*: cut behind an end, and before a joint behind two words."""
    start = 0
    for at, word in enumerate(words):
        if word in ENDS:
            yield start, at + 1
            start = at + 1
        elif at - start >= SHORTEST and _joins(word):
            yield start, at
            start = at
    if start < len(words):
        yield start, len(words)


def _joins(word: str) -> bool:
    """Tell whether *word* may begin a clause: "and", also glued to what follows in Arabic."""
    return word in _JOINTS or (word[0] == _AND and len(word) >= _GLUED)


def _stretches(start: int, end: int) -> Iterator[Span]:
    for first in range(start, end, LONGEST):
        yield first, min(first + LONGEST, end)
