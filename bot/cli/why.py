# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad read --why``: an explained reading, for people and as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nlu.why import Pattern, Weighed, Why

LONGEST = 60  # characters of a pattern on a terminal


def as_json(why: Why) -> dict[str, Any]:
    """The explanation beside a reading's own values."""
    return {
        "nearest": [
            {"text": near.phrase.text, "label": near.phrase.label,
             "variety": near.phrase.variety, "likeness": round(near.likeness, 3)}
            for near in why.nearest
        ],
        "patterns": [_pattern(each) for each in why.fired],
        "stopped": [_pattern(each) for each in why.stopped],
        "words": {
            label: [[word, round(weight, 3)] for word, weight in weighed]
            for label, weighed in why.words.items()
        },
        "heard_by": {risk: list(who) for risk, who in why.risks.items()},
    }  # fmt: skip


def lines(why: Why) -> Iterator[str]:
    """The explanation, one thing a line."""
    for label, weighed in why.words.items():
        yield f"  weighs for {label}: {_weights(weighed)}"
    for near in why.nearest:
        variety = near.phrase.variety or "?"
        yield f"  like {near.likeness:.2f} {near.phrase.label}/{variety}: {near.phrase.text}"
    for each in why.fired:
        yield f"  pattern {_said(each)}"
    for each in why.stopped:
        yield f"  stopped {_said(each)}"
    for risk, who in why.risks.items():
        yield f"  risk {risk}: heard by {', '.join(who)}"


def _weights(weighed: Weighed) -> str:
    return ", ".join(f"{word} {weight:+.2f}" for word, weight in weighed) or "nothing it knows"


def _said(each: Pattern) -> str:
    reason = f", {each.reason}" if each.reason else ""
    pattern = f"{each.pattern[:LONGEST]}…" if len(each.pattern) > LONGEST else each.pattern
    return f"{each.name} ({each.file}) in «{' '.join(each.words)}»{reason}: {pattern}"


def _pattern(each: Pattern) -> dict[str, Any]:
    return {"name": each.name, "file": each.file, "reason": each.reason,
            "pattern": each.pattern, "words": list(each.words)}  # fmt: skip
