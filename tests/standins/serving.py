# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every stand-in needs to serve real HTTP: a port, a thread of its own, a broken answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from email import message_from_bytes
from email.policy import HTTP
from typing import Any, NamedTuple

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_TALKERS = ("uvicorn.error", "uvicorn.access", "asyncio", "httpx")

Opener = Callable[[socket.socket], AbstractAsyncContextManager[None]]


class Cut(Response):
    """An answer that breaks off: the client sees a connection that was closed on it."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


class Part(NamedTuple):
    """One part of a form: ``file`` is the name of a file, None for a plain value."""

    name: str
    file: str | None
    type: str
    data: bytes


def form(kind: str, body: bytes) -> list[Part]:
    """Read a multipart form."""
    read = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
    return [
        Part(
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in read.iter_parts()
    ]


def listen(port: int = 0) -> socket.socket:
    """Take a port of this machine; 0: any that is free."""
    # asyncio turns Nagle's waiting off only where the socket says that it is TCP: without
    # the last argument every answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve ``app`` on ``listener`` until the block ends."""
    # No access_log=False: that would silence the bot's own server in the same process,
    # and with it what a test of its log looks for.
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    # Not serve(): that would take the process's signals for itself.
    task = asyncio.create_task(server._serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


class Beside:
    """A server in a thread and an event loop of its own, as long as the block lasts.

    Its lines stay out of a log in which a test looks for the bot's.
    """

    def __init__(self, name: str, opener: Opener, port: int = 0) -> None:
        self._opener = opener
        self._listener = listen(port)
        self._ready = threading.Event()
        self._stop: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run()), name=name, daemon=True
        )
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Any:
        for talker in _TALKERS:
            logging.getLogger(talker).addFilter(self._of_the_bot)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_fault: object) -> None:
        if self._stop:
            loop, stop = self._stop
            loop.call_soon_threadsafe(stop.set)
        self._thread.join()
        self._listener.close()
        for talker in _TALKERS:
            logging.getLogger(talker).removeFilter(self._of_the_bot)

    def _of_the_bot(self, record: logging.LogRecord) -> bool:
        return record.threadName != self._thread.name

    async def _run(self) -> None:
        stop = asyncio.Event()
        self._stop = (asyncio.get_running_loop(), stop)
        async with self._opener(self._listener):
            self._ready.set()
            await stop.wait()
