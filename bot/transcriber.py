# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a local transcriber must be, and how one that an operator installed is found.

None ships, for none of a fit size understands Darija well enough to be trusted with danger. A
package offers one under the entry point group ``sanad.transcribers``; docs/transcribers.md says
what it must promise.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

GROUP = "sanad.transcribers"


@runtime_checkable
class Transcriber(Protocol):
    """Turns speech into words on this machine, in memory, and remembers nothing."""

    def words(self, audio: bytes, mime: str) -> str:
        """Return what is said; "" where nothing can be understood.

        Called in a thread, one voice at a time. It writes no file, logs neither sound nor
        words, and reaches no other machine.
        """


class NoTranscriber(ValueError):
    """The configured one cannot be had; the text says why."""


def load(name: str) -> Transcriber:
    """Make the transcriber that is installed under this name. Raises `NoTranscriber`."""
    found = list(entry_points(group=GROUP, name=name))
    if len(found) != 1:
        many = "none" if not found else "more than one"
        raise NoTranscriber(f"SANAD_TRANSCRIBER: {many} installed under this name")
    try:
        made = found[0].load()()
    except Exception as fault:  # noqa: BLE001 - somebody else's program
        kind = type(fault).__name__
        raise NoTranscriber(f"SANAD_TRANSCRIBER: it does not start: {kind}") from None
    if not isinstance(made, Transcriber):
        raise NoTranscriber("SANAD_TRANSCRIBER: it has no words(audio, mime)")
    return made
