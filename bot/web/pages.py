# SPDX-License-Identifier: AGPL-3.0-or-later
"""The built pages, each at its one address; says so plainly when they have not been built."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

STATIC: Final = Path(str(files("bot"))) / "static"
PAGES: Final = {
    "/": "index.html",
    "/notes": "door.html",  # the page that seals; its name says nothing
    "/bye": "bye.html",
}


def pages(static: Path) -> list[BaseRoute]:
    """Return the routes of the pages, of what they load, and of the sign of life."""
    return [
        Route("/health", _health),
        *(Route(address, _page(static / file)) for address, file in PAGES.items()),
        Mount("/assets", StaticFiles(directory=static / "assets", check_dir=False)),
    ]


def _page(file: Path) -> Callable[[Request], Response]:
    def show(_: Request) -> Response:
        if file.is_file():
            return FileResponse(file)
        return PlainTextResponse("The pages are not built: run make pages.\n", status_code=503)

    return show


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
