# SPDX-License-Identifier: AGPL-3.0-or-later
"""One neutral message: what a person will read, before any channel shapes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

TAKE = "take:"  # what a counsellor's button sends back begins so; the case's id follows


@dataclass(frozen=True, slots=True)
class Option:
    """A button: what it sends back and what it shows; or a page of ours that it opens."""

    id: str
    label: str
    url: str = ""  # https; only a channel that can open it is given such a button


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that stands beside a bubble: made or read for this one send, in memory only."""

    kind: Literal["document", "voice"]
    name: str  # what a phone shows of it: it betrays nothing
    type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One bubble, rendered: the words, the buttons under it, the direction it reads in."""

    text: str = field(repr=False)
    options: tuple[Option, ...] = ()
    lang: str = "ar"
    dir: Literal["rtl", "ltr"] = "rtl"  # the direction the text reads in
    protect: bool = False  # ask the platform to forbid forwarding and saving
    hidden: tuple[str, ...] = field(default=(), repr=False)  # parts of it shown only on a tap
    attachments: tuple[Attachment, ...] = ()
    pick: str = ""  # what opens the buttons where they stand in a list
    template: str = ""  # name of an approved text, where nothing else may be sent
