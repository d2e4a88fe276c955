# SPDX-License-Identifier: AGPL-3.0-or-later
"""A file is sealed while it arrives: whole and synced, or not there at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import tracemalloc

import pytest

from bot.vault import unseal
from bot.vault.faults import BadKey, Empty, TooLarge
from bot.vault.padding import size_class, trim, trim_file
from bot.vault.seal import seal_stream

MB = 1 << 20


def names(folder):
    return [path.name for path in folder.iterdir()]


async def pieces(data, size=64 * 1024):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def sealed(data, person, path, *, limit=20 * MB, size=64 * 1024):
    return await seal_stream(pieces(data, size), person.recipient, path, limit)


@pytest.mark.parametrize("length", [1, 511, 8192, 8193, 64 * 1024, 64 * 1024 + 1, 5 * MB])
def test_what_was_sealed_opens_byte_for_byte(length, counsellor, tmp_path):
    data, path = os.urandom(length), tmp_path / "f"
    known = asyncio.run(sealed(data, counsellor, path))
    assert known.size == length
    assert known.head == data[:8192]
    assert known.sha256 == hashlib.sha256(data).hexdigest()
    blob = path.read_bytes()
    assert len(blob) == size_class(known.ciphertext_length)
    assert unseal.unseal(trim(blob, known.ciphertext_length), counsellor.identity) == data
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["f"]


def test_plain_age_opens_a_file(counsellor, age, tmp_path):
    data, path, pure = b"\x89PNG\r\n" + os.urandom(70_000), tmp_path / "f", tmp_path / "f.age"
    known = asyncio.run(sealed(data, counsellor, path))
    with path.open("rb") as source, pure.open("wb") as target:
        trim_file(source, known.ciphertext_length, target)
    opened = age(pure, counsellor.identity)
    assert opened.returncode == 0, opened.stderr
    assert opened.stdout == data


@pytest.mark.parametrize("size", [1, 100, 8191, 3 * MB])
def test_the_size_of_the_pieces_changes_nothing(size, counsellor, tmp_path):
    data, path = os.urandom(min(20_000, 20 * size) if size < 1000 else 100_000), tmp_path / "f"
    known = asyncio.run(sealed(data, counsellor, path, size=size))
    pure = trim(path.read_bytes(), known.ciphertext_length)
    assert unseal.unseal(pure, counsellor.identity) == data


def test_empty_pieces_do_not_end_a_file(counsellor, tmp_path):
    async def gaps():
        for piece in (b"", b"one", b"", b"two", b""):
            yield piece

    path = tmp_path / "f"
    known = asyncio.run(seal_stream(gaps(), counsellor.recipient, path, 100))
    pure = trim(path.read_bytes(), known.ciphertext_length)
    assert unseal.unseal(pure, counsellor.identity) == b"onetwo"


def test_a_file_without_a_byte_is_refused_and_gone(counsellor, tmp_path):
    with pytest.raises(Empty):
        asyncio.run(sealed(b"", counsellor, tmp_path / "f"))
    assert names(tmp_path) == []


def test_the_limit_itself_is_allowed_and_one_byte_more_is_not(counsellor, tmp_path):
    assert asyncio.run(sealed(bytes(MB), counsellor, tmp_path / "f", limit=MB)).size == MB
    with pytest.raises(TooLarge):
        asyncio.run(sealed(bytes(MB + 1), counsellor, tmp_path / "g", limit=MB))
    assert names(tmp_path) == ["f"]


def test_beyond_the_limit_the_source_is_not_read_on(counsellor, tmp_path):
    asked = []

    async def endless():
        while True:
            asked.append(1)
            yield bytes(1000)

    with pytest.raises(TooLarge):
        asyncio.run(seal_stream(endless(), counsellor.recipient, tmp_path / "f", 10_000))
    assert len(asked) == 11


def test_a_failing_source_is_heard_and_leaves_nothing(counsellor, tmp_path):
    async def broken():
        yield bytes(100_000)
        raise ConnectionResetError("their line")

    with pytest.raises(ConnectionResetError, match="their line"):
        asyncio.run(seal_stream(broken(), counsellor.recipient, tmp_path / "f", MB))
    assert names(tmp_path) == []


def test_a_cancelled_upload_leaves_nothing_and_frees_its_thread(counsellor, tmp_path):
    async def stuck():
        yield bytes(100_000)
        await asyncio.Event().wait()

    async def run():
        work = [
            asyncio.create_task(seal_stream(stuck(), counsellor.recipient, tmp_path / f"f{n}", MB))
            for n in range(40)  # more than there are threads
        ]
        await asyncio.sleep(0.2)
        assert len(names(tmp_path)) == 40
        for each in work:
            each.cancel()
        ends = await asyncio.gather(*work, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)
        await sealed(b"next", counsellor, tmp_path / "next")

    asyncio.run(asyncio.wait_for(run(), 10))
    assert names(tmp_path) == ["next"]


def test_a_name_already_taken_is_kept(counsellor, tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"evidence")
    with pytest.raises(FileExistsError):
        asyncio.run(sealed(b"other", counsellor, path))
    assert path.read_bytes() == b"evidence"


def test_a_recipient_that_is_none_makes_no_file(tmp_path):
    with pytest.raises(BadKey):
        asyncio.run(seal_stream(pieces(b"data"), "age1nobody", tmp_path / "f", MB))
    assert names(tmp_path) == []


_FULL = """
import asyncio, pathlib, resource, signal, sys
from bot.vault.faults import VaultError
from bot.vault.seal import seal_stream
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (11_000_000, 11_000_000))

