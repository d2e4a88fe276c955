# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad`` as a process of its own, as a newcomer starts it and an operator asks it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

SANAD = Path(sys.executable).with_name("sanad")
PATIENCE = 30.0  # seconds for a machine that does three things at once


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: where it answers, and what it writes."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def alive(self) -> bool:
        """Whether it answers at its address."""
        if self.process.poll() is not None:
            raise AssertionError(self.log.read_text("utf-8"))
        try:
            return httpx.get(f"{self.url}/health", trust_env=False).is_success
        except httpx.TransportError:
            return False


def environment(home: Path) -> dict[str, str]:
    """What a command needs to run, and nothing of the machine's own."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}


@contextmanager
def demo(data: Path) -> Iterator[Demo]:
    """The demo over a data folder, stopped as an operator stops it: it must end well."""
    port, log = _free_port(), data.with_name(f"{data.name}.log")
    command: list[str | Path] = [SANAD, "demo", "--port", str(port), "--data", data]
    with log.open("ab") as words:
        process = subprocess.Popen(
            command, cwd=data.parent, env=environment(data.parent), stdout=words, stderr=words
        )
    try:
        running = Demo(process, f"http://127.0.0.1:{port}", log)
        _until_alive(running)
        yield running
        process.terminate()
        assert process.wait(PATIENCE) == 0, log.read_text("utf-8")
    finally:
        process.kill()
        process.wait()


def ask(cwd: Path, *words: str | Path, fails: bool = False, said: str | None = None) -> str:
    """What ``sanad`` answers to one command; or, where it must fail, its complaint."""
    done = subprocess.run(
        [SANAD, *words], cwd=cwd, env=environment(cwd), input=said, text=True,
        encoding="utf-8", capture_output=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert (done.returncode != 0) is fails, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr if fails else done.stdout


def _until_alive(running: Demo) -> None:
    end = time.monotonic() + PATIENCE
    while not running.alive():
        assert time.monotonic() < end, "the demo does not answer"
        time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
