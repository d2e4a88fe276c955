# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real server on a free port, before a stand-in of the bot that keeps the runtime's contract."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot import web
from bot.channels import Address, Inbound, Message


@dataclass(frozen=True, slots=True)
class Parcel:
    id: int
    message: Message | None = None
    upload: str | None = None


@dataclass(slots=True)
class Turn:
    """What the stand-in answers to one thing said."""

    says: Sequence[Message] = ()
    lets_through: Sequence[str] = ()
    effects: Sequence[str] = ()


@dataclass
class Bot:
    """Keeps what the web asks for: one thing said once, parcels until acknowledged."""

    answer: Callable[[Inbound], Turn] = lambda _: Turn()
    said: list[Inbound] = field(default_factory=list)
    repeated: int = 0
    acknowledged: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    failed: list[tuple[str, str]] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self):
        self.runtime = self.mailbox = self.intake = self
        self._boxes: dict[str, dict[int, Parcel]] = defaultdict(dict)
        self._ids = itertools.count(1)
        self._changed = asyncio.Event()

    async def receive(self, inbound: Inbound) -> Turn:
        if any(inbound.id == known.id for known in self.said):
            self.repeated += 1
            return Turn()
        self.said.append(inbound)
        turn = self.answer(inbound)
        for ticket in turn.lets_through:
            self.put(inbound.sender, upload=ticket)
        for message in turn.says:
            self.put(inbound.sender, message)
        return turn

    def put(self, to: Address, message: Message | None = None, upload: str | None = None) -> None:
        parcel = Parcel(next(self._ids), message, upload)
        self._boxes[to.to][parcel.id] = parcel
        self._changed.set()

    async def collect(self, address: Address, wait: float) -> list[Parcel]:
        self.waits.append(wait)
        end = asyncio.get_running_loop().time() + wait
        box = self._boxes[address.to]
        while not box and not self.closed and asyncio.get_running_loop().time() < end:
            self._changed.clear()
            await self._changed.wait()
        return list(box.values())

    async def acknowledge(self, address: Address, ids: Sequence[int]) -> None:
        box = self._boxes[address.to]
        for id_ in ids:
            if id_ in box and box[id_].upload is None:  # a file's leave stays until it is used
                del box[id_]
                self.acknowledged.append(id_)

    def expected(self, address: Address, ticket: str) -> Parcel | None:
        self.asked.append(ticket)
        return next((p for p in self._boxes[address.to].values() if p.upload == ticket), None)

    async def take(self, row: Parcel, chunks: AsyncIterator[bytes]) -> None:
        self.files[row.upload] = b"".join([chunk async for chunk in chunks])
        self._forget(row)

    async def fail(self, row: Parcel, reason: str) -> None:
        self.failed.append((row.upload, reason))
        self._forget(row)

    def _forget(self, row: Parcel) -> None:
        for box in self._boxes.values():
            box.pop(row.id, None)

    def close(self) -> None:
        self.closed = True
        self._changed.set()


@dataclass
class Site:
    """A running server and the bot behind it."""

    app: Starlette
    bot: Bot
    port: int
    loop: asyncio.AbstractEventLoop
    server: uvicorn.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, to: Address, message: Message) -> None:
        """Let the bot write first."""
        self.loop.call_soon_threadsafe(self.bot.put, to, message)

    def hang_up(self) -> None:
        """End the conversation; what a closed page still had under way is heard before."""
        self.loop.call_soon_threadsafe(self.bot.close)
        patience = time.monotonic() + 2
        while self.server.server_state.connections and time.monotonic() < patience:
            time.sleep(0.005)


@pytest.fixture
def turn() -> type[Turn]:
    """What a test's bot answers with."""
    return Turn


@pytest.fixture(scope="session")
def server() -> Iterator[Site]:
    """One server for all tests: starting it takes longer than most of them."""
    with serving(web.build(Bot())) as running:
        yield running


@pytest.fixture
def site(server) -> Iterator[Site]:
    """The server with a bot that knows nobody yet."""
    server.bot = server.app.state.house = Bot()
    yield server
    server.hang_up()  # or the next test's bot would hear the rest


@pytest.fixture
def bare_site(tmp_path) -> Iterator[Site]:
    """A server whose pages were never built."""
    with serving(web.build(Bot(), static=tmp_path)) as running:
        yield running


@pytest.fixture
def hooked_site() -> Iterator[Site]:
    """A server with a messenger's webhook beside the chat."""

    async def hook(_):
        return PlainTextResponse("heard")

    with serving(web.build(Bot(), routes=[Route("/hook", hook, methods=["POST"])])) as running:
        yield running


@contextmanager
def serving(app: Starlette) -> Iterator[Site]:
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="off")
    server = uvicorn.Server(config)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_until_complete, args=[server.serve([listener])])
        thread.start()
        running = Site(app, app.state.house, listener.getsockname()[1], loop, server)
        yield running
        server.should_exit = True
        loop.call_soon_threadsafe(running.bot.close)
        thread.join(10)
        assert not thread.is_alive()
        loop.close()
