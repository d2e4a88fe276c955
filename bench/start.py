# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long somebody waits at the terminal: a new process, a first message, its reply."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

SANAD = Path(sys.executable).with_name("sanad")
RUNS = 7
FIRST = "wa7ed kayhddni b tsawri, chno ndir?"


def measure() -> dict[str, float]:
    """Return seconds from the start of a process to its first reply, and to its end."""
    runs = [_run() for _ in range(RUNS)]
    first, whole = zip(*runs, strict=True)
    return {
        "sanad chat, first reply, s": statistics.median(first),
        "  the slowest of seven, s": max(first),
        "sanad chat, whole process, s": statistics.median(whole),
    }


def _run() -> tuple[float, float]:
    began = time.perf_counter()
    with subprocess.Popen(
        [SANAD, "chat", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as chat:
        if chat.stdin is None or chat.stdout is None:
            raise RuntimeError
        chat.stdin.write(json.dumps({"text": FIRST}).encode() + b"\n")
        chat.stdin.flush()
        replies = json.loads(chat.stdout.readline())["replies"]
        first = time.perf_counter() - began
        assert replies, "the first message was not answered"
        chat.stdin.close()
        assert chat.wait() == 0
    return first, time.perf_counter() - began


def main() -> None:
    """Print the figures, one a line."""
    for name, figure in measure().items():
        print(f"{name:38}{figure:12.2f}")


if __name__ == "__main__":
    main()
