# SPDX-License-Identifier: AGPL-3.0-or-later
"""WhatsApp's part of the Graph API on this machine, strict about requests, able to fail.

In a test: ``with StandIn() as control``. As a process, which a killed bot does not take
along: ``python -m tests.standins.graph --port N --journal FILE``; see graph_people for what
``control`` can do.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TextIO

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.standins.graph_acts import Acts, Fault
from tests.standins.graph_hook import Postman
from tests.standins.graph_people import Control
from tests.standins.graph_platform import Platform, answer_of
from tests.standins.graph_referee import Foul
from tests.standins.graph_shapes import BUSINESS, NUMBER
from tests.standins.serving import Beside, Cut, form, listen, serving

TOKEN = "EAAstandinTokenOfNobody"  # noqa: S105 known to all
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 known to all


class Server:
    """The addresses: the API, the files, the control of the test."""

    def __init__(self, token: str = TOKEN, journal: TextIO | None = None) -> None:
        self._token, self._journal = token, journal
        self._begin()
        self.app = Starlette(
            routes=[
                Route("/control/{verb}", self.control, methods=["POST"]),
                Route("/whatsapp_business/attachments/", self.download),
                Route("/{version}/{id}", self.node, methods=["GET", "DELETE"]),
                Route("/{version}/{id}/messages", self.messages, methods=["POST"]),
                Route("/{version}/{id}/media", self.media, methods=["POST"]),
                Route(
                    "/{version}/{id}/message_templates",
                    self.templates,
                    methods=["GET", "POST", "DELETE"],
                ),
            ]
        )

    def _begin(self) -> None:
        self.platform = Platform(self._journal)
        self.postman = Postman(self.platform, SECRET)
        self.acts = Acts(self.platform, self.postman, self._token)

    async def messages(self, request: Request) -> Response:
        """Take a message or a read mark."""
        try:
            raw = json.loads(await request.body())
        except ValueError:
            return _told(Foul(100, "the body is not JSON"))

        async def act(fails: int | None = None) -> Any:
            _ours(request, NUMBER)
            return await self.platform.send(raw, fails)

        return await self._answered(request, "messages", raw, act)

    async def media(self, request: Request) -> Response:
        """Take a file."""
        body, kind = await request.body(), request.headers.get("content-type", "")

        async def act() -> Any:
            _ours(request, NUMBER)
            parts = form(kind, body) if kind.startswith("multipart/form-data") else []
            plain = {part.name: part.data.decode() for part in parts if part.file is None}
            files = [part for part in parts if part.name == "file" and part.file is not None]
            if len(files) != 1:
                raise Foul(100, "file: exactly one is needed")
            wanted = plain.get("type") or files[0].type
            return await self.platform.upload(
                plain.get("messaging_product"), wanted, files[0].data
            )

        return await self._answered(request, "media", {}, act)

    async def node(self, request: Request) -> Response:
        """Say what is known of a file, the number or the account; forget a file."""
        ref = request.path_params["id"]
        base = str(request.base_url).rstrip("/")
        file = ref not in {NUMBER, BUSINESS}
        name = ("describe" if request.method == "GET" else "delete") if file else "node"

        async def act() -> Any:
            if request.method == "DELETE":
                self.platform.held(ref)
                del self.platform.files[ref]
                await self.platform.note("delete", {"id": ref}, {"success": True})
                return {"success": True}
            if file:
                return await self.platform.describe(ref, base)
            return self.platform.node(ref, request.query_params.get("fields", ""))

        return await self._answered(request, name, {}, act)

    async def download(self, request: Request) -> Response:
        """Serve a file's bytes to whoever has the token, while the address lives."""
        if fault := self.acts.struck("download", {}):
            return _failure(fault)
        if not self._known(request):
            return Response(status_code=401)
        held = await self.platform.download(request.query_params.get("mid", ""))
        return Response(held.data, media_type=held.type) if held else Response(status_code=404)

    async def templates(self, request: Request) -> Response:
        """List, create or delete templates."""
        raw = json.loads(await request.body() or b"{}")

        async def act() -> Any:
            _ours(request, BUSINESS)
            asked = dict(request.query_params)
            match request.method:
                case "POST":
                    return await self.platform.templates.create(raw)
                case "DELETE":
                    return await self.platform.templates.delete(asked.get("name", ""))
            return self.platform.templates.page(asked, str(request.url.replace(query="")))

        return await self._answered(request, "templates", {}, act)

    async def _answered(self, request: Request, method: str, raw: Any, act: Any) -> Response:
        """Answer one call, unless a fault strikes first."""
        fault = self.acts.struck(method, raw)
        if fault and "share" in fault.detail:
            whom = self.acts.whom(raw)
            await self.platform.event({"event": "struck", "kind": fault.kind, "whom": whom})
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.detail["seconds"])
        elif fault and fault.kind not in {"lost", "fails"}:
            return _failure(fault)
        if not self._known(request):
            return _told(Foul(190, "the token is not known"))
        try:
            answer = await (
                act(fault.detail["code"]) if fault and fault.kind == "fails" else act()
            )
        except Foul as foul:
            return _told(foul)
        return Cut() if fault and fault.kind == "lost" else JSONResponse(answer)

    def _known(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.acts.token}"

    async def control(self, request: Request) -> Response:
        """Do what a test asks for."""
        verb = request.path_params["verb"]
        if verb == "reset":
            await self.postman.close()
            self._begin()
            return JSONResponse(None)
        try:
            return JSONResponse(await getattr(self.acts, verb)(**await request.json()))
        except TimeoutError:
            return Response("waited in vain", 504)
        except LookupError as unknown:
            return Response(str(unknown), 404)

    @contextlib.asynccontextmanager
    async def open(self, listener: socket.socket) -> AsyncIterator[None]:
        """Serve on ``listener`` until the block ends."""
        async with serving(self.app, listener):
            try:
                yield
            finally:
                await self.postman.close()


