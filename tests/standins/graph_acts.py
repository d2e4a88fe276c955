# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a test can make happen at the stand-in: people act, Meta decides, and things fail."""

from __future__ import annotations

import asyncio
import base64
import random
from dataclasses import dataclass, field
from typing import Any

from tests.standins.graph_hook import Postman
from tests.standins.graph_platform import INBOUND_LIVES, Platform
from tests.standins.graph_shapes import Json, Somebody, change, options, text, value, written

_MIMES = {
    "image": "image/jpeg",
    "audio": "audio/ogg; codecs=opus",
    "video": "video/mp4",
    "document": "application/pdf",
    "sticker": "image/webp",
}


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

    def strikes(self, method: str, raw: Json, person: int | None) -> bool:
        """Tell whether this call fails, and count it."""
        marks = "status" in raw and method == "messages"
        if not self.times or self.method not in {"read" if marks else method, "*"}:
            return False
        if self.detail.get("person", person) != person:
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

    # People

    async def joins(self, person: int, number: str | None, user_id: str | None) -> None:
        self.platform.people[person] = Somebody(person, number, user_id)

    async def becomes(self, person: int, **now: Any) -> None:
        for name, it in now.items():
            setattr(self._who(person), name, it)

    async def sends(self, person: int, content: Json, at: float | None) -> Json:
        somebody = self._who(person)
        message = self.platform.writes(somebody, content, at)
        whom = {} if content["type"] == "system" else {"contacts": [somebody.contact()]}
        await self.platform.post(change(value(**whom, messages=[message])))
        return {"id": message["id"]}

    async def sends_file(
        self, person: int, data: str, kind: str, caption: str | None, mime: str | None
    ) -> Json:
        mime = mime or _MIMES[kind]
        ref = self.platform.keep(base64.b64decode(data), mime, INBOUND_LIVES)
        about = self.platform.files[ref].about()
        node = {"id": ref, "mime_type": mime, "sha256": about["sha256"]}
        node |= {"voice": True} if kind == "audio" else {}
        node |= {"animated": False} if kind == "sticker" else {}
        node |= {"filename": "unread-name.pdf"} if kind == "document" else {}
        node |= {"caption": caption} if caption else {}
        sent = await self.sends(person, {"type": kind, kind: node}, None)
        return {**sent, "media": ref}

    async def taps(self, person: int, option: str) -> Json:
        return await self.sends(person, self.platform.tapped(self._who(person), option), None)

    async def moves(self, person: int, number: str | None, user_id: str | None) -> Json:
        """Change the number: Meta gives them a new id with it, and says so in one message."""
        somebody = self._who(person)
        before = somebody.user_id
        system: Json = {"body": "User Unread Name changed from one number to another"}
        if somebody.number and number:
            system |= {"type": "user_changed_number", "wa_id": number}
        else:
            system |= {"type": "user_changed_user_id"}
        system |= {"user_id": user_id} if user_id else {}
        system |= {"previous_user_id": before} if before and user_id else {}
        told = self.platform.writes(somebody, {"type": "system", "system": system})
        if user_id and "from_user_id" in told:
            told["from_user_id"] = user_id
        somebody.number, somebody.user_id = number, user_id
        await self.platform.post(change(value(messages=[told])))
        return {"id": told["id"]}

    # Meta

    async def subscribe(self, url: str, verify: str) -> Json:
        return await self.postman.subscribe(url, verify)

    async def unsubscribe(self) -> None:
        self.postman.unsubscribe()

    async def posts(self, body: Any, raw: str | None, signature: str | None) -> int | None:
        """Post any body once, rightly signed or not; return the status."""
        content = written(body) if raw is None else raw.encode("utf-8", "surrogateescape")
        return await self.postman.answered(content, signature)

    async def change(self, content: Json) -> None:
        await self.platform.post(content)

    async def setting(self, name: str, content: Any) -> None:
        """Turn a screw: of the postman, or of the platform."""
        known = {"first", "pause", "lanes", "size", "spread", "doubled", "secret", "held"}
        setattr(self.postman if name in known else self.platform, name, content)
        self.postman.look()

    async def repeats(self, share: float, seed: str) -> None:
        self.postman.share, self.postman.chance = share, random.Random(seed)  # noqa: S311

    async def shuffle(self, seed: int | None) -> None:
        self.postman.shuffled = None if seed is None else random.Random(seed)  # noqa: S311

    async def status(self, message: str, word: str, code: int | None) -> None:
        await self.platform.status(message, word, code)

    async def review(self, name: str, language: str, status: str, reason: str | None) -> None:
        await self.platform.templates.review(name, language, status, reason)

    async def rate(self, name: str, language: str, score: str) -> None:
        await self.platform.templates.rate(name, language, score)

    async def reword(self, name: str, language: str, words: str) -> None:
        """Somebody edits a template by hand."""
        for part in self.platform.templates.all[name, language]["components"]:
            if part["type"] == "BODY":
                part["text"] = words

    async def templates(self) -> list[Json]:
        return list(self.platform.templates.all.values())

    async def quality(self, **fields: Any) -> None:
        self.platform.quality |= fields

    async def fault(self, method: str, kind: str, times: int, detail: Json) -> None:
        self.faults.append(Fault(method, kind, times, detail))

    async def calm(self) -> None:
        self.faults.clear()

    async def rotate(self, token: str) -> None:
        self.token = token

    async def forward(self, seconds: float) -> None:
        self.platform.ahead += seconds

    # What a test looks at

    async def journal(self) -> list[Json]:
        return self.platform.journal

    async def refused(self) -> list[Json]:
        return self.platform.refused

    async def waiting(self) -> list[Json]:
        """Return the changes that no webhook has taken."""
        return self.platform.pending

    async def pending(self) -> int:
        return len(self.platform.pending)

    async def shown(self, person: int) -> list[Json]:
        """Return what this person sees of us: words, and what can be tapped."""
        seen = []
        for bubble in self._who(person).shown:
            words = bubble.get("words", text(bubble))
            taps = bubble["payloads"] if "payloads" in bubble else options(bubble)
            about = {"id": bubble["id"], "type": bubble.get("type", "text"), "text": words}
            opener = bubble.get("interactive", {}).get("action", {}).get("button", "")
            seen.append({**about, "options": taps, "opener": opener, "body": bubble})
        return seen

    async def uploaded(self, ref: str) -> str:
        return base64.b64encode(self.platform.files[ref].data).decode()

    async def until(self, method: str, count: int, wait: float) -> list[Json]:
        async with asyncio.timeout(wait), self.platform.changed:
            await self.platform.changed.wait_for(lambda: len(self._events(method)) >= count)
            return self._events(method)

    def whom(self, raw: Any) -> int | None:
        """Return whom a body is for."""
        body = raw if isinstance(raw, dict) else {}
        to = {str(body.get("to", "")).lstrip("+"), body.get("recipient")} - {"", None}
        people = self.platform.people.values()
        return next((one.key for one in people if to & {one.number, one.user_id}), None)

    def struck(self, method: str, raw: Any) -> Fault | None:
        """Return the fault that strikes this call."""
        body, whom = raw if isinstance(raw, dict) else {}, self.whom(raw)
        return next((fault for fault in self.faults if fault.strikes(method, body, whom)), None)

    def _who(self, person: int) -> Somebody:
        return self.platform.people[person]

    def _events(self, method: str) -> list[Json]:
        if method == "refused":
            return self.platform.refused
        events = self.platform.journal
        return [event for event in events if method in {event["event"], event.get("method")}]
