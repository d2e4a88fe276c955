# SPDX-License-Identifier: AGPL-3.0-or-later
"""A node as WhatsApp shows it: merged bubbles, three buttons or a list that must be opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.channels.whatsapp import WhatsApp
from bot.channels.whatsapp_shape import shape
from bot.message import Message, Option
from bot.preview.texts import Text

NAME = "whatsapp"
_NOBODY = "1"


@dataclass(frozen=True, slots=True)
class Line:
    """One text of a bubble, and when it is said."""

    text: Text
    when: str


@dataclass(frozen=True, slots=True)
class Screen:
    """One bubble with what can be tapped under it: buttons, or what opens a list of rows."""

    lines: tuple[Line, ...]
    buttons: tuple[str, ...] = ()
    opener: str = ""
    rows: tuple[tuple[str, str], ...] = ()  # title, and the line below it


def screens(
    lines: Sequence[Line], options: Sequence[Option], lang: str, side: Literal["rtl", "ltr"],
    pick: str,
) -> tuple[Screen, ...]:  # fmt: skip
    """The bubbles as the channel itself would merge and lay them out."""
    last, before = tuple(lines), tuple[Line, ...]()
    whole = Message("\n\n".join(one.text.said[lang] for one in lines) or "x", (), lang, side)
    under = Message(whole.text, tuple(options), lang, side, pick=pick)
    if lines and any(len(WhatsApp.parts(one)) > _pages(options) for one in (whole, under)):
        last, before = last[-1:], last[:-1]
    alone = [Screen((one,)) for one in before]
    taps = tuple(_taps(Message("x", tuple(options), lang, side, pick=pick))) if options else ()
    if not taps:
        return (*alone, Screen(last)) if last else tuple(alone)
    return (*alone, _screen(last, taps[0]), *(_screen((), more) for more in taps[1:]))


def _pages(options: Sequence[Option]) -> int:
    """How many bubbles these buttons take at least."""
    most = WhatsApp.limits.options
    return max(1, -(-len(options) // most))


def _taps(message: Message) -> Iterator[Mapping[str, Any]]:
    for part in WhatsApp.parts(message):
        yield shape(_NOBODY, part)["interactive"]["action"]


def _screen(lines: tuple[Line, ...], action: Mapping[str, Any]) -> Screen:
    buttons = tuple(button["reply"]["title"] for button in action.get("buttons", ()))
    rows = tuple(
        (row["title"], row.get("description", ""))
        for section in action.get("sections", ())
        for row in section["rows"]
    )
    return Screen(lines, buttons, action.get("button", ""), rows)
