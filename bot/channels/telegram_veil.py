# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hides parts of a text behind a tap: Telegram's spoilers, counted in UTF-16 units; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

_RLM = "\u200f"


def units(text: str) -> int:
    """Return the length of ``text`` as Telegram counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def veils(
    text: str, parts: Sequence[str], hidden: Sequence[str]
) -> Iterator[list[dict[str, Any]]]:
    """Yield the entities of each part that hide what of ``hidden`` stands in it.

    ``parts`` are ``text`` cut at white space, with marks of direction added: each is laid
    beside the text again, so that a hidden passage may reach over a cut.
    """
    covered = _covered(text, hidden)
    at = 0
    for part in parts:
        flags, at = _beside(text, at, part, covered)
        yield list(_entities(part, flags))


def _covered(text: str, hidden: Sequence[str]) -> bytearray:
    covered = bytearray(len(text))
    for passage in filter(None, hidden):
        start = text.find(passage)
        while start >= 0:
            covered[start : start + len(passage)] = b"\1" * len(passage)
            start = text.find(passage, start + len(passage))
    return covered


def _beside(text: str, at: int, part: str, covered: bytearray) -> tuple[list[bool], int]:
    """Return for each character of ``part`` whether it is hidden, and where the text goes on."""
    flags = []
    for sign in part:
        skip = at
        while skip < len(text) and text[skip] != sign and text[skip].isspace():
            skip += 1
        if skip < len(text) and text[skip] == sign:
            flags.append(bool(covered[skip]))
            at = skip + 1
        else:  # a mark that was put in
            flags.append(sign == _RLM and bool(flags) and flags[-1])
    return flags, at


def _entities(part: str, flags: Sequence[bool]) -> Iterator[dict[str, Any]]:
    start = 0
    while start < len(part):
        end = start
        while end < len(part) and flags[end] == flags[start]:
            end += 1
        if flags[start]:
            offset, length = units(part[:start]), units(part[start:end])
            yield {"type": "spoiler", "offset": offset, "length": length}
        start = end
