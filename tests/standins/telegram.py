# SPDX-License-Identifier: AGPL-3.0-or-later
"""A Bot API server on this machine, strict about requests and able to fail on demand.

In a test: ``with StandIn() as control``. As a process, which a killed bot does not take
along: ``python -m tests.standins.telegram --port N --journal FILE``; see telegram_people
for what ``control`` can do.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.standins.serving import Beside, Cut, form, listen, serving
from tests.standins.telegram_acts import Acts, Fault
from tests.standins.telegram_hook import Postman
from tests.standins.telegram_people import Control
from tests.standins.telegram_platform import Json, Platform
from tests.standins.telegram_referee import Foul

TOKEN = "1000001:STAND-IN-token-of-nobody"  # noqa: S105 known to all


class Server:
    """The three addresses: the API, the files, the control of the test."""

    def __init__(self, token: str, journal: TextIO | None) -> None:
        self._token, self._journal = token, journal
        self._begin()
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self.api, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self.file),
                Route("/control/{verb}", self.control, methods=["POST"]),
            ]
        )

    def _begin(self) -> None:
        self.platform = Platform(self._journal)
        self.postman = Postman(self.platform)
        self.acts = Acts(self.platform, self.postman, self._token)

    async def _end(self) -> None:
        self.platform.closed = True
        await self.platform.tell()  # polls end
        await self.postman.close()

    async def api(self, request: Request) -> Response:
        """Answer one Bot API call, unless a fault strikes first."""
        method = request.path_params["method"]
        raw = await self._raw(request)
        fault = self._struck(method, raw)
        if fault and "share" in fault.detail:
            await self.platform.note(
                {"event": "struck", "kind": fault.kind, "whom": raw["chat_id"]}
            )
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.detail["seconds"])
        elif fault and fault.kind != "lost":
            return _failure(fault)
        answer = await self._answer(request.path_params["token"], method, raw)
        return Cut() if fault and fault.kind == "lost" else answer

    async def _raw(self, request: Request) -> Json:
        body, kind = await request.body(), request.headers.get("content-type", "")
        raw: Json = dict(request.query_params)
        if kind.startswith("application/json"):
            sent: Mapping[str, Any] = json.loads(body)
            return {**raw, **sent}
        if kind.startswith("multipart/form-data"):
            return {**raw, **self._form(kind, body)}
        return {**raw, **dict(parse_qsl(body.decode(), keep_blank_values=True))}

    def _form(self, kind: str, body: bytes) -> Json:
        """Read a form; a file in it is held, and its id stands in its place."""
        return {
            part.name: part.data.decode()
            if part.file is None
            else self.platform.hold(part.file, part.data)
            for part in form(kind, body)
        }

    async def _answer(self, token: str, method: str, raw: Json) -> Response:
        if token != self.acts.token:
            return _error(401, "Unauthorized")
        try:
            return JSONResponse({"ok": True, "result": await self.platform.call(method, raw)})
        except Foul as foul:
            return _error(foul.status, foul.description, **foul.told)

    async def file(self, request: Request) -> Response:
        """Serve a file's bytes to whoever knows the token."""
        if fault := self._struck("download", {}):
            return _failure(fault)
        held = self.platform.files.get(Path(request.path_params["path"]).stem)
        if request.path_params["token"] != self.acts.token or held is None:
            return _error(404, "Not Found")
        await self.platform.note({"event": "download", "params": {}})
        return Response(bytes(held), media_type="application/octet-stream")

    async def control(self, request: Request) -> Response:
        """Do what a test asks for."""
        verb = request.path_params["verb"]
        if verb == "reset":
            await self._end()
            self._begin()
            return JSONResponse(self._token)
        act = getattr(self.acts, verb)
        try:
            return JSONResponse(await act(**await request.json()))
        except TimeoutError:
            return Response("waited in vain", 504)

    def _struck(self, method: str, raw: Json) -> Fault | None:
        faults = self.acts.faults
        return next((fault for fault in faults if fault.strikes(method.lower(), raw)), None)

    @contextlib.asynccontextmanager
    async def open(self, listener: socket.socket) -> AsyncIterator[None]:
        """Serve on ``listener`` until the block ends."""
        async with serving(self.app, listener):
            try:
                yield
            finally:
                await self._end()


def _failure(fault: Fault) -> Response:
    detail = fault.detail
    match fault.kind:
        case "error":
            said = detail.get("description", "Bad thing")
            return _error(detail["status"], said, retry_after=detail.get("retry_after"))
        case "html":
            return HTMLResponse("<html><h1>Bad Gateway</h1></html>", detail.get("status", 502))
        case "null":
            return Response("null", detail.get("status", 500), media_type="application/json")
        case "odd":
            return JSONResponse(detail["body"], detail.get("status", 200))
    return Cut()


def _error(status: int, description: str, **told: int | None) -> Response:
    body: Json = {"ok": False, "error_code": status, "description": description}
    known = {name: value for name, value in told.items() if value}
    return JSONResponse(body | ({"parameters": known} if known else {}), status)


class StandIn(Beside):
    """The stand-in as long as the block lasts."""

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__("telegram-stand-in", lambda on: Server(token, None).open(on))
        self.control = Control(self.url, token)

    def __enter__(self) -> Control:
        super().__enter__()
        return self.control

    def __exit__(self, *fault: object) -> None:
        self.control.close()
        super().__exit__(*fault)


async def _alone(port: int, token: str, journal: TextIO | None) -> None:
    listener = listen(port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with Server(token, journal).open(listener):
        print(json.dumps({"url": url, "token": token}), flush=True)  # noqa: T201 its answer
        await asyncio.Event().wait()


def main() -> None:
    """Serve until killed; the first line of stdout is {"url", "token"}."""
    ask = argparse.ArgumentParser(description="a Bot API stand-in")
    ask.add_argument("--port", type=int, default=0)
    ask.add_argument("--token", default=TOKEN)
    ask.add_argument("--journal", type=Path, help="every accepted call, one JSON object a line")
    asked = ask.parse_args()
    with contextlib.ExitStack() as held, contextlib.suppress(KeyboardInterrupt):
        journal = held.enter_context(asked.journal.open("a")) if asked.journal else None
        asyncio.run(_alone(asked.port, asked.token, journal))


if __name__ == "__main__":
    main()
