# SPDX-License-Identifier: AGPL-3.0-or-later
"""The web entry point: the JSON interfaces of chat and door, the built pages, a sign of life."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute

from bot.web import chat, door, refusals
from bot.web.headers import Discreet
from bot.web.house import House
from bot.web.pages import STATIC, pages

__all__ = ["House", "build"]


def build(app: House, *, routes: Sequence[BaseRoute] = (), static: Path = STATIC) -> Starlette:
    """Return the ASGI application; ``routes`` (a messenger's webhook) come before our own.

    Nothing about a visitor is kept here: no cookie, no address, no log line.
    """
    site = Starlette(
        routes=[*routes, *chat.routes(), *door.routes(), *pages(static)],
        middleware=[Middleware(Discreet)],
        exception_handlers={
            refusals.Refusal: refusals.refused,
            ClientDisconnect: refusals.left,
            404: refusals.nothing_here,
            405: refusals.nothing_here,
            500: refusals.fault,
        },
    )
    site.state.house = app
    return site