async def endless():
    yield bytes(12_000_000)  # the thread fails in this one, while all the others wait
    while True:
        yield b"more"

try:
    asyncio.run(seal_stream(endless(), sys.argv[1], pathlib.Path(sys.argv[2]), 1 << 40))
except VaultError as fault:
    print(fault)
"""


def test_a_full_disk_is_said_and_leaves_nothing(counsellor, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _FULL, counsellor.recipient, tmp_path / "f"],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert (done.stdout, done.stderr) == ("file not sealed\n", "")
    assert names(tmp_path) == []


def test_a_large_file_is_never_whole_in_memory(counsellor, tmp_path):
    async def large():
        for _ in range(30 * 16):
            yield os.urandom(64 * 1024)

    tracemalloc.start()
    try:
        known = asyncio.run(seal_stream(large(), counsellor.recipient, tmp_path / "f", 99 * MB))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert known.size == 30 * MB
    assert peak < 3 * MB


def test_many_at_once_each_get_their_own_bytes(counsellor, tmp_path):
    async def run():
        files = {tmp_path / str(n): os.urandom(150_000 + n) for n in range(12)}
        known = await asyncio.gather(*(sealed(d, counsellor, p) for p, d in files.items()))
        return zip(files.items(), known, strict=True)

    for (path, data), known in asyncio.run(run()):
        pure = trim(path.read_bytes(), known.ciphertext_length)
        assert unseal.unseal(pure, counsellor.identity) == data


def test_unsealing_a_file_block_by_block(counsellor, stranger, tmp_path):
    data, path, pure = os.urandom(300_000), tmp_path / "f", tmp_path / "f.age"
    known = asyncio.run(sealed(data, counsellor, path))
    pure.write_bytes(trim(path.read_bytes(), known.ciphertext_length))
    unseal.unseal_file(pure, tmp_path / "plain", counsellor.identity)
    assert (tmp_path / "plain").read_bytes() == data
    assert (tmp_path / "plain").stat().st_mode & 0o777 == 0o600
    with pytest.raises(unseal.Unopenable):
        unseal.unseal_file(pure, tmp_path / "other", stranger.identity)
    pure.write_bytes(pure.read_bytes()[:-1])
    with pytest.raises(unseal.Unopenable):
        unseal.unseal_file(pure, tmp_path / "other", counsellor.identity)
    assert not (tmp_path / "other").exists()


def test_the_sync_comes_before_the_answer(counsellor, tmp_path):
    """Asked of the kernel: the file's own sync, then its folder's."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("NOT CHECKED with strace: it is not installed (apt install strace)")
    code = (
        "import asyncio, os, pathlib, sys\n"
        "from bot.vault.seal import seal_stream\n"
        "async def one(): yield b'x'\n"
        "asyncio.run(seal_stream(one(), sys.argv[1], pathlib.Path(sys.argv[2]), 9))\n"
        "os.write(1, b'answered')\n"
    )
    command = [strace, "-f", "-y", "-e", "trace=fsync,write", sys.executable, "-c", code]
    done = subprocess.run(
        [*command, counsellor.recipient, tmp_path / "f"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    trace = done.stderr
    order = [
        trace.index(f"{tmp_path}/f>)"),
        trace.index(f"<{tmp_path}>)"),
        trace.index("answered"),
    ]
    assert order == sorted(order)
