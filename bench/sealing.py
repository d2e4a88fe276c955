# SPDX-License-Identifier: AGPL-3.0-or-later
"""What sealing costs: microseconds for each act of the vault, one thread, best of five rounds."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pyrage

from bot.vault import receipt, seal
from bot.vault.service import ServiceKey

MESSAGE = os.urandom(300)  # bytes of a long chat message
PIECE = os.urandom(64 * 1024)
ROUNDS = 5


def measure() -> dict[str, float]:
    """Return microseconds for one act each, and MB/s for a streamed file."""
    person = str(pyrage.x25519.Identity.generate().to_public())
    parsed = pyrage.x25519.Recipient.from_str(person)
    team = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(3)]
    key, digits, salt = ServiceKey(ServiceKey.make()), receipt.new(), os.urandom(16)
    cell = key.seal(MESSAGE, table="t", column="c", row="r")
    sealed = seal.seal(MESSAGE, person)
    story = "il me demande 2000 dh avant le 12/05 a 20h, son numero est le 0612345678 " * 4
    return {
        "seal a message to its case": _best(lambda: seal.seal(MESSAGE, person), 300),
        "  the same, recipient parsed once": _best(lambda: pyrage.encrypt(MESSAGE, [parsed]), 300),
        "  parse a recipient": _best(lambda: pyrage.x25519.Recipient.from_str(person), 5000),
        "make a case's keys (3 counsellors)": _best(lambda: seal.new_case(team, person), 100),
        "pad": _best(lambda: seal.pad(sealed), 5000),
        "name a contact (HMAC)": _best(lambda: key.contact("telegram:212600000000"), 5000),
        "seal a cell": _best(lambda: key.seal(MESSAGE, table="t", column="c", row="r"), 5000),
        "open a cell": _best(lambda: key.open(cell, table="t", column="c", row="r"), 5000),
        "look for a receipt in a story": _best(lambda: receipt.find(story), 2000),
        "try a receipt (Argon2id)": _best(lambda: receipt.root(digits, salt), 3),
        "stream a file, MB/s": _stream(person),
    }


def _best(act: Callable[[], object], times: int) -> float:
    return min(_round(act, times) for _ in range(ROUNDS)) / times * 1e6


def _round(act: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        act()
    return time.perf_counter() - start


def _stream(person: str, pieces: int = 160) -> float:
    async def source() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield PIECE

    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        asyncio.run(seal.seal_stream(source(), person, Path(folder) / "f", 1 << 30))
        return pieces * len(PIECE) / (time.perf_counter() - start) / 1e6


def main() -> None:
    """Print the figures, one a line."""
    for name, figure in measure().items():
        print(f"{name:38}{figure:12.1f}")


if __name__ == "__main__":
    main()
