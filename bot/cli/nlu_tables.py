# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures of an evaluation as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from nlu.figures import SHARES, Figures, Pair, Share
from nlu.labels import VARIETIES

PAIRS = 20  # confusions that a terminal shows; the report shows all


def lines(figures: Figures) -> Iterator[str]:
    """Every figure, a heading before each group."""
    yield f"{'':26}  share   95 % bounds"
    for name, said in SHARES.items():
        found: Share = getattr(figures, name)
        if found.n:
            yield f"{said:26} {found}"
    yield "\nby variety"
    for variety, found in figures.varieties.items():
        yield f"{variety:26} {found}"
    if figures.risks:
        yield "\nrisks"
        yield from _risks(figures)
    if figures.pairs:
        yield "\ntaken for another (worst first)"
        yield from map(_pair, figures.pairs[:PAIRS])
        if more := len(figures.pairs) - PAIRS:
            yield f"… and {more} more pairs" if more > 0 else ""
    yield "\nlabel by variety (right of n)"
    yield from cells(figures)


def cells(figures: Figures) -> Iterator[str]:
    """One row a label, one column a variety: how many are right, of how many."""
    told = {variety for _, variety in figures.cells}
    columns = [name for name in VARIETIES if name in told]
    yield f"{'':22}" + "".join(f"{name:>12}" for name in columns)
    for label in dict.fromkeys(label for label, _ in figures.cells):
        row = (figures.cells.get((label, name)) for name in columns)
        yield f"{label:22}" + "".join(f"{_of(share):>12}" for share in row)


def _of(share: Share | None) -> str:
    return f"{share.hits}/{share.n}" if share else "-"


def _pair(pair: Pair) -> str:
    part = f"{pair.share.hits} of {pair.share.n}"
    return f"{pair.label:22} read as {pair.read_as:22} {part:>10}"


def _risks(figures: Figures) -> Iterator[str]:
    for risk, score in figures.risks.items():
        yield f"{risk:26} F1 {score.f1:.3f}"
        yield f"{'  heard':26} {score.heard}"
        yield f"{'  true when heard':26} {score.precision}"
        yield f"{'  false alarms':26} {score.false_alarms}"
