# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files sealed while they arrive: never in the clear on a disk, never whole in memory."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

import pyrage

from bot.vault import x25519
from bot.vault.faults import Empty, TooLarge, VaultError
from bot.vault.padding import pad_file

HEAD = 8192  # bytes kept to tell what kind of file it is
_AHEAD = 4  # chunks that may wait for the encryption

# Threads of their own: a slow sender must not hold those that read messages or count receipts.
_threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="seal")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is known of a sealed file: all of it goes inside the seal or an encrypted column."""

    sha256: str = field(repr=False)  # of the plain bytes, hex
    size: int  # plain bytes
    head: bytes = field(repr=False)  # the first plain bytes, up to `HEAD`, for sniffing
    ciphertext_length: int  # of the age file; the file on disk is padded beyond it


class _Abandoned(Exception):
    """The source failed: the thread only has to stop."""


class _Pipe:
    """A reader for the encrypting thread, fed by the event loop without ever blocking it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(_AHEAD)
        self._chunks: SimpleQueue[bytes | None] = SimpleQueue()
        self._rest = memoryview(b"")
        self._ended = False

    async def put(self, chunk: bytes) -> None:
        await self._room.acquire()
        self._chunks.put(chunk)

    def end(self) -> None:
        self._chunks.put(b"")

    def abandon(self) -> None:
        self._chunks.put(None)

    def more_room(self, *_: object) -> None:
        """Let the loop go on; called from it."""
        self._room.release()

    def read(self, size: int = -1) -> bytes:
        """Called in the thread, by age: up to ``size`` bytes, b"" at the end."""
        if not self._rest and not self._ended:
            self._take()
        block = self._rest[:size] if size >= 0 else self._rest
        self._rest = self._rest[len(block) :]
        return bytes(block)

    def _take(self) -> None:
        chunk = self._chunks.get()
        if chunk is None:
            raise _Abandoned
        self._rest, self._ended = memoryview(chunk), not chunk
        self._loop.call_soon_threadsafe(self.more_room)


class _Tally:
    """Counts, hashes and looks at the head of what passes by."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._hash = hashlib.sha256()
        self.size = 0
        self.head = b""

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self._limit:
            raise TooLarge
        if len(self.head) < HEAD:
            self.head += chunk[: HEAD - len(self.head)]
        self._hash.update(chunk)

    def result(self, ciphertext_length: int) -> Sealed:
        return Sealed(self._hash.hexdigest(), self.size, self.head, ciphertext_length)


async def seal_stream(
    chunks: AsyncIterator[bytes], recipient: str, path: Path, limit: int
) -> Sealed:
    """Encrypt a stream of bytes into a new file, padded to its size class and synced.

    When this returns, file and folder entry are on the disk. When it raises, there is no
    file: `TooLarge` beyond ``limit`` bytes, `Empty` without any, `VaultError` when the disk
    fails (no cause shown), `FileExistsError` if the name is taken, and whatever the source
    raised, cancellation included.
    """
    reader = x25519.recipient(recipient)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    pipe, tally = _Pipe(), _Tally(limit)
    work = asyncio.get_running_loop().run_in_executor(_threads, _write, pipe, reader, file)
    work.add_done_callback(pipe.more_room)
    try:
        await _feed(chunks, pipe, tally, work)
        length = await asyncio.shield(work)
        await asyncio.get_running_loop().run_in_executor(_threads, sync_folder, path.parent)
    except BaseException:
        pipe.abandon()
        await _settled(work)
        _remove(path)
        raise
    return tally.result(length)


async def _feed(
    chunks: AsyncIterator[bytes], pipe: _Pipe, tally: _Tally, work: asyncio.Future[int]
) -> None:
    async for chunk in chunks:
        if not chunk:
            continue  # an empty chunk is no end of file
        tally.add(chunk)
        await pipe.put(chunk)
        if work.done():  # the disk failed: the caller will hear it from the thread
            return
    if not tally.size:
        raise Empty
    pipe.end()


async def _settled(work: asyncio.Future[int]) -> None:
    """Wait for the thread to let go of the file, however often we are cancelled meanwhile."""
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            continue
    work.exception()  # looked at, so that nobody logs it


def _write(pipe: _Pipe, reader: pyrage.x25519.Recipient, file: int) -> int:
    with os.fdopen(file, "wb") as target:
        try:
            pyrage.encrypt_io(pipe, target, [reader])
            length = target.tell()
            pad_file(target, length)
            target.flush()
            os.fsync(target.fileno())
        except (pyrage.EncryptError, OSError):
            raise VaultError("file not sealed") from None
    return length


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
