# SPDX-License-Identifier: AGPL-3.0-or-later
"""Durable turns a second, 32 people at once, beside a bare insert and a bare web server.

All on one core in one run, round by round in turn, so that a busy machine slows all alike.
A turn reads, decides, seals and commits. Beside it, through the same writer thread: the very
rows of these turns, written again by SQLite with nothing else to do; and one bare row a call.
The bare endpoint answers 200 and does nothing at all.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, fields
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyrage
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import App, build
from bot.centre import Centre
from bot.channels import Address, Inbound
from bot.clock import wall_clock
from bot.plan import Plan
from bot.runtime import Runtime
from bot.store import Store
from bot.vault.service import ServiceKey

PEOPLE = 32
ROUNDS = 7  # and one before them that warms up
TURNS = 20  # of each person in a round: the flood limit lets so many pass at once
STORIES = (
    "had siyed mn l khedma kaykteb liya kol nhar w kaygol ghadi ysift tsawri l 3a2ilti",
    "أخذ صوري من هاتفي عند الإصلاح ولا أعرف ماذا سيفعل بها الآن",
    "il garde les photos que je lui avais envoyées sur instagram et il en parle à mes amies",
    "kan 3endi compte f facebook w chi wahed dkhel lih w bda kaykteb l nas b smiti",
)
TURN, ROWS, INSERT, ANSWER = "durable turns", "their rows alone", "bare inserts", "bare endpoint"
ACTS = {TURN: "", ROWS: "write of the same rows", INSERT: "insert", ANSWER: "bare answer"}
Act = Callable[[int, int], Awaitable[object]]  # person, number of the turn
Statements = list[tuple[str, Any]]


@dataclass(slots=True)
class Taped(Runtime):
    """The runtime, remembering what each turn wrote."""

    tape: dict[str, list[Statements]] = field(default_factory=dict)

    async def commit(self, plan: Plan) -> None:
        """Write, and remember."""
        await Runtime.commit(self, plan)
        self.tape.setdefault(plan.address.to, []).append(plan.statements)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that is measured, open at the same time."""

    app: App
    runtime: Taped
    copy: Store
    bare: Store
    lanes: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]

    def acts(self) -> dict[str, Act]:
        """What is measured, by name, in the order of a round."""
        return {TURN: self.turn, ROWS: self.rows, INSERT: self.insert, ANSWER: self.ask}

    async def turn(self, person: int, number: int) -> None:
        """One message of one person, durable on return."""
        text = f"{STORIES[(person + number) % len(STORIES)]} {number}"
        sender = Address("telegram", _name(person, number))
        said = Inbound(sender, f"{person} {number}", "text", text=text, message=str(number))
        await self.runtime.receive(said)

    async def rows(self, person: int, number: int) -> None:
        """The rows of that turn again, into another file."""
        statements = self.runtime.tape[_name(person, number)][number % TURNS]

        def write(run: sqlite3.Connection) -> None:
            for sql, values in statements:
                run.execute(sql, values)

        await self.copy.write(write)

    async def insert(self, person: int, _number: int) -> None:
        """One bare row."""
        blob = bytes(512)
        await self.bare.write(
            lambda run: run.execute("insert into bare values (?, ?)", (person, blob))
        )

    async def ask(self, person: int, _number: int) -> None:
        """One request on a connection that stays."""
        reader, writer = self.lanes[person]
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 300\r\n\r\n" + bytes(300))
        await reader.readuntil(b"\r\n\r\n")


def _name(person: int, number: int) -> str:
    """Somebody new in every round, who writes no more at once than a person may."""
    return f"{number // TURNS} {person}"


def measure() -> dict[str, float]:
    """Return rates per second, and what share of each a turn reaches: medians of the rounds."""
    rounds = _rounds()
    rates = {name: statistics.median(one[name] for one in rounds) for name in ACTS}
    shares = {
        f"turns per {of}": statistics.median(one[TURN] / one[name] for one in rounds)
        for name, of in ACTS.items()
        if of
    }
    return {f"{name} per second": rate for name, rate in rates.items()} | shares


def _rounds() -> list[dict[str, float]]:
    with (
        _one_core(),
        tempfile.TemporaryDirectory(dir=Path.cwd()) as folder,  # a disk: /tmp may be memory
        endpoint() as port,
    ):
        return asyncio.run(_all(Path(folder), port))


async def _all(folder: Path, port: int) -> list[dict[str, float]]:
    async with _stage(folder, port) as stage:
        rounds = [
            {name: await _round(act, number) for name, act in stage.acts().items()}
            for number in range(ROUNDS + 1)
        ]
    return rounds[1:]


async def _round(act: Act, number: int) -> float:
    async def person(one: int) -> None:
        for turn in range(TURNS):
            await act(one, number * TURNS + turn)

    began = time.perf_counter()
    await asyncio.gather(*(person(one) for one in range(PEOPLE)))
    return PEOPLE * TURNS / (time.perf_counter() - began)


@asynccontextmanager
async def _stage(folder: Path, port: int) -> AsyncIterator[Stage]:
    team, recovery = (str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    key, centre = ServiceKey(ServiceKey.make()), Centre({"one": team}, recovery)
    app = build(folder / "turns", key, centre, {}, wall_clock)
    runtime = Taped(**{part.name: getattr(app.runtime, part.name) for part in fields(Runtime)})
    copy, bare = Store(folder / "rows.db"), Store(folder / "bare.db")
    await bare.write(lambda run: run.execute("create table bare (person integer, it blob)"))
    lanes = [await asyncio.open_connection("127.0.0.1", port) for _ in range(PEOPLE)]
    try:
        yield Stage(app, runtime, copy, bare, lanes)
    finally:
        for _, writer in lanes:
            writer.close()
        for each in (app, copy, bare):
            each.close()


@contextmanager
def endpoint(core: int | None = None) -> Iterator[int]:
    """A bare Starlette endpoint under uvicorn, in a process of its own on the same core."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = get_context("fork").Process(target=_serve, args=(listener, core), daemon=True)
        server.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.kill()
            server.join()


def _serve(listener: socket.socket, core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})

    async def nothing(request: Request) -> Response:
        await request.body()
        return Response()

    site = Starlette(routes=[Route("/", nothing, methods=["POST"])])
    config = uvicorn.Config(site, log_config=None, access_log=False, lifespan="off")
    asyncio.run(uvicorn.Server(config).serve([listener]))


@contextmanager
def _one_core() -> Iterator[None]:
    """This process and its children on one core, as ``taskset -c`` would."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def main() -> None:
    """Print the figures, one a line."""
    for name, figure in measure().items():
        print(f"{name:40}{figure:12.3g}" if figure < 100 else f"{name:40}{figure:12.0f}")


if __name__ == "__main__":
    main()
