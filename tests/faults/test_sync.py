# SPDX-License-Identifier: AGPL-3.0-or-later
"""200 means kept: the kernel is told to write the log to the disk before the answer goes out."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults.cast import FIRST
from tests.faults.process import SANAD, Telegram, house, start
from tests.faults.storm import quiet

STRACE = shutil.which("strace")
WORDS = ("salam, wahed kayhdedni b tsawri f instagram", "chno ndir daba m3ah", "القانون")
CALLS = "trace=recvfrom,sendto,pwrite64,fdatasync,fsync"
_WAL = "sanad.db-wal>"


def _traces() -> bool:
    if STRACE is None:
        return False
    return subprocess.run([STRACE, "-o", "/dev/null", "true"], check=False).returncode == 0


pytestmark = pytest.mark.skipif(
    not _traces(),
    reason="NOT CHECKED: strace is missing (Debian: apt install strace) or forbidden",
)


def test_the_log_is_on_the_disk_before_the_200(sky: Telegram, tmp_path: Path) -> None:
    assert hasty(sky, tmp_path, SANAD) == []


@pytest.mark.parametrize("mutant", ["no-sync", "answer-first"])
def test_a_bot_that_promises_too_early_is_found(
    mutant: str, sky: Telegram, tmp_path: Path
) -> None:
    command = (sys.executable, "-m", "tests.faults.mutants", mutant)
    assert hasty(sky, tmp_path, command) == [f"answer {number}" for number in range(len(WORDS))]


def hasty(sky: Telegram, folder: Path, command: Sequence[str]) -> list[str]:
    """The answers that left before the log was synced."""
    trace = folder / "trace"
    traced = (str(STRACE), "-D", "-f", "-y", "-s", "24", "-e", CALLS, "-o", str(trace), *command)
    bot = start(house(folder / "bot", sky.fresh(), "webhook"), traced)
    try:
        sky.control.until("setWebhook", wait=60)
        person = sky.control.person(FIRST)
        quiet(sky, peace=0.4)  # what a start writes could be taken for the first message's own
        for words in WORDS:  # one at a time: no other message's sync can be taken for its own
            person.says(words)
            quiet(sky, peace=0.4)
    finally:
        bot.end()
    _until_written(trace)
    turns = list(_turns(trace))
    assert len(turns) == len(WORDS), "a trace that nobody understands"
    return [f"answer {n}" for n, turn in enumerate(turns) if not re.search("w+s+.*a", turn)]


def _turns(trace: Path) -> Iterator[str]:
    """What happened from each POST to its 200: w(rote the log), s(ynced it), a(nswered)."""
    turn: str | None = None
    syncing: set[str] = set()
    for line in trace.read_text(errors="replace").splitlines():
        thread, _, call = line.partition(" ")
        call = call.strip()
        if call.startswith("recvfrom(") and '"POST /telegram' in call:
            turn = ""
        elif turn is None:
            continue
        elif call.startswith("sendto(") and '"HTTP/1.1 200' in call:
            yield turn + "a"
            turn = None
        elif call.startswith("pwrite64(") and _WAL in call:
            turn += "w"
        elif call.startswith(("fdatasync(", "fsync(")) and _WAL in call:
            if "<unfinished" in call:
                syncing.add(thread)
            else:
                turn += "s" if call.endswith("= 0") else ""
        elif re.match(r"<\.\.\. f(data)?sync resumed>", call) and thread in syncing:
            syncing.discard(thread)
            turn += "s" if call.endswith("= 0") else ""


def _until_written(trace: Path) -> None:
    size, until = -1, time.monotonic() + 10
    while size != trace.stat().st_size and time.monotonic() < until:
        size = trace.stat().st_size
        time.sleep(0.3)
