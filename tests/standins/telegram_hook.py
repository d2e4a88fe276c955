# SPDX-License-Identifier: AGPL-3.0-or-later
"""Posts updates to the bot's webhook as Telegram does: in lanes, again until a 2xx."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx

from tests.standins.telegram_platform import Json, Platform

_RECENT = 50  # of what was taken, so much may come once more
_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Postman:
    """
    Delivers what is pending while a webhook is set.

    Within a chat the next message waits for the 2xx of the one before; button presses have
    a lane of their own, so that one may overtake the words it follows.
    """

    def __init__(self, platform: Platform) -> None:
        self.first = 1.0  # seconds until the second try
        self.share = 0.0  # of the updates: after so many an older one comes once more
        self.chance = random.Random(0)  # noqa: S311
        self._recent: list[Json] = []
        self._platform = platform
        self._http = httpx.AsyncClient(timeout=60, trust_env=False)
        self._lanes: dict[str, asyncio.Task[None]] = {}
        platform.hooked = self.look

    def look(self) -> None:
        """Start a lane for whatever is pending; stop all without a webhook."""
        if not self._platform.hook:
            for task in self._lanes.values():
                task.cancel()
            self._lanes.clear()
            return
        for update in self._platform.pending.values():
            lane = _lane(update)
            if lane not in self._lanes:
                self._lanes[lane] = asyncio.create_task(self._work(lane))

    async def close(self) -> None:
        self._platform.hook = {}
        tasks = list(self._lanes.values())
        self.look()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.aclose()

    async def _work(self, lane: str) -> None:
        while update := self._next(lane):
            wait = self.first
            while not await self._post(update):
                await asyncio.sleep(wait)
                wait = min(60, wait * 2)
            number = update["update_id"]
            if self._platform.doubled:
                self._platform.doubled -= 1
                await self._post(update)
            self._platform.pending.pop(number, None)
            await self._platform.note({"event": "acknowledged", "update_id": number})
            await self._repeat(update)
        del self._lanes[lane]

    async def _repeat(self, update: Json) -> None:
        self._recent = [*self._recent[1 - _RECENT :], update]
        if self.chance.random() < self.share:
            again = self.chance.choice(self._recent)
            if await self._post(again):
                await self._platform.note({"event": "repeated", "again": again["update_id"]})

    def _next(self, lane: str) -> Json | None:
        mine = [one for one in self._platform.pending.values() if _lane(one) == lane]
        if mine and self._platform.shuffled:
            return self._platform.shuffled.choice(mine)
        return min(mine, key=lambda update: update["update_id"], default=None)

    async def _post(self, update: Json) -> bool:
        hook = self._platform.hook
        headers = {_HEADER: hook["secret_token"]} if "secret_token" in hook else {}
        try:
            answer = await self._http.post(hook["url"], json=update, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.is_success


def _lane(update: Json) -> str:
    match update:
        case {"callback_query": {"from": {"id": person}}}:
            return f"press {person}"
    return f"chat {_chat(update)}"


def _chat(update: Json) -> Any:
    for content in update.values():
        match content:
            case {"chat": {"id": chat}}:
                return chat
    return None
