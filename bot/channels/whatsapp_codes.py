# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the platform's error codes mean for a message: data, and the one reading of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.channels import Closed, Gone, Refused, SendError, TryLater, Unwanted

PAIR = timedelta(seconds=6)  # one message to one person; a burst is paid back in silence
BUSY = timedelta(seconds=4)  # the number's own throughput, or the application's


def _later(code: str, after: timedelta | None = None) -> Callable[[], SendError]:
    return lambda: TryLater(after, code)


def _refused(code: str, kind: type[Refused] = Refused) -> Callable[[], SendError]:
    return lambda: kind(code)


# From the platform's page of error codes; the same numbers stand in an answer to a call and
# in the status of a message that had been accepted. What is not here is refused for good.
CODES: Mapping[int, Callable[[], SendError]] = {
    131047: _refused("window", Closed),  # a day of silence: only a template may go
    131026: lambda: Gone("gone"),  # no WhatsApp there, or they blocked us
    131050: _refused("unwanted", Unwanted),
    131049: _refused("capped"),  # enough advertising for this person: not ours to decide
    130472: _refused("capped"),  # the person is part of an experiment of the platform
    131056: _later("pair", PAIR),
    **dict.fromkeys((4, 80007, 130429, 131048), _later("flood", BUSY)),
    **dict.fromkeys((1, 2, 131000, 131016, 131057, 133004), _later("platform")),
    **dict.fromkeys((0, 3, 10, 190, 200, 401, 131005), _refused("token")),
    **dict.fromkeys((368, 131031), _refused("locked")),
    131042: _refused("payment"),
    133010: _refused("number"),
    131030: _refused("not_allowed"),  # a test number writes only to people it was told
    **dict.fromkeys(
        (132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018), _refused("template")
    ),
    **dict.fromkeys((131051, 131008, 131009, 100), _refused("bad_request")),
    **dict.fromkeys((131052, 131053), _refused("media")),
}


def fault(code: Any) -> SendError:
    """Return what an error code means for the message; an unknown one is refused."""
    if isinstance(code, bool) or not isinstance(code, int):
        return Refused("failed")
    return CODES.get(code, _refused("failed"))()
