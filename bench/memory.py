# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the running bot holds in memory, as the kernel counts it: the small server is shared.

A real ``sanad demo`` over HTTP; idle, after many turns, and while 32 people try receipts at
once (each attempt costs an Argon2id derivation of 19 MiB, one at a time by a lock).
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.vault import receipt
from bot.web.visitor import HEADER

SANAD = Path(sys.executable).with_name("sanad")
PEOPLE = 32
TURNS = 200
PATIENCE = 60.0  # seconds
STORY = "wa7ed kayhddni b tsawri f instagram, bgha 500 dh, {} had nhar"


@dataclass(frozen=True, slots=True)
class Server:
    """The bot as a process of its own."""

    pid: int
    url: str

    def megabytes(self, line: str) -> float:
        """A line of the kernel's status: VmRSS is now, VmHWM is the most since `forget`."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        found = re.search(rf"{line}:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024 / 1e6

    def forget(self) -> None:
        """Count the peak from here on (proc_pid_clear_refs(5))."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", "ascii")


def measure() -> dict[str, float]:
    """Return resident megabytes (10^6 bytes)."""
    with _server() as server:
        idle = server.megabytes("VmRSS")
        asyncio.run(_turns(server))
        talked = server.megabytes("VmRSS")
        server.forget()
        began = time.perf_counter()
        asyncio.run(_attempts(server))
        tried = time.perf_counter() - began
        return {
            "bot, idle, MB": idle,
            f"bot, after {TURNS} turns, MB": talked,
            f"bot, peak of {PEOPLE} receipts at once, MB": server.megabytes("VmHWM"),
            f"  until all {PEOPLE} are answered, s": tried,
        }


async def _turns(server: Server) -> None:
    """Twenty people, ten messages each."""
    async with asyncio.TaskGroup() as talk:
        for _ in range(20):
            talk.create_task(_person(server, [STORY.format(n) for n in range(TURNS // 20)]))


async def _attempts(server: Server) -> None:
    """Receipts that are well written and belong to nobody: each costs the whole work."""
    async with asyncio.TaskGroup() as rush:
        for _ in range(PEOPLE):
            rush.create_task(_person(server, [receipt.shown(receipt.new())]))


async def _person(server: Server, words: list[str]) -> None:
    headers = {HEADER: secrets.token_urlsafe(32)}
    async with httpx.AsyncClient(
        base_url=server.url, headers=headers, timeout=PATIENCE, trust_env=False
    ) as page:
        for text in words:
            said = await page.post("/chat/say", json={"id": secrets.token_hex(16), "text": text})
            said.raise_for_status()
            parcels = (await page.get("/chat/next")).json()["parcels"]
            assert parcels, "nothing was answered"
            await page.post("/chat/seen", json={"ids": [parcel["id"] for parcel in parcels]})


@contextmanager
def _server() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [str(SANAD), "demo", "--port", str(port), "--data", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            server = Server(process.pid, f"http://127.0.0.1:{port}")
            _until_up(server)
            yield server
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _until_up(server: Server) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            httpx.get(f"{server.url}/health", trust_env=False).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


def main() -> None:
    """Print the figures, one a line."""
    for name, figure in measure().items():
        print(f"{name:38}{figure:12.1f}")


if __name__ == "__main__":
    main()
