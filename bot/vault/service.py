# SPDX-License-Identifier: AGPL-3.0-or-later
"""The service key: what this server may read, one derived key for each use."""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence

import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.vault import x25519
from bot.vault.faults import BadKey, Unreadable

SIZE = 32  # bytes of the key
_NONCE = 12
_TAG = 16
_PREFIX = "sanad-service-key-"
_VERSIONS = range(1, 256)


class _Version:
    """One key and everything derived from it, derived once."""

    __slots__ = ("_aead", "_delivery", "contacts", "number", "pepper", "recipient", "seen")

    def __init__(self, number: int, key: bytes) -> None:
        if len(key) != SIZE or number not in _VERSIONS:
            raise BadKey("service key")
        self.number = number
        self.contacts = _derive(key, "contact")
        self.seen = _derive(key, "seen")
        self.pepper = _derive(key, "receipt pepper")
        self._aead = AESGCMSIV(_derive(key, "rows"))
        delivery = _derive(key, "delivery")
        self.recipient = x25519.recipient_text(delivery)
        self._delivery = x25519.identity(x25519.identity_text(delivery))

    def seal(self, data: bytes, where: bytes) -> bytes:
        """Return version byte, nonce and ciphertext."""
        head, nonce = bytes((self.number,)), os.urandom(_NONCE)
        return head + nonce + self._aead.encrypt(nonce, data, head + where)

    def open(self, blob: bytes, where: bytes) -> bytes:
        """Undo :meth:`seal`; raises `InvalidTag`."""
        head, nonce, body = blob[:1], blob[1 : 1 + _NONCE], blob[1 + _NONCE :]
        return self._aead.decrypt(nonce, body, head + where)

    def open_delivery(self, blob: bytes) -> bytes:
        """Open an age file; raises `DecryptError`."""
        data: bytes = pyrage.decrypt(blob, [self._delivery])
        return data


class ServiceKey:
    """Everything the server does with its 32-byte key, and with the keys before it.

    New rows are written under ``current``; rows of ``previous`` keys (newest first) stay
    readable until they are rewritten. Each key has a number of its own, 1 for the first,
    which is the first byte of what it seals; by default they are counted from the oldest.
    Neither ``repr`` nor any error holds key or content.
    """

    __slots__ = ("_all", "_current", "_of")

    def __init__(
        self, current: bytes, previous: Sequence[bytes] = (), *, numbers: Sequence[int] = ()
    ) -> None:
        keys = (current, *previous)
        given = tuple(numbers) or tuple(range(len(keys), 0, -1))
        if len(given) != len(keys) or len(set(given)) != len(given):
            raise BadKey("service key")
        self._all = tuple(_Version(number, key) for number, key in zip(given, keys, strict=True))
        self._current = self._all[0]
        self._of = {version.number: version for version in self._all}

    @staticmethod
    def make() -> bytes:
        """Make a fresh key."""
        return os.urandom(SIZE)

    @staticmethod
    def spell(key: bytes, number: int = 1) -> str:
        """Write a key as one line with a checksum, fit for a file and for paper."""
        if len(key) != SIZE or number not in _VERSIONS:
            raise BadKey("service key")
        return x25519.spell(_PREFIX, bytes((number,)) + key).upper()

    @classmethod
    def read(cls, text: str) -> ServiceKey:
        """Read keys as :meth:`spell` writes them, one a line, the one in use first.

        Empty lines and lines beginning with # are skipped. Raises `BadKey`, which
        quotes nothing.
        """
        lines = [line.strip() for line in text.splitlines()]
        raw = [x25519.unspell(_PREFIX, line) for line in lines if line and line[0] != "#"]
        if not raw:
            raise BadKey("service key")
        keys = [each[1:] for each in raw]
        return cls(keys[0], keys[1:], numbers=[each[0] for each in raw])

    @property
    def version(self) -> int:
        """The number of the key that new rows are sealed with."""
        return self._current.number

    @property
    def next_number(self) -> int:
        """The number of the key that comes after all of these."""
        return max(self._of) + 1

    def contact(self, address: str) -> str:
        """Name a contact (``channel:to``) by 64 hex digits that say nothing without the key."""
        return hmac.digest(self._current.contacts, address.encode(), "sha256").hex()

    def former_contacts(self, address: str) -> tuple[str, ...]:
        """Name the same contact as the previous keys did, newest first."""
        named = (hmac.digest(v.contacts, address.encode(), "sha256") for v in self._all[1:])
        return tuple(name.hex() for name in named)

    def seen(self, channel_and_id: str) -> str:
        """Name a platform's message id by 64 hex digits; the id may hold a phone number."""
        return hmac.digest(self._current.seen, channel_and_id.encode(), "sha256").hex()

    def former_seen(self, channel_and_id: str) -> tuple[str, ...]:
        """Name the same message as the previous keys did: a rotation makes nothing count twice."""
        named = (hmac.digest(v.seen, channel_and_id.encode(), "sha256") for v in self._all[1:])
        return tuple(name.hex() for name in named)

    def seal(self, data: bytes, *, table: str, column: str, row: str) -> bytes:
        """Encrypt one cell; the result opens only in the same table, column and row."""
        return self._current.seal(data, _where(table, column, row))

    def open(self, blob: bytes, *, table: str, column: str, row: str) -> bytes:
        """Open what :meth:`seal` wrote there, under any key held; raise `Unreadable`."""
        version = self._of.get(blob[0]) if len(blob) > _NONCE + _TAG else None
        if version is None:
            raise Unreadable
        try:
            return version.open(blob, _where(table, column, row))
        except InvalidTag:
            raise Unreadable from None

    @staticmethod
    def version_of(blob: bytes) -> int:
        """Say which key a sealed cell needs, so that rotation finds the rows to rewrite."""
        return blob[0] if blob else 0

    @property
    def delivery(self) -> str:
        """The age recipient to which counsellors encrypt what this server must send."""
        return self._current.recipient

    def open_delivery(self, blob: bytes) -> bytes:
        """Open an age file made for :attr:`delivery`, of any key held; raise `Unreadable`."""
        for version in self._all:
            try:
                return version.open_delivery(blob)
            except pyrage.DecryptError:
                continue
        raise Unreadable

    @property
    def pepper(self) -> bytes:
        """The secret that turns a receipt's lookup token into the stored one."""
        return self._current.pepper

    @property
    def peppers(self) -> tuple[bytes, ...]:
        """Every pepper held, the current first: a receipt made before a rotation needs its own."""
        return tuple(version.pepper for version in self._all)


def _derive(key: bytes, use: str) -> bytes:
    info = f"sanad service key v1: {use}".encode()
    return HKDF(algorithm=SHA256(), length=SIZE, salt=None, info=info).derive(key)


def _where(table: str, column: str, row: str) -> bytes:
    # Lengths first: no two places can ever be written alike.
    return f"{len(table)}:{table}{len(column)}:{column}{row}".encode()
