# SPDX-License-Identifier: AGPL-3.0-or-later
"""The person's own spelling of what was found in normal form."""

from collections.abc import Sequence
from typing import Final

from nlu.normalize import normalize

LONGEST: Final = 4_000  # characters looked at
_ROOM: Final = 8  # words
_MARK: Final = " § "
_EDGES: Final = " .,;:!?؟،؛\"'()[]«»…"


def quoted(text: str, normal: str, found: str) -> str:
    """Return the words of *text* whose normal form is *found*, or *found* itself.

    *normal* is the normal form of all of it.
    """
    if f" {found} " in f" {text} ":
        return found
    originals = text[:LONGEST].split()
    near = _near(len(originals), normal, found)
    return _spelled(originals[near], found) or _spelled(originals, found) or found


def _near(originals: int, normal: str, found: str) -> slice:
    """Return where among so many *originals* the words of *found* should stand.

    Normal form divides some words and leaves out others, hence the room on both sides.
    """
    at = normal.find(found)
    if at < 0:
        return slice(0)
    before, more = len(normal[:at].split()), len(normal.split()) - originals
    return slice(max(0, before - max(0, more) - _ROOM), before + max(0, -more) + _ROOM)


def _spelled(originals: Sequence[str], found: str) -> str:
    wanted = "".join(found.split())  # "l6" may have been read as "l 6"
    # All of them in one go: most of what normalising costs is one a call.
    normal = normalize(_MARK.join(originals)).split(_MARK.strip())
    if len(normal) != len(originals):  # the mark itself was written
        return ""
    spelled = [(word, at) for at, each in enumerate(normal) for word in _words(each)]
    for start, (head, first) in enumerate(spelled):
        read = ""
        for word, last in spelled[start:]:
            read += word
            spare = len(read) - len(wanted)
            if 0 <= spare < len(head) and read.endswith(wanted):
                return " ".join(originals[first : last + 1]).strip(_EDGES)
            if spare >= len(head):
                break
    return ""


def _words(normal: str) -> list[str]:
    kept = "".join(letter if letter.isalnum() else " " for letter in normal)
    return kept.split()
