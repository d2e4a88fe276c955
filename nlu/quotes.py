# SPDX-License-Identifier: AGPL-3.0-or-later
"""The person's own spelling of what was found in normal form."""

from typing import Final

from nlu.normalize import normalize

LONGEST: Final = 4_000  # characters looked at
_MARK: Final = " § "
_EDGES: Final = " .,;:!?؟،؛\"'()[]«»…"


def quoted(text: str, found: str) -> str:
    """Return the words of *text* whose normal form is *found*, or *found* itself."""
    wanted = "".join(found.split())  # "l6" may have been read as "l 6"
    originals = text[:LONGEST].split()
    # All of them in one go: most of what normalising costs is one a call.
    normal = normalize(_MARK.join(originals)).split(_MARK.strip())
    if len(normal) != len(originals):  # the mark itself was written
        return found
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
    return found


def _words(normal: str) -> list[str]:
    kept = "".join(letter if letter.isalnum() else " " for letter in normal)
    return kept.split()
