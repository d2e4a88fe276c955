# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words the dialogue speaks: what happened, what is remembered, what is to be done.

Standard library only. Nothing here reads a clock, a file or a socket: whoever calls
:func:`flows.step` brings the facts and carries out the effects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Lang = str  # a language's code: content has a folder of that name
Urgency = Literal["danger", "urgent", "normal"]
CaseStage = Literal["none", "draft", "filed", "taken", "closed"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood of a message: labels and entities, never its words."""

    lang: Lang = "ar"  # "other": one that we do not speak
    signal: bool = False  # False: the message decides no language
    label: str | None = None
    doubt: bool = True
    faint: bool = False  # hardly more than a guess: not even a short answer
    hazy: bool = False  # less than sure: of a cry for help it names no situation
    runner_up: str | None = None
    labels: tuple[str, ...] = ()
    risks: frozenset[str] = frozenset()
    signs: frozenset[str] = frozenset()
    platform: str | None = None
    amount: str | None = None  # "500 MAD"
    deadline_hours: float | None = None  # earliest reading, from now
    half_day_open: bool = False  # "at 8": in the morning or in the evening?
    age: int | None = None
    number: int | None = None  # a lone number: the answer to "how old?"
    words: int = 0
    letters: bool = True  # False: signs, emoji or nothing at all


@dataclass(frozen=True, slots=True)
class Said:
    """Words were written; the runtime holds them, the engine knows only what was heard."""

    heard: Heard
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Chose:
    """A button was pressed; ``at`` is the node that offered it, if the button says so."""

    option: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A file was offered; nothing has been fetched. Its caption was heard, if it has one."""

    kind: str
    compressed: bool = False
    caption: Heard | None = None


@dataclass(frozen=True, slots=True)
class FileKept:
    """A file that was let through is sealed and durable, under this reference."""

    reference: str
    compressed: bool = False


@dataclass(frozen=True, slots=True)
class FileFailed:
    """A file that was let through could not be kept."""

    reason: Literal["empty", "too_large", "type", "gone"]


@dataclass(frozen=True, slots=True)
class Presented:
    """A receipt was typed; ``hit``: it opens a case; ``mine``: the case of this very chat.

    ``door``: it was made by the page that seals, and its words are for that page only.
    """

    hit: bool
    mine: bool = False
    answers: int = 0
    door: bool = False


@dataclass(frozen=True, slots=True)
class Mistyped:
    """Something almost a receipt was typed: its check digits are wrong."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something arrived that we cannot read: a sticker, a place, a poll."""


Event = Said | Chose | Sent | FileKept | FileFailed | Presented | Mistyped | Unknown


@dataclass(frozen=True, slots=True)
class World:
    """What the runtime knows and the conversation does not: rows, not beliefs."""

    now: float = 0.0  # epoch seconds
    away_hours: float = 0.0  # since the last message
    case: CaseStage = "none"
    files: int = 0  # sealed in the case
    waiting: int = 0  # offered, not fetched
    answers: int = 0  # from counsellors, unread
    targets: bool = False  # somebody can be alarmed
    taken: bool = False  # a counsellor has the case
    channel: str = ""  # some texts differ: who can read a page, who a messenger
    late: bool = False  # the message waited for more than an hour: the bot was down
    more: bool = False  # of an album, or of signs sent together, one that is not the first
    flood: bool = False  # more messages than a person types: all are kept, few are answered


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversation stands. ``notes`` holds closed-vocabulary answers and numbers only."""

    at: str
    lang: Lang = "ar"
    notes: Mapping[str, str] = field(default_factory=dict)
    back: str | None = None  # the node to return to after an aside
    misses: int = 0


@dataclass(frozen=True, slots=True)
class Say:
    """One bubble: content keys shown one under the other, and the buttons under the last.

    A value that starts with "@" is a content key, to be said in the person's language.
    """

    texts: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()  # (option id, content key of its label)
    values: tuple[tuple[str, str], ...] = ()
    at: str = ""  # the node whose question this is


@dataclass(frozen=True, slots=True)
class Keep:
    """Seal the words of this event into the case, a draft one if there is none yet."""

    kind: str  # story, message, answer:when …, correction, caption


@dataclass(frozen=True, slots=True)
class Hold:
    """Remember the offered file's reference, encrypted; fetch nothing."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """The gate is open: fetch and seal every waiting file."""


@dataclass(frozen=True, slots=True)
class RefuseFile:
    """Forget every waiting reference; nothing was fetched."""

    reason: str


@dataclass(frozen=True, slots=True)
class ShredFiles:
    """The victim is a minor after all: destroy sealed media in this very transaction."""


@dataclass(frozen=True, slots=True)
class Escalate:
    """Put the case in front of a human now."""

    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Recall:
    """The person said no: stop the alarm, close the draft again."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """From here on what is written goes, sealed, to the counsellor."""


@dataclass(frozen=True, slots=True)
class FileCase:
    """Lodge what the draft holds and make a receipt."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The receipt was typed back: its bubble may be removed from the chat."""


@dataclass(frozen=True, slots=True)
class ReadAnswers:
    """Deliver the counsellors' answers now: the person asked for them."""


@dataclass(frozen=True, slots=True)
class Papers:
    """Make the person's own dossier and hand it over; it is kept nowhere."""


@dataclass(frozen=True, slots=True)
class DropPapers:
    """Remove that dossier from the chat, where the platform still can."""


@dataclass(frozen=True, slots=True)
class Allow:
    """May we write here first, and when? ``no`` is silence."""

    when: Literal["now", "after9", "no"]


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take the lodged complaint back and destroy what it holds."""


@dataclass(frozen=True, slots=True)
class Unlink:
    """Only by receipt: this chat leads to the case no longer."""


@dataclass(frozen=True, slots=True)
class Erase:
    """Forget this contact: state, draft, pending rows, links, the chat's own messages."""


@dataclass(frozen=True, slots=True)
class QuickExit:
    """Erase, at once and without a word that betrays."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Seal what was picked so far into the case, so that a counsellor reads it with the words."""


@dataclass(frozen=True, slots=True)
class Remind:
    """One neutral message at the hour that was picked; the latest one counts."""

    days: int  # from today, on a wall in Morocco
    hour: int


@dataclass(frozen=True, slots=True)
class Unremind:
    """No reminder after all."""


@dataclass(frozen=True, slots=True)
class Wipe:
    """Empty the chat of both sides' messages; everything else stays."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Send awareness tips to this contact."""


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """No more tips."""


Effect = (
    Say | Keep | Hold | Fetch | RefuseFile | ShredFiles | Escalate | Recall | HandOff | FileCase
    | Confirmed | ReadAnswers | Allow | Withdraw | Unlink | Erase | QuickExit | Subscribe
    | Unsubscribe | Tell | Remind | Unremind | Papers | DropPapers | Wipe
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """The answer to one event."""

    state: State
    effects: tuple[Effect, ...]
