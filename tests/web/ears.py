# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything a server hears from a page, and whether a secret is in it however it is written."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CERTAIN = 10  # letters of base64: fewer may stand in a seal by chance


@dataclass
class Ears:
    """Stands before an application and keeps every request whole: address, headers, body."""

    app: Starlette
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def state(self) -> Any:
        return self.app.state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = (b": ".join(pair) for pair in scope.get("headers", ()))
        head = b"\n".join((scope["path"].encode(), scope.get("query_string", b""), *headers))
        self.heard.append((scope["path"], head))

        async def listening() -> Message:
            message = await receive()
            if body := message.get("body"):  # a farewell says nothing, and comes when it likes
                self.heard.append((scope["path"], body))
            return message

        app: ASGIApp = self.app
        await app(scope, listening, send)

    def asked(self) -> list[str]:
        """Where anything was said or asked for, but a page's own pictures and scripts."""
        return [path for path, _ in self.heard if not path.startswith("/assets/")]

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was posted there, as JSON."""
        return [
            json.loads(body) for where, body in self.heard if where == path and body[:1] == b"{"
        ]

    def found(self, *secrets: str) -> list[str]:
        """The secrets that are in anything heard, in the clear or in a common writing."""
        everything = b"\n".join(data for _, data in self.heard)
        unpacked = b"\n".join(_unpacked(everything))
        return [one for one in secrets if any(w in everything + unpacked for w in writings(one))]


def writings(secret: str) -> Iterator[bytes]:
    """A secret as it may stand in a request."""
    raw = secret.encode()
    yield raw
    yield secret.encode("utf-16-le")
    yield json.dumps(secret)[1:-1].encode()
    yield json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    yield urllib.parse.quote(secret).encode()
    yield urllib.parse.quote_plus(secret).encode()
    yield raw.hex().encode()
    for shift in range(3):  # base64 of something that the secret is a part of
        whole = base64.b64encode(b"\0" * shift + raw)
        inner = whole[4 if shift else 0 : -4]
        if len(inner) >= CERTAIN:
            yield inner
            yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def _unpacked(data: bytes) -> Iterator[bytes]:
    """What is in the base64 that stands in it."""
    for piece in data.replace(b'"', b"\n").split(b"\n"):
        try:
            yield base64.b64decode(piece, validate=True)
        except ValueError:
            continue
