# SPDX-License-Identifier: AGPL-3.0-or-later
"""A message cut into what can be understood alone: clauses, and stretches of long ones."""

from collections.abc import Sequence
from typing import Final

from nlu.features import Span

LONGEST: Final = 12  # words of one stretch
STRIDE: Final = 6
WHOLE: Final = 40  # words; what is longer is understood by its parts alone
MOST: Final = 60  # parts; of a longer story the two ends are read

ENDS: Final = frozenset("?!.;\n,")


def spans(words: Sequence[str]) -> list[Span]:
    """Return the span of the whole message first (or of its beginning), then of its parts."""
    whole = (0, min(len(words), WHOLE))
    parts = [part for clause in _clauses(words) for part in _stretches(*clause)]
    if len(parts) < 2:  # noqa: PLR2004 - one part is the whole
        return [whole]
    if len(parts) > MOST:
        parts = [*parts[: MOST // 2], *parts[-MOST // 2 :]]
    return [whole, *parts]


def _clauses(words: Sequence[str]) -> list[Span]:
    ends = [at + 1 for at, word in enumerate(words) if word in ENDS]
    edges = [0, *ends, len(words)]
    return [(start, end) for start, end in zip(edges, edges[1:], strict=False) if start < end]


def _stretches(start: int, end: int) -> list[Span]:
    if end - start <= LONGEST + STRIDE // 2:
        return [(start, end)]
    firsts = range(start, end - LONGEST + STRIDE, STRIDE)
    return [(first, min(first + LONGEST, end)) for first in firsts]
