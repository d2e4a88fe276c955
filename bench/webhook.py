# SPDX-License-Identifier: AGPL-3.0-or-later
"""Both webhooks of ``sanad run`` at 200 updates a second: how long until the 200 that means kept.

The bot has one core to itself, its answers and all; the load and a platform that takes every
answer have the other. Beside it a bare endpoint under the same load: what the machine itself
does to latencies. On WhatsApp a status of every message that was sent is posted besides.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.posting import Post, Poster
from bench.turns import STORIES, endpoint
from tests.faults.process import SECRET, free_port, housed, start
from tests.standins.graph_shapes import (
    Somebody,
    batch,
    change,
    signed,
    status,
    value,
    wamid,
    written,
)  # fmt: skip

RATE, SECONDS = 200.0, 20.0
EACH = 4  # messages of one person
NUMBER = "200000000000002"
APP = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
WORD = "a-word-of-the-bench-0001"
STATUSES = 0.25  # seconds between two posts of statuses
BATCH = 1000
Maker = Callable[[int], Post]


def measure() -> dict[str, float]:
    """Return milliseconds of both webhooks and of a bare endpoint; one big body besides."""
    figures: dict[str, float] = {}
    ours, theirs = _cores()
    os.sched_setaffinity(0, {theirs})
    with endpoint(core=ours) as port:
        figures |= _named("bare endpoint", asyncio.run(_loaded(port, _bare)))
    for name, make in (("telegram", _telegram), ("whatsapp", _whatsapp)):
        with _bot(name, ours) as (bot, port, sink):
            before = _busy(bot)
            figures |= _named(name, asyncio.run(_loaded(port, make, sink)))
            figures[f"{name}, share of the core used"] = (_busy(bot) - before) / SECONDS
    with _bot("whatsapp", ours) as (_, port, _):
        figures[f"whatsapp, {BATCH} messages in one body, s"] = asyncio.run(_heap(port))
    return figures


def _cores() -> tuple[int, int]:
    """One for the bot, another for the load where there is one."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


def _named(name: str, seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    spans = {"p50": cuts[49], "p99": cuts[98], "max": max(seconds)}
    return {f"{name}, {span}, ms": 1000 * took for span, took in spans.items()}


async def _loaded(port: int, make: Maker, sink: int = 0) -> list[float]:
    posts = [make(number) for number in range(int(RATE * SECONDS))]
    poster = Poster()
    async with poster.open(port):
        await poster.load([make(-n - 1) for n in range(100)], 50)  # warm: first words are slow
        told = asyncio.create_task(_statuses(poster, sink)) if make is _whatsapp else None
        took = await poster.load(posts, RATE)
        if told:
            told.cancel()
            await asyncio.gather(told, return_exceptions=True)
    return took


async def _statuses(poster: Poster, sink: int) -> None:
    """Tell what became of the messages that the platform took."""
    nobody, at = Somebody(0, "212600000000", None), time.time()
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            await asyncio.sleep(STATUSES)
            tokens = (await client.get(f"http://127.0.0.1:{sink}/sent")).json()
            told = [status(nobody, "wamid.sink", "sent", at, opaque=token) for token in tokens]
            if told:
                await poster.send(_signed(batch([change(value(statuses=told))])))


async def _heap(port: int) -> float:
    """Seconds that one body with a thousand messages takes."""
    changes = [change(_message(number)) for number in range(BATCH)]
    poster = Poster()
    async with poster.open(port):
        await poster.load([_whatsapp(-n - 1) for n in range(20)], 20)
        began = time.perf_counter()
        await poster.send(_signed(batch(changes)))
        return time.perf_counter() - began


def _bare(_number: int) -> Post:
    return Post("/", "x-nothing: 1", bytes(600))


def _story(number: int) -> str:
    return f"{STORIES[number % len(STORIES)]} {abs(number)}"


def _person(number: int) -> int:
    return abs(number) // EACH + (500_000 if number < 0 else 0)


def _telegram(number: int) -> Post:
    person = 7_000_000 + _person(number)
    who = {"id": person, "is_bot": False, "first_name": "Unread", "language_code": "fr"}
    message = {
        "message_id": 1_000_000 + number, "from": who, "date": int(time.time()),
        "chat": {"id": person, "type": "private"}, "text": _story(number),
    }  # fmt: skip
    update = {"update_id": 1_000_000 + number, "message": message}
    return Post(
        "/telegram", f"X-Telegram-Bot-Api-Secret-Token: {SECRET}", json.dumps(update).encode()
    )


def _message(number: int) -> dict[str, object]:
    who = Somebody(number, f"2126{_person(number):08d}", None)
    said = {
        **who.sender(), "id": wamid(who, 1_000_000 + number), "timestamp": str(int(time.time())),
        "type": "text", "text": {"body": _story(number)},
    }  # fmt: skip
    return value(contacts=[who.contact()], messages=[said])


def _whatsapp(number: int) -> Post:
    return _signed(batch([change(_message(number))]))


def _signed(body: Mapping[str, object]) -> Post:
    raw = written(dict(body))
    return Post("/whatsapp", f"X-Hub-Signature-256: {signed(APP, raw)}", raw)


@contextmanager
def _bot(name: str, core: int) -> Iterator[tuple[int, int, int]]:
    """``sanad run`` on one core, on a disk; yields its process, its port and the sink's."""
    port = free_port()
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd()) as folder,  # a disk: /tmp may be memory
        subprocess.Popen([sys.executable, "-m", "bench.sink"], stdout=subprocess.PIPE) as sink,
    ):
        if sink.stdout is None:
            raise RuntimeError
        there = int(sink.stdout.readline())
        told = {"SANAD_PORT": str(port), **_environment(name, port, there)}
        command = ("taskset", "-c", str(core), str(Path(sys.executable).with_name("sanad")), "run")
        bot = start(housed(Path(folder), told), command)
        try:
            _awake(port)
            yield bot.process.pid, port, there
        finally:
            bot.kill()
            sink.kill()


def _environment(name: str, port: int, sink: int) -> dict[str, str]:
    api = f"http://127.0.0.1:{sink}"
    if name == "telegram":
        return {
            "SANAD_TELEGRAM_TOKEN": "1:nobody", "SANAD_TELEGRAM_API": api,
            "SANAD_TELEGRAM_MODE": "webhook", "SANAD_TELEGRAM_SECRET": SECRET,
            "SANAD_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }  # fmt: skip
    return {
        "SANAD_WHATSAPP_TOKEN": "nobody", "SANAD_WHATSAPP_NUMBER": NUMBER,
        "SANAD_WHATSAPP_APP_SECRET": APP, "SANAD_WHATSAPP_VERIFY": WORD,
        "SANAD_WHATSAPP_API": api,
    }  # fmt: skip


def _busy(process: int) -> float:
    """Seconds of a core that it has used, by the kernel's count (proc_pid_stat(5))."""
    stat = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _awake(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


def main() -> None:
    """Print the figures, one a line."""
    for name, figure in measure().items():
        print(f"{name:44}{figure:12.1f}")


if __name__ == "__main__":
    main()
