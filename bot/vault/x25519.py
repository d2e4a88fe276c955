# SPDX-License-Identifier: AGPL-3.0-or-later
"""The age v1 text forms of an X25519 key, made from raw bytes, so that keys can be derived."""

from __future__ import annotations

from typing import IO

import bech32
import pyrage
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from bot.vault.faults import BadKey, Unopenable

SIZE = 32  # bytes of a raw key, secret or public


def spell(prefix: str, raw: bytes) -> str:
    """Write bytes in Bech32 (BIP 173, without its length limit, as age does), lower case."""
    words = bech32.convertbits(raw, 8, 5)
    if words is None:  # never for bytes; the library's type says it may be
        raise BadKey("key bytes")
    return bech32.bech32_encode(prefix, words)


def unspell(prefix: str, text: str) -> bytes:
    """Read what :func:`spell` wrote, either case; raise `BadKey` without quoting it."""
    found, words = bech32.bech32_decode(text.strip())
    raw = bech32.convertbits(words, 5, 8, False) if words and found == prefix else None
    if raw is None:
        raise BadKey("key text")
    return bytes(raw)


def identity_text(raw: bytes) -> str:
    """Spell a 32-byte secret as age's ``AGE-SECRET-KEY-1…``."""
    return spell("age-secret-key-", raw).upper()


def recipient_text(raw: bytes) -> str:
    """Spell the recipient ``age1…`` that belongs to a 32-byte secret."""
    public = X25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()
    return spell("age", public)


def recipient(text: str) -> pyrage.x25519.Recipient:
    """Parse a recipient (about 1 µs, so nothing is cached); raise `BadKey`."""
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise BadKey("recipient") from None


def identity(text: str) -> pyrage.x25519.Identity:
    """Parse an identity; raise `BadKey`, which quotes nothing of it."""
    try:
        return pyrage.x25519.Identity.from_str(text.strip())
    except pyrage.IdentityError:
        raise BadKey("identity") from None


def decrypt_stream(source: IO[bytes], target: IO[bytes], reader: pyrage.x25519.Identity) -> None:
    """Open an age file block by block; raise `Unopenable`, or the `OSError` of a full disk.

    What was written before a fault was found is genuine, but it is not all: throw it away.
    """
    try:
        pyrage.decrypt_io(source, target, [reader])
    except pyrage.DecryptError:
        raise Unopenable from None
    except OSError as fault:
        if fault.errno is None:  # how pyrage says that a later block is broken or missing
            raise Unopenable from None
        raise
