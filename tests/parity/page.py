# SPDX-License-Identifier: AGPL-3.0-or-later
"""The web page's side of the chat: its JSON interface over HTTP, as the page's script uses it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot import web
from bot.channels import Address, Channel, Message, Option
from bot.web.visitor import HEADER
from tests.golden.stage import Bell
from tests.parity.phone import Act, House, unread
from tests.standins.serving import listen, serving


@dataclass(slots=True)
class Page:
    """A page in a browser; everybody who comes has another token."""

    name: str = "web"
    house: House = field(default_factory=House)
    pace: float = 0.0
    _files: dict[str, bytes] = field(default_factory=dict)  # ticket -> what the page holds
    _token: str = ""
    _http: Any = None

    async def open(self, held: AsyncExitStack) -> None:
        near = listen()
        await held.enter_async_context(serving(web.build(self.house), near))
        url = f"http://127.0.0.1:{near.getsockname()[1]}"
        self._http = httpx.AsyncClient(base_url=url, trust_env=False)
        held.push_async_callback(self._http.aclose)

    def channels(self, bell: Bell) -> Mapping[str, Channel]:
        return {"telegram": bell}

    async def begin(self) -> Address:
        self._token = secrets.token_urlsafe(24)
        return Address("web", self._token)

    async def does(self, act: Act) -> None:
        said: dict[str, Any] = {"id": secrets.token_hex(8)}
        match act.kind:
            case "text":
                said["text"] = act.text
            case "option":
                said["option"] = act.option
            case "file" if act.file:
                ticket = secrets.token_urlsafe(18)
                self._files[ticket] = act.data
                said["file"] = {"kind": act.file.kind, "ticket": ticket, "size": len(act.data)}
                said["caption"] = act.text
            case _:
                raise ValueError(act.kind)
        await self._asks("POST", "/chat/say", json=said)

    async def settled(self) -> bool:
        """Whether no file was still to be brought."""
        tickets = [p["upload"] for p in await self._waiting() if "upload" in p]
        for ticket in tickets:
            await self._asks("PUT", f"/chat/files/{ticket}", content=self._files.pop(ticket))
        return not tickets

    async def reads(self) -> Sequence[Message]:
        parcels = [parcel for parcel in await self._waiting() if "text" in parcel]
        if parcels:
            await self._asks("POST", "/chat/seen", json={"ids": [p["id"] for p in parcels]})
        return [_seen(parcel) for parcel in parcels]

    def set(self, now: float) -> None:
        """It has no clock of its own."""

    async def _waiting(self) -> list[dict[str, Any]]:
        """What the page would get; it is not asked while nothing waits, for it would wait too."""
        if not await self.house.mailbox.collect(Address("web", self._token)):
            return []
        return list((await self._asks("GET", "/chat/next")).json()["parcels"])

    async def _asks(self, method: str, path: str, **what: Any) -> httpx.Response:
        answer = await self._http.request(method, path, headers={HEADER: self._token}, **what)
        answer.raise_for_status()
        return answer


def _seen(parcel: Mapping[str, Any]) -> Message:
    options = tuple(Option(one["id"], one["label"]) for one in parcel["options"])
    files = tuple(unread(a["kind"], a["name"]) for a in parcel["attachments"])
    return Message(parcel["text"], options, attachments=files)
