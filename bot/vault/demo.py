# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys that everybody knows, for the demonstration; anywhere else the program refuses them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from bot.vault import x25519


@dataclass(frozen=True, slots=True)
class DemoKey:
    """A published key pair: it protects nothing."""

    recipient: str
    identity: str = field(repr=False)


def _known(name: str) -> DemoKey:
    raw = hashlib.sha256(f"sanad demo {name}: known to everybody".encode()).digest()
    return DemoKey(x25519.recipient_text(raw), x25519.identity_text(raw))


COUNSELLOR = _known("counsellor")
RECOVERY = _known("recovery")


def is_demo(recipient: str) -> bool:
    """Say whether a recipient is one of the published ones, however it is written."""
    return recipient.strip().lower() in {COUNSELLOR.recipient, RECOVERY.recipient}
