# SPDX-License-Identifier: AGPL-3.0-or-later
"""An age file looked at from outside: for how many it is sealed, how much is in it, no more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.vault import x25519
from bot.vault.faults import BadKey, VaultError
from bot.vault.padding import size_class

IDENTITY: Final = 75  # bytes that a case's identity takes, with the end of its line

_FIRST: Final = b"age-encryption.org/v1\n"
_STANZA: Final = re.compile(rb"-> X25519 ([A-Za-z0-9+/]{43})\n[A-Za-z0-9+/]{43}\n")
# Some programs put in a stanza that nobody opens, so that readers stay used to strange ones.
_GREASE: Final = re.compile(
    rb"-> [!-~]{1,64}-grease(?: [!-~]{1,64}){0,8}\n"
    rb"(?:[A-Za-z0-9+/]{64}\n){0,8}[A-Za-z0-9+/]{0,63}\n"
)
_LAST: Final = re.compile(rb"--- [A-Za-z0-9+/]{43}\n")
_NONCE, _TAG, _BLOCK = 16, 16, 64 * 1024
_MOST = 1000  # stanzas read at all


class Unfit(VaultError):
    """This is no age file as it is made here; nothing of it was kept."""

    def __init__(self) -> None:
        super().__init__("unfit")


@dataclass(frozen=True, slots=True)
class Outside:
    """What anybody sees of an age file that is sealed to X25519 keys."""

    readers: int  # how many keys open it
    plain: int  # bytes inside


def look(blob: bytes) -> Outside:
    """Say what an age file shows without a key; raise `Unfit` for anything else.

    Keys of other kinds and passphrases are refused: a file that we keep is sealed to the
    team's keys, or to a case's, which are X25519 all of them.
    """
    if not blob.startswith(_FIRST):
        raise Unfit
    at = len(_FIRST)
    shares: set[bytes] = set()
    while len(shares) < _MOST and (stanza := _STANZA.match(blob, at)):
        if stanza[1] in shares:
            raise Unfit
        shares.add(stanza[1])
        at = stanza.end()
    if grease := _GREASE.match(blob, at):
        at = grease.end()
    last = _LAST.match(blob, at)
    if not shares or last is None:
        raise Unfit
    return Outside(len(shares), _plain(len(blob) - last.end() - _NONCE))


def sealed_words(padded: bytes, length: int) -> bytes:
    """Check words sealed to one key and padded to their class; return them padded."""
    if not 0 < length <= len(padded) or len(padded) != size_class(length):
        raise Unfit
    outside = look(padded[:length])
    if outside.readers != 1 or not outside.plain:
        raise Unfit
    return padded


def wrapped_identity(blob: bytes, readers: int) -> bytes:
    """Check a case's identity, sealed to so many keys; return it."""
    if look(blob) != Outside(readers, IDENTITY):
        raise Unfit
    return blob


def recipient(text: str) -> str:
    """Check an age recipient; return it."""
    try:
        x25519.recipient(text)
    except BadKey:
        raise Unfit from None
    return text


def _plain(sealed: int) -> int:
    """How many bytes stand in *sealed* bytes of blocks, each with its tag."""
    blocks, rest = divmod(sealed, _BLOCK + _TAG)
    if sealed < _TAG or (blocks and 0 < rest <= _TAG):
        raise Unfit
    return sealed - _TAG * (blocks + (rest > 0))
