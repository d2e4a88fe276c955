# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody at the door without a browser: seals here what the page seals there."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyrage

from bot import web
from bot.app import App
from bot.vault import receipt
from bot.vault.padding import pad
from bot.vault.seal import new_case, seal

Json = dict[str, Any]


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sealed(words: str, recipient: str) -> Json:
    """Words as they travel."""
    blob = seal(words.encode(), recipient)
    return {"words": text(pad(blob)), "length": len(blob)}


@dataclass
class Phone:
    """One page, and the receipt that somebody noted."""

    app: App
    digits: str = field(default_factory=receipt.new)

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(web.build(self.app))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://door")
        self.root = receipt.root(self.digits, self.app.runtime.salt)

    @property
    def token(self) -> str:
        return text(self.root._derive("lookup"))

    async def post(self, path: str, body: Json | bytes) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post(f"/notes/{path}", content=content)

    async def filing(self, words: str, **more: Any) -> Json:
        """A case as the page makes it from what it was told at its start."""
        start = (await self.client.get("/notes/start")).json()
        assert base64.b64decode(start["salt"]) == self.app.runtime.salt
        *team, recovery = start["team"]
        keys = new_case(team, recovery)
        return {
            "token": self.token,
            "visitor": self.root.recipient,
            "recipient": keys.recipient,
            "wrapped": text(keys.wrapped),
            **sealed(words, keys.recipient),
            "team": start["team"],
            "lang": "fr",
            "situation": None,
            "ticks": [],
            **more,
        }

    async def files(self, words: str, **more: Any) -> httpx.Response:
        return await self.post("keep", await self.filing(words, **more))

    async def opens(self) -> Json:
        answer = await self.post("open", {"token": self.token})
        assert answer.status_code == 200
        found: Json = answer.json()
        return found

    async def reads(self) -> list[str]:
        """The answers, as only this phone can read them."""
        found = await self.opens()
        identity = pyrage.x25519.Identity.from_str(self.root.identity)
        blobs = map(base64.b64decode, found["answers"])
        return [pyrage.decrypt(blob, [identity]).decode() for blob in blobs]

    async def adds(self, words: str, ident: str = "") -> httpx.Response:
        recipient = (await self.opens())["recipient"] or self.root.recipient
        ident = ident or secrets.token_hex(16)
        return await self.post(
            "add", {"token": self.token, "id": ident, **sealed(words, recipient)}
        )

    async def withdraws(self) -> httpx.Response:
        return await self.post("drop", {"token": self.token})
