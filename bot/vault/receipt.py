# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receipts: 22 digits that reopen a case, forgiving to type and costly to guess."""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyrage
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from bot.vault import x25519
from bot.vault.faults import Unopenable

LENGTH = 22  # 20 random digits and two that check them
_SHAPE = (4, 4, 4, 4, 4, 2)  # how they are shown
_NEAR = range(LENGTH - 1, LENGTH + 2)  # one digit lost or doubled; a bank's RIB has 24
_FAR = 8000  # characters: nobody types a receipt after that, and hostile input stays cheap
_DIGITS = re.compile(r"\d+")  # Unicode: Arabic-Indic and Persian digits too
_WORD = re.compile(r"[^\W_]")

# One derivation at a time, and always in the same thread: thirty attempts must not take thirty
# times 19 MiB, and the C library keeps a pool of memory for every thread that asked for some.
_stretcher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="receipt")


def new() -> str:
    """Make a receipt: 66 random bits as 20 digits, and two check digits (ISO 7064, MOD 97-10)."""
    body = f"{secrets.randbelow(10**20):020d}"
    return body + f"{98 - int(body) * 100 % 97:02d}"


def find(text: str) -> str | None:
    """Find a receipt in what a person typed, as 22 ASCII digits; None if none checks.

    Any script's digits, spaced, dashed, marked or broken into lines anyhow; with words
    between them only where the groups stand as they were shown.
    """
    for runs in _windows(_runs(text)):
        digits = "".join(str(int(digit)) for run in runs for digit in run.digits)
        if int(digits) % 97 == 1:
            return digits
    return None


def looks_like(text: str) -> bool:
    """Say whether somebody seems to have typed a receipt with a digit wrong, lost or doubled."""
    runs = list(_runs(text))
    if find(text) is not None:
        return False
    if sum(len(run.digits) for run in runs) in _NEAR and _mostly_in_fours(runs):
        return True
    return any(total in _NEAR for total in _chains(runs))


def shown(digits: str) -> str:
    """Write a receipt in groups of four, the check digits last."""
    return " ".join(_groups(digits))


def words(digits: str, vocabulary: Sequence[str]) -> tuple[str, ...]:
    """Pick one word for each shown group, always the same: a second look for the eye."""
    return tuple(vocabulary[int(group) % len(vocabulary)] for group in _groups(digits))


@dataclass(frozen=True, slots=True)
class Root:
    """What a receipt opens: the place of a case's row and the identity of its visitor."""

    _key: bytes = field(repr=False)

    def lookup(self, pepper: bytes) -> bytes:
        """Return what is stored to find the row: useless without the service key."""
        return stored(self._derive("lookup"), pepper)

    @property
    def identity(self) -> str:
        """The visitor's age identity, to be forgotten with the turn."""
        return x25519.identity_text(self._derive("identity"))

    @property
    def recipient(self) -> str:
        """The visitor's age recipient, kept with the case."""
        return x25519.recipient_text(self._derive("identity"))

    def open(self, blob: bytes) -> bytes:
        """Open an answer sealed to :attr:`recipient`; raise `Unopenable`."""
        try:
            data: bytes = pyrage.decrypt(blob, [x25519.identity(self.identity)])
        except pyrage.DecryptError:
            raise Unopenable from None
        return data

    def _derive(self, use: str) -> bytes:
        info = f"sanad receipt v1: {use}".encode()
        return HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(self._key)


def stored(token: bytes, pepper: bytes) -> bytes:
    """Return what is kept of a lookup token, which a browser may have derived by itself."""
    return hmac.digest(pepper, token, "sha256")


def root(digits: str, salt: bytes) -> Root:
    """Stretch the 22 digits of :func:`find` by Argon2id (19 MiB, two passes, one lane; RFC 9106).

    About 40 ms of one core, without the interpreter's lock; one derivation at a time in this
    process. The salt is public, one per service, at least 8 bytes.
    """
    return _stretcher.submit(_stretch, digits, salt).result()


async def root_soon(digits: str, salt: bytes) -> Root:
    """Do what :func:`root` does while the event loop goes on; those who wait hold no thread."""
    return await asyncio.wrap_future(_stretcher.submit(_stretch, digits, salt))


def _stretch(digits: str, salt: bytes) -> Root:
    stretch = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19 * 1024)
    return Root(stretch.derive(digits.encode()))


@dataclass(frozen=True, slots=True)
class _Run:
    digits: str = field(repr=False)
    joined: bool  # nothing but space and punctuation since the run before


def _runs(text: str) -> Iterator[_Run]:
    matches = list(_DIGITS.finditer(text, 0, _FAR))
    if sum(match.end() - match.start() for match in matches) < _NEAR.start:
        return  # nearly every message: no more than this is spent on it
    end = 0
    for match in matches:
        yield _Run(match[0], not _WORD.search(text, end, match.start()))
        end = match.end()


def _windows(runs: Iterator[_Run]) -> Iterator[Sequence[_Run]]:
    """Give each row of neighbouring runs that is 22 digits long and may be a receipt."""
    window: list[_Run] = []
    total = 0
    for run in runs:
        window.append(run)
        total += len(run.digits)
        while total > LENGTH:
            total -= len(window.pop(0).digits)
        if total == LENGTH and _may_be_one(window):
            yield window


def _may_be_one(window: Sequence[_Run]) -> bool:
    shape = tuple(len(run.digits) for run in window)
    return shape == _SHAPE or all(run.joined for run in window[1:])


def _chains(runs: Sequence[_Run]) -> Iterator[int]:
    total = 0
    for run in runs:
        if not run.joined:
            yield total
            total = 0
        total += len(run.digits)
    yield total


def _mostly_in_fours(runs: Sequence[_Run]) -> bool:
    return sum(len(run.digits) == _SHAPE[0] for run in runs) >= len(_SHAPE) - 2


def _groups(digits: str) -> Iterator[str]:
    start = 0
    for size in _SHAPE:
        yield digits[start : start + size]
        start += size