def _ours(request: Request, ref: str) -> None:
    if request.path_params["id"] != ref:
        raise Foul(100, "no such object", subcode=33)


def _told(foul: Foul, headers: dict[str, str] | None = None) -> Response:
    status, body = answer_of(foul)
    return JSONResponse(body, status, headers)


def _failure(fault: Fault) -> Response:
    detail = fault.detail
    match fault.kind:
        case "error":
            foul = Foul(
                detail["code"], detail.get("details", "It failed."), detail.get("status", 400)
            )
            return _told(foul, detail.get("headers"))
        case "html":
            return HTMLResponse("<html><h1>Bad Gateway</h1></html>", detail.get("status", 502))
        case "null":
            return Response("null", detail.get("status", 500), media_type="application/json")
        case "odd":
            return JSONResponse(detail["body"], detail.get("status", 200))
    return Cut()


class StandIn(Beside):
    """The stand-in as long as the block lasts."""

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__("graph-stand-in", lambda on: Server(token).open(on))
        self.control = Control(self.url, token, SECRET, NUMBER, BUSINESS)

    def __enter__(self) -> Control:
        super().__enter__()
        return self.control

    def __exit__(self, *fault: object) -> None:
        self.control.close()
        super().__exit__(*fault)


async def _alone(port: int, token: str, journal: TextIO | None) -> None:
    listener = listen(port)
    about = {"url": f"http://127.0.0.1:{listener.getsockname()[1]}", "token": token}
    about |= {"secret": SECRET, "number": NUMBER, "business": BUSINESS}
    async with Server(token, journal).open(listener):
        print(json.dumps(about), flush=True)  # noqa: T201 its answer
        await asyncio.Event().wait()


def main() -> None:
    """Serve until killed; the first line of stdout is what ``Control`` takes."""
    ask = argparse.ArgumentParser(description="a stand-in of WhatsApp's Graph API")
    ask.add_argument("--port", type=int, default=0)
    ask.add_argument("--token", default=TOKEN)
    ask.add_argument("--journal", type=Path, help="every accepted call, one JSON object a line")
    asked = ask.parse_args()
    with contextlib.ExitStack() as held, contextlib.suppress(KeyboardInterrupt):
        journal = held.enter_context(asked.journal.open("a")) if asked.journal else None
        asyncio.run(_alone(asked.port, asked.token, journal))


if __name__ == "__main__":
    main()
