# SPDX-License-Identifier: AGPL-3.0-or-later
"""A message cut into what can be understood alone: clauses, and stretches of long ones."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from nlu.features import Span

LONGEST: Final = 12  # words of one stretch
STRIDE: Final = 6
MOST: Final = 80  # parts; of a longer story the two ends are read

HEAD: Final = 800  # words of a very long story that the classifier reads,
TAIL: Final = 400  # from its beginning and from its end; the nets read all of it

ENDS: Final = frozenset("?!.;\n,")


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


def _clauses(words: Sequence[str]) -> list[Span]:
    ends = [at + 1 for at, word in enumerate(words) if word in ENDS]
    edges = [0, *ends, len(words)]
    return [(start, end) for start, end in pairwise(edges) if start < end]


def _stretches(start: int, end: int) -> list[Span]:
    if end - start <= LONGEST + STRIDE // 2:
        return [(start, end)]
    firsts = range(start, end - LONGEST + STRIDE, STRIDE)
    return [(first, min(first + LONGEST, end)) for first in firsts]
