# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can go wrong in the vault, said without a word of what was being kept."""

from __future__ import annotations


class VaultError(Exception):
    """Something in the vault failed; the text is a short code, never content or key."""


class BadKey(VaultError):
    """A key, recipient or identity is not written as it should be."""


class NoTeam(VaultError):
    """A case cannot be opened by anybody: no counsellor is named."""


class Unreadable(VaultError):
    """The service key does not open this, or somebody changed it."""

    def __init__(self) -> None:
        super().__init__("unreadable")


class Unopenable(VaultError):
    """This identity or passphrase does not open this, or somebody changed it."""

    def __init__(self) -> None:
        super().__init__("unopenable")


class TooLarge(VaultError):
    """The file is larger than allowed; nothing of it was kept."""

    def __init__(self) -> None:
        super().__init__("too large")


class Empty(VaultError):
    """The file has no byte; nothing was kept."""

    def __init__(self) -> None:
        super().__init__("empty")
