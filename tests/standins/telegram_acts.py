# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a test can make happen at the stand-in: people act, and the platform fails."""

from __future__ import annotations

import asyncio
import base64
import random
from dataclasses import dataclass, field
from typing import Any

from tests.standins.telegram_hook import Postman
from tests.standins.telegram_platform import BOT, Json, Platform


@dataclass(slots=True)
class Fault:
    """One way to fail, a number of times."""

    method: str
    kind: str
    times: int
    detail: Json = field(default_factory=dict)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.detail.get("seed"))  # noqa: S311

    def strikes(self, method: str, raw: Json) -> bool:
        """Tell whether this call fails, and count it."""
        if not self.times or self.method not in {method, "*"}:
            return False
        if "chat" in self.detail and str(self.detail["chat"]) != str(raw.get("chat_id")):
            return False
        if self.detail.get("skip", 0) > 0:
            self.detail["skip"] -= 1
            return False
        if self._chance.random() >= self.detail.get("share", 1):
            return False
        self.times -= 1
        return True


class Acts:
    """The verbs of the control address; each takes JSON and returns JSON."""

    def __init__(self, platform: Platform, postman: Postman, token: str) -> None:
        self.platform = platform
        self.postman = postman
        self.token = token
        self.faults: list[Fault] = []
        self._queries = 0

    async def joins(self, chat: int, kind: str) -> None:
        self.platform.chats[chat] = kind

    async def forum(self, chat: int) -> None:
        self.platform.topics[chat] = {}

    async def topics(self, chat: int) -> Json:
        return {str(topic): open_ for topic, open_ in self.platform.topics[chat].items()}

    async def deletes_topic(self, chat: int, topic: int) -> None:
        del self.platform.topics[chat][topic]

    async def migrates(self, chat: int, to: int) -> Json:
        self.platform.moved[chat] = to
        self.platform.chats.pop(chat)
        self.platform.chats[to] = "supergroup"
        about: Json = {"message_id": 1, "date": int(self.platform.now())}
        old = {"chat": {"id": chat, "type": "group"}, "migrate_to_chat_id": to}
        new = {"chat": {"id": to, "type": "supergroup"}, "migrate_from_chat_id": chat}
        first = await self.platform.update({"message": {**about, **old}})
        second = await self.platform.update({"message": {**about, **new}})
        return {"update_ids": [first, second]}

    async def update(self, content: Json, number: int | None) -> int:
        return await self.platform.update(content, number)

    async def sends(self, chat: int, content: Json) -> Json:
        text = content.get("text", "")
        if text.startswith("/"):
            command = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
            content = {"entities": [command], **content}
        said = self.platform.message(chat, {**self._about(chat), **content})
        update = await self.platform.update({"message": said})
        return {"update_id": update, "message_id": said["message_id"]}

    async def sends_file(
        self, chat: int, data: str, kind: str, caption: str | None, size: int | None
    ) -> Json:
        held = base64.b64decode(data)
        ref = f"F{len(self.platform.files) + 1}"
        self.platform.files[ref] = held if size is None else size
        about: Json = {"file_id": ref, "file_unique_id": f"u{ref}"}
        about["file_size"] = len(held) if size is None else size
        content = {kind: _sizes(about) if kind == "photo" else about}
        return await self.sends(chat, content | ({"caption": caption} if caption else {}))

    async def holds(self, name: str, data: str) -> None:
        """The platform has a file; whoever sends it sends its name."""
        self.platform.files[name] = base64.b64decode(data)

    async def presses(self, chat: int, option: str, message: int | None) -> Json:
        bubble = (
            self.platform.bubble(chat, option)
            if message is None
            else self.platform.messages.get((chat, message))
        )
        self._queries += 1
        query: Json = {"id": f"q{self._queries}", "chat_instance": "1", "data": option}
        query |= {"from": self._about(chat)["from"]}
        query |= {"message": bubble} if bubble else {}
        self.platform.queries.add(query["id"])
        return {"update_id": await self.platform.update({"callback_query": query})}

    async def edits(self, chat: int, message: int, text: str) -> Json:
        said = self.platform.messages[chat, message]
        said["caption" if "caption" in said else "text"] = text
        said["edit_date"] = int(self.platform.now())
        return {"update_id": await self.platform.update({"edited_message": said})}

    async def blocks(self, chat: int, *, blocked: bool) -> Json:
        (self.platform.blocked.add if blocked else self.platform.blocked.discard)(chat)
        moved: Json = {
            **self._about(chat),
            "chat": self._chat(chat),
            "date": int(self.platform.now()),
        }
        was, now = ("member", "kicked") if blocked else ("kicked", "member")
        moved |= {"old_chat_member": {"user": BOT, "status": was}}
        moved |= {"new_chat_member": {"user": BOT, "status": now, "until_date": 0}}
        return {"update_id": await self.platform.update({"my_chat_member": moved})}

    async def fault(self, method: str, kind: str, times: int, detail: Json) -> None:
        self.faults.append(Fault(method.lower(), kind, times, detail))

    async def uploaded(self, ref: str) -> str:
        held = self.platform.files[ref]
        return base64.b64encode(held if isinstance(held, bytes) else b"").decode()

    async def calm(self) -> None:
        self.faults.clear()

    async def double(self, batches: int) -> None:
        self.platform.doubled = batches

    async def repeats(self, share: float, seed: str) -> None:
        self.postman.share, self.postman.chance = share, random.Random(seed)  # noqa: S311

    async def shuffle(self, seed: int | None) -> None:
        self.platform.shuffled = None if seed is None else random.Random(seed)  # noqa: S311

    async def retry(self, seconds: float) -> None:
        self.postman.first = seconds

    async def rotate(self, token: str) -> None:
        self.token = token

    async def journal(self) -> list[Json]:
        return self.platform.journal

    async def refused(self) -> list[Json]:
        return self.platform.refused

    async def polls(self) -> int:
        return self.platform.polls

    async def pending(self) -> list[int]:
        return sorted(self.platform.pending)

    async def shown(self, chat: int) -> list[int]:
        return sorted(message for place, message in self.platform.messages if place == chat)

    async def bubbles(self, chat: int) -> list[Json]:
        held = [said for place, said in self.platform.messages.items() if place[0] == chat]
        return [said for said in held if said["from"]["is_bot"]]

    async def until(self, method: str, count: int, wait: float) -> list[Json]:
        async with asyncio.timeout(wait), self.platform.changed:
            await self.platform.changed.wait_for(lambda: len(self._events(method)) >= count)
            return self._events(method)

    def _events(self, method: str) -> list[Json]:
        if method == "refused":
            return self.platform.refused
        events = self.platform.journal
        return [event for event in events if method in {event["event"], event.get("method")}]

    def _chat(self, chat: int) -> Json:
        kind = self.platform.chats[chat]
        shown = {"first_name": "Unread", "last_name": "Name", "username": "unread_name"}
        return {"id": chat, "type": kind, **(shown if kind == "private" else {"title": "Unread"})}

    def _about(self, chat: int) -> Json:
        """Return who speaks; the names are there so that a test can find them nowhere."""
        person: Json = {"id": chat, "is_bot": False, "first_name": "Unread"}
        person |= {"last_name": "Name", "username": "unread_name", "language_code": "fr"}
        return {"from": person, "chat": self._chat(chat)}


def _sizes(about: Json) -> list[Json]:
    small: dict[str, Any] = {**about, "file_id": "thumb", "file_size": 1, "width": 9, "height": 9}
    return [small, {**about, "width": 900, "height": 900}]
