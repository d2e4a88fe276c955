# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opening seals, where the counsellor works: no server process imports this."""

from __future__ import annotations

import os
from pathlib import Path

import pyrage

from bot.vault import x25519
from bot.vault.faults import BadKey, Unopenable
from bot.vault.sealed_file import sync_folder

__all__ = [
    "Unopenable",
    "is_wrapped",
    "make_identity",
    "open_case",
    "open_identity",
    "recipient_of",
    "unseal",
    "unseal_file",
]

_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_BINARY = b"age-encryption.org/v1"
_SECRET = "AGE-SECRET-KEY-1"  # noqa: S105 - how age's identities begin


def make_identity(passphrase: str) -> tuple[str, bytes]:
    """Make an identity; return its recipient and its file, wrapped by the passphrase.

    The file is armored text that plain age reads (``age -d -i FILE`` asks the passphrase).
    Takes about two seconds and 512 MiB: scrypt, so that guessing costs as much.
    """
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    text = f"# public key: {public}\n{identity}\n"
    wrapped: bytes = pyrage.passphrase.encrypt(text.encode(), passphrase, armored=True)
    return public, wrapped


def is_wrapped(file: bytes) -> bool:
    """Say whether an identity file needs a passphrase."""
    return file.startswith((_ARMOR, _BINARY))


def open_identity(file: bytes, passphrase: str) -> str:
    """Read the identity of a file, wrapped or (from age-keygen) plain; raise `Unopenable`."""
    text = _unwrap(file, passphrase) if is_wrapped(file) else file
    for line in text.decode(errors="replace").splitlines():
        if line.strip().startswith(_SECRET):
            return line.strip()
    raise Unopenable


def recipient_of(identity: str) -> str:
    """Say to whom one must seal for this identity; raise `Unopenable`."""
    return str(_parsed(identity).to_public())


def open_case(wrapped: bytes, identity: str) -> str:
    """Open a case's wrapped identity with a counsellor's or the recovery one."""
    text = unseal(wrapped, identity).decode(errors="replace").strip()
    _parsed(text)
    return text


def unseal(blob: bytes, identity: str) -> bytes:
    """Open one age file, trimmed of its padding; raise `Unopenable`, whatever the reason."""
    try:
        data: bytes = pyrage.decrypt(blob, [_parsed(identity)])
    except pyrage.DecryptError:
        raise Unopenable from None
    return data


def unseal_file(source: Path, target: Path, identity: str) -> None:
    """Open a sealed file into a new one with mode 0600, block by block.

    Nothing is left of the target when the seal is broken anywhere: `Unopenable`.
    """
    reader = _parsed(identity)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as plain, source.open("rb") as sealed:
            x25519.decrypt_stream(sealed, plain, reader)
            plain.flush()
            os.fsync(plain.fileno())
        sync_folder(target.parent)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _parsed(identity: str) -> pyrage.x25519.Identity:
    try:
        return x25519.identity(identity)
    except BadKey:
        raise Unopenable from None


def _unwrap(file: bytes, passphrase: str) -> bytes:
    try:
        text: bytes = pyrage.passphrase.decrypt(file, passphrase)
    except pyrage.DecryptError:
        raise Unopenable from None
    return text
