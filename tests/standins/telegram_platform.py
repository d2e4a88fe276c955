# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Telegram remembers: who wrote, what is pending, what the bot's calls did."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, TextIO, cast

from tests.standins.telegram_referee import Foul, Params, buttons, judge

Json = dict[str, Any]
DAYS_2 = 48 * 3600
_20_MB = 20 * 1024 * 1024
_SILENT = {"chat_member", "message_reaction", "message_reaction_count"}  # unless asked for
_TERMINATED = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance"
    " is running"
)
_HOOKED = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to"
    " delete the webhook first"
)
_TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
BOT = {"id": 1, "is_bot": True, "first_name": "Stand-in", "username": "stand_in_bot"}


class Platform:
    """One bot's side of Telegram; lives in one event loop."""

    def __init__(self, journal: TextIO | None = None) -> None:
        self.pending: dict[int, Json] = {}
        self.messages: dict[tuple[int, int], Json] = {}
        self.files: dict[str, bytes | int] = {}  # id -> the bytes, or only their number
        self.queries: set[str] = set()
        self.blocked: set[int] = set()
        self.chats: dict[int, str] = {}
        self.moved: dict[int, int] = {}  # a group that became a supergroup -> its new id
        self.topics: dict[int, dict[int, bool]] = {}  # forum -> topic -> whether it is open
        self.hook: Json = {}
        self.allowed: set[str] | None = None
        self.doubled = 0  # how many batches still hold everything twice
        self.shuffled: random.Random | None = None
        self.journal: list[Json] = []
        self.refused: list[Json] = []
        self.changed = asyncio.Condition()
        self.hooked: Callable[[], None] = lambda: None  # told when a webhook has work
        self.closed = False
        self.ahead = 0.0  # seconds that the clock is before the wall's
        self._file = journal
        self._last_update = 1000
        self._last_message = 0
        self.polls = 0

    def now(self) -> float:
        return time.time() + self.ahead

    # The bot's side

    async def call(self, method: str, raw: Json) -> Any:
        """Do what the bot asks if the rules allow it, write it down, return the result."""
        try:
            params = judge(method, raw)
            result = await self._act(method)(params)
        except Foul as foul:
            self.refused.append({"method": method, "why": foul.description})
            await self.tell()
            raise
        await self.note({"event": "call", "method": method, "params": params, "result": result})
        return result

    def _act(self, method: str) -> Callable[[Params], Awaitable[Any]]:
        act = getattr(self, f"_{method.lower()}", None)
        if act is None:
            raise Foul(501, "Not Implemented: the stand-in has no answer for this method")
        return cast("Callable[[Params], Awaitable[Any]]", act)

    async def note(self, event: Json) -> None:
        """Write an event down before anybody can learn of it."""
        event = {"n": len(self.journal), "at": time.time(), **event}
        self.journal.append(event)
        if self._file:
            self._file.write(json.dumps(event) + "\n")
            self._file.flush()
        await self.tell()

    async def tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def _getme(self, _params: Params) -> Json:
        return {**BOT, "can_join_groups": True, "supports_inline_queries": False}

    async def _getupdates(self, params: Params) -> list[Json]:
        self.polls += 1
        mine = self.polls
        await self.tell()  # the poll before this one ends with a conflict
        if self.hook:
            raise Foul(409, _HOOKED)
        if "allowed_updates" in params:
            self.allowed = set(params["allowed_updates"]) or None
        await self._confirm(params.get("offset") or 0)
        wait = min(params.get("timeout") or 0, 50)
        async with self.changed:
            try:
                async with asyncio.timeout(wait):
                    await self.changed.wait_for(lambda: self.pending or self._over(mine))
            except TimeoutError:
                pass
        if self._over(mine) and not self.closed:
            raise Foul(409, _HOOKED if self.hook else _TERMINATED)
        return self._batch(params.get("limit") or 100)

    def _over(self, poll: int) -> bool:
        return poll != self.polls or bool(self.hook) or self.closed

    async def _confirm(self, offset: int) -> None:
        if offset < 0:  # "the last n": forget what is before them
            offset = ([0, *sorted(self.pending)][offset:] or [0])[0]
        for update in [update for update in self.pending if update < offset]:
            self.pending.pop(update, None)
            await self.note({"event": "acknowledged", "update_id": update})

    def _batch(self, limit: int) -> list[Json]:
        batch = [self.pending[update] for update in sorted(self.pending)[:limit]]
        if self.doubled:
            self.doubled -= 1
            batch = [update for update in batch for _ in range(2)]
        if self.shuffled:
            self.shuffled.shuffle(batch)
        return batch

    async def _setwebhook(self, params: Params) -> bool:
        self.hook = params if params["url"] else {}
        if params.get("drop_pending_updates"):
            self.pending.clear()
        if "allowed_updates" in params:
            self.allowed = set(params["allowed_updates"]) or None
        self.hooked()
        return True

    async def _deletewebhook(self, params: Params) -> bool:
        return await self._setwebhook({**params, "url": ""})

    async def _getwebhookinfo(self, _params: Params) -> Json:
        return {"url": self.hook.get("url", ""), "pending_update_count": len(self.pending)}

    async def _sendmessage(self, params: Params) -> Json:
        chat = self._chat(params)
        topic = params.get("message_thread_id")
        if topic is not None and topic not in self.topics.get(chat, {}):
            raise Foul(400, "Bad Request: message thread not found")
        kept = ("reply_markup", "entities", "message_thread_id")
        keep = {key: params[key] for key in kept if key in params}
        text = params["text"].strip()
        return self.message(chat, {"from": BOT, "text": text, **keep})

    async def _editmessagetext(self, params: Params) -> Json:
        said = self.messages.get((self._chat(params), params["message_id"]))
        if said is None:
            raise Foul(400, "Bad Request: message to edit not found")
        if said["text"] == params["text"] and "reply_markup" not in said:
            raise Foul(400, "Bad Request: message is not modified")
        said["text"] = params["text"]
        said.pop("reply_markup", None)
        return said

    async def _getchat(self, params: Params) -> Json:
        chat = self._chat(params)
        about: Json = {"id": chat, "type": self.chats[chat], "accent_color_id": 0}
        return about | ({"is_forum": True} if chat in self.topics else {})

    async def _createforumtopic(self, params: Params) -> Json:
        chat = self._chat(params)
        if chat not in self.topics:
            raise Foul(400, "Bad Request: the chat is not a forum")
        self._last_message += 1
        self.topics[chat][self._last_message] = True
        name = {"name": params["name"], "icon_color": 0}
        return {"message_thread_id": self._last_message, **name}

    async def _closeforumtopic(self, params: Params) -> bool:
        topics = self.topics.get(self._chat(params), {})
        if not topics.get(params["message_thread_id"]):
            raise Foul(400, "Bad Request: TOPIC_NOT_MODIFIED")
        topics[params["message_thread_id"]] = False
        return True

    async def _setchatmenubutton(self, _params: Params) -> bool:
        return True

    def hold(self, name: str, data: bytes) -> str:
        """Keep a file that the bot uploads; return the id under which it is known."""
        ref = f"U{len(self.files) + 1}-{name}"
        self.files[ref] = data
        return ref

    async def _senddocument(self, params: Params) -> Json:
        return self._brought("document", params)

    async def _sendvoice(self, params: Params) -> Json:
        return self._brought("voice", params)

    def _brought(self, kind: str, params: Params) -> Json:
        ref = params[kind]
        name = {"file_name": ref.partition("-")[2]} if kind == "document" else {"duration": 1}
        about = {"file_id": ref, "file_unique_id": f"u{ref}", **name}
        return self.message(self._chat(params), {"from": BOT, kind: about})

    async def _sendchataction(self, params: Params) -> bool:
        return bool(self._chat(params))

    async def _setmycommands(self, _params: Params) -> bool:
        return True

    async def _leavechat(self, params: Params) -> bool:
        return self.chats.pop(self._chat(params)) is not None

    async def _answercallbackquery(self, params: Params) -> bool:
        if params["callback_query_id"] not in self.queries:
            raise Foul(400, _TOO_OLD)
        self.queries.discard(params["callback_query_id"])
        return True

    async def _deletemessage(self, params: Params) -> bool:
        found = self._deletable(self._chat(params), [params["message_id"]])
        if not found:
            raise Foul(400, "Bad Request: message to delete not found")
        return bool(self.messages.pop(found[0]))

    async def _deletemessages(self, params: Params) -> bool:
        for place in self._deletable(self._chat(params), params["message_ids"]):
            del self.messages[place]
        return True

    def _deletable(self, chat: int, ids: list[int]) -> list[tuple[int, int]]:
        found = [(chat, one) for one in ids if (chat, one) in self.messages]
        if any(self.messages[place]["date"] < self.now() - DAYS_2 for place in found):
            raise Foul(400, "Bad Request: message can't be deleted")
        return found

    async def _getfile(self, params: Params) -> Json:
        ref = params["file_id"]
        held = self.files.get(ref)
        if held is None:
            raise Foul(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = held if isinstance(held, int) else len(held)
        if size > _20_MB:
            raise Foul(400, "Bad Request: file is too big")
        path = f"files/{ref}.bin"
        return {"file_id": ref, "file_unique_id": f"u{ref}", "file_size": size, "file_path": path}

    def _chat(self, params: Params) -> int:
        chat = int(params["chat_id"])
        if chat in self.moved:
            said = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Foul(400, said, moved=self.moved[chat])
        if chat not in self.chats:
            raise Foul(400, "Bad Request: chat not found")
        if chat in self.blocked:
            raise Foul(403, "Forbidden: bot was blocked by the user")
        return chat

    # The people's side

    def message(self, chat: int, content: Json) -> Json:
        """Put a message into a chat and return it as Telegram shows it."""
        self._last_message += 1
        place: Json = {"id": chat, "type": self.chats[chat]}
        said: Json = {"message_id": self._last_message, "date": int(self.now()), "chat": place}
        said |= content
        self.messages[chat, said["message_id"]] = said
        return said

    async def update(self, content: Json, number: int | None = None) -> int:
        """Queue an update (again, where ``number`` is given), if the bot asked for its kind."""
        if number is None:
            self._last_update += 1
            number = self._last_update
        kinds = content.keys() - {"update_id"}
        if kinds <= self.allowed if self.allowed else not kinds & _SILENT:
            self.pending[number] = {"update_id": number, **content}
        self.hooked()
        await self.tell()
        return number

    def bubble(self, chat: int, option: str) -> Json:
        """Return the newest bubble in ``chat`` that has this button."""
        held = [said for place, said in self.messages.items() if place[0] == chat]
        wanted = [
            said
            for said in held
            if any(button.get("callback_data") == option for button in buttons(said))
        ]
        return wanted[-1]
