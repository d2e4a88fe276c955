# SPDX-License-Identifier: AGPL-3.0-or-later
"""Posts changes to the bot's webhook as Meta does: signed, in batches, again until a 200."""

from __future__ import annotations

import asyncio
import random
from typing import cast

import httpx

from tests.standins.graph_platform import Platform
from tests.standins.graph_shapes import Json, batch, names, signed, written

_CHALLENGE = "1158201444"
_LONGEST, _MOST = 60.0, 1000
_RECENT = 50  # of what was taken, so many posts may come once more


class Postman:
    """
    Delivers what is pending while a webhook is subscribed.

    One post after the other, but a post that failed does not hold up the next: it comes
    again later, by itself. With ``lanes`` above one even new posts overtake each other.
    """

    def __init__(self, platform: Platform, secret: str) -> None:
        self.first = 1.0  # seconds until the second try
        self.pause = 0.0  # seconds before every post
        self.size, self.spread = 1, "entries"
        self.lanes = 1
        self.held = False
        self.doubled = 0  # how many posts still come twice
        self.share = 0.0  # of the posts: after so many an older one comes once more
        self.chance = random.Random(0)  # noqa: S311
        self.shuffled: random.Random | None = None
        self.secret = secret
        self.url = ""
        self._platform = platform
        self._http = httpx.AsyncClient(timeout=60, trust_env=False)
        self._workers: set[asyncio.Task[None]] = set()
        self._again: set[asyncio.Task[None]] = set()
        self._recent: list[bytes] = []
        platform.posted = self.look

    async def subscribe(self, url: str, verify: str) -> Json:
        """Ask the webhook whether it is ours, as Meta does when one is entered."""
        asked = {"hub.mode": "subscribe", "hub.verify_token": verify, "hub.challenge": _CHALLENGE}
        try:
            answer = await self._http.get(url, params=asked)
        except httpx.HTTPError:
            return {"status": None, "verified": False}
        good = answer.status_code == httpx.codes.OK and answer.text == _CHALLENGE
        if good:
            self.url = url
            self.look()
        return {"status": answer.status_code, "verified": good}

    def unsubscribe(self) -> None:
        self.url = ""
        for task in {*self._workers, *self._again}:
            task.cancel()

    def look(self) -> None:
        """Start to post whatever is pending."""
        while self._ready() and len(self._workers) < min(self.lanes, len(self._platform.pending)):
            task = asyncio.create_task(self._work())
            self._workers.add(task)
            task.add_done_callback(self._workers.discard)

    async def close(self) -> None:
        tasks = {*self._workers, *self._again}
        self.unsubscribe()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.aclose()

    def _ready(self) -> bool:
        return bool(self.url and self._platform.pending and not self.held)

    async def _work(self) -> None:
        while self._ready():
            changes = self._next()
            raw = written(batch(changes, self.spread))
            told = [name for one in changes for name in names(one)]
            await asyncio.sleep(self.pause)
            if await self.post(raw):
                await self._taken(raw, told)
            else:
                task = asyncio.create_task(self._retry(raw, told))
                self._again.add(task)
                task.add_done_callback(self._again.discard)
        # At once, not when the loop comes to its callbacks: what is posted meanwhile needs one.
        self._workers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _next(self) -> list[Json]:
        pending = self._platform.pending
        if self.shuffled:
            self.shuffled.shuffle(pending)
        size = min(self.size, _MOST)
        taken, pending[:] = pending[:size], pending[size:]
        return taken

    async def _retry(self, raw: bytes, told: list[str]) -> None:
        wait = self.first
        while True:
            await asyncio.sleep(wait)
            if await self.post(raw):
                await self._taken(raw, told)
                return
            wait = min(_LONGEST, wait * 2)

    async def _taken(self, raw: bytes, told: list[str]) -> None:
        if self.doubled:
            self.doubled -= 1
            await self.post(raw)
        await self._platform.event({"event": "acknowledged", "ids": told, "size": len(raw)})
        for name in told:
            await self._platform.event({"event": "taken", "id": name})
        self._recent = [*self._recent[1 - _RECENT :], raw]
        if self.chance.random() < self.share and await self.post(self.chance.choice(self._recent)):
            await self._platform.event({"event": "repeated"})

    async def post(self, raw: bytes, signature: str | None = None) -> bool:
        """Post these bytes; ``signature`` in place of the right one ("": none at all)."""
        return await self.answered(raw, signature) == httpx.codes.OK

    async def answered(self, raw: bytes, signature: str | None = None) -> int | None:
        mark = signed(self.secret, raw) if signature is None else signature
        headers = {"content-type": "application/json", "user-agent": "facebookexternalua"}
        headers |= {"X-Hub-Signature-256": mark} if mark else {}
        try:
            return (await self._http.post(self.url, content=raw, headers=headers)).status_code
        except httpx.HTTPError:
            return None
