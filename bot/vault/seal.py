# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sealing to people: what is encrypted here, this server cannot open again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyrage

from bot.vault import x25519
from bot.vault.faults import Empty, NoTeam, TooLarge
from bot.vault.padding import pad, size_class, trim, trim_file
from bot.vault.sealed_file import Sealed, seal_stream

__all__ = [
    "CaseKeys",
    "Empty",
    "NoTeam",
    "Sealed",
    "TooLarge",
    "new_case",
    "pad",
    "seal",
    "seal_many",
    "seal_stream",
    "size_class",
    "trim",
    "trim_file",
]


@dataclass(frozen=True, slots=True)
class CaseKeys:
    """What remains of a case's key pair: its recipient, and its identity sealed to the team."""

    recipient: str
    wrapped: bytes = field(repr=False)


def new_case(team: Sequence[str], recovery: str) -> CaseKeys:
    """Make the keys of one case, and forget the secret.

    ``wrapped`` is an age file that every counsellor of the team and the offline recovery key
    can open (``age -d -i``); it holds the case's identity as age writes it. Raises `NoTeam`
    when nobody but the recovery key could read, `BadKey` for a recipient that is none.
    """
    if not team:
        raise NoTeam("no counsellor")
    identity = pyrage.x25519.Identity.generate()
    wrapped = seal_many(f"{identity}\n".encode(), (*team, recovery))
    return CaseKeys(str(identity.to_public()), wrapped)


def seal(data: bytes, recipient: str) -> bytes:
    """Encrypt to one recipient as a binary age file (about 100 µs). Raises `BadKey`."""
    return seal_many(data, (recipient,))


def seal_many(data: bytes, recipients: Sequence[str]) -> bytes:
    """Encrypt once for several recipients, each of whom can open it alone. Raises `BadKey`."""
    readers = [x25519.recipient(text) for text in dict.fromkeys(recipients)]
    sealed: bytes = pyrage.encrypt(data, readers)
    return sealed
