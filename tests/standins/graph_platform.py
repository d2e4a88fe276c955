# SPDX-License-Identifier: AGPL-3.0-or-later
"""What WhatsApp remembers: who wrote when, what was sent, files, what waits to go out."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

from tests.standins.graph_referee import Foul, judge
from tests.standins.graph_shapes import (
    BUSINESS,
    CODES,
    NUMBER,
    Json,
    Somebody,
    change,
    options,
    status,
    value,
    wamid,
)  # fmt: skip
from tests.standins.graph_templates import Templates

DAY = 86400.0
WINDOW, URL_LIVES, INBOUND_LIVES, UPLOAD_LIVES = DAY, 300.0, 7 * DAY, 30 * DAY
_MB = 1024 * 1024
# What may be uploaded, and how much of it.
_MOST = {"audio": 16 * _MB, "video": 16 * _MB, "image": 5 * _MB, "document": 100 * _MB}
_TYPES = {
    "audio": {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"},
    "video": {"video/mp4", "video/3gp"},
    "image": {"image/jpeg", "image/png"},
    "document": {"application/pdf", "text/plain"},
}


@dataclass(slots=True)
class Held:
    """A file: sent by a person, or uploaded by the business."""

    data: bytes
    type: str
    until: float  # when its id is forgotten
    url_until: float = 0.0

    def about(self) -> Json:
        digest = base64.b64encode(hashlib.sha256(self.data).digest()).decode()
        return {"mime_type": self.type, "sha256": digest, "file_size": len(self.data)}


class Platform:
    """One business number's side of WhatsApp; lives in one event loop."""

    def __init__(self, journal: TextIO | None = None) -> None:
        self.people: dict[int, Somebody] = {}
        self.files: dict[str, Held] = {}
        self.inbound: dict[str, int] = {}  # message id -> whose
        self.sent: dict[str, tuple[int, str | None]] = {}  # message id -> to whom, opaque data
        self.pending: list[Json] = []  # changes that the webhook has not taken
        self.journal: list[Json] = []
        self.refused: list[Json] = []
        self.quality: Json = {
            "quality_rating": "GREEN",
            "whatsapp_business_manager_messaging_limit": "TIER_250",
            "status": "CONNECTED",
            "code_verification_status": "VERIFIED",
            "name_status": "APPROVED",
            "verified_name": "Stand-in",
            "display_phone_number": "+212 500-000000",
            "throughput": {"level": "STANDARD"},
            "id": NUMBER,
        }
        self.ladder: tuple[str, ...] = ("sent", "delivered")
        self.late = False  # a closed window is told by a status, not by the answer
        self.pair: float | None = None  # seconds between two messages to one person
        self.ahead = 0.0  # seconds that the clock is before the wall's
        self.changed = asyncio.Condition()
        self.posted: Callable[[], None] = lambda: None  # told when a webhook has work
        self.templates = Templates(self)
        self._file = journal
        self._paired: dict[int, float] = {}
        self._count = 0

    def now(self) -> float:
        return time.time() + self.ahead

    # The business's side

    async def send(self, raw: Any, fails: int | None = None) -> Json:
        """Take a message or a read mark if the rules allow it; return the answer.

        ``fails``: it is accepted all the same, and a status tells of this code.
        """
        try:
            body = judge(raw)
            return await (self._read(body) if "status" in body else self._message(body, fails))
        except Foul as foul:
            self.refused.append({"method": "messages", "code": foul.code, "why": foul.details})
            await self.tell()
            raise

    async def _read(self, body: Json) -> Json:
        if body["message_id"] not in self.inbound:
            raise Foul(131009, "message_id: no such message from a person")
        key = self.inbound[body["message_id"]]
        await self.note("read", body, {"success": True}, person=key)
        return {"success": True}

    async def _message(self, body: Json, fails: int | None) -> Json:
        somebody = self._receiver(body)
        self._sources(body)
        late = self._unfit(somebody, body) or fails
        message = self._named(somebody)
        self.sent[message] = (somebody.key, body.get("biz_opaque_callback_data"))
        ids = {"wa_id": somebody.number} if somebody.number else {"user_id": somebody.user_id}
        contact = {"input": body.get("recipient") or body["to"], **ids}
        said: Json = {"id": message}
        if body.get("type") == "template":
            said["message_status"] = "accepted"
        answer = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [said]}
        await self.note("messages", body, answer, person=somebody.key)
        if late is not None:
            await self.status(message, "failed", late)
            return answer
        shown = self.templates.shown(body) if body.get("type") == "template" else body
        somebody.shown.append({"id": message, **shown})
        for word in self.ladder:
            await self.status(message, word)
        return answer

    def _receiver(self, body: Json) -> Somebody:
        to, recipient = body.get("to", "").lstrip("+"), body.get("recipient")
        for somebody in self.people.values():
            if recipient and somebody.user_id == recipient:
                return somebody
            if not recipient and somebody.number == to:
                return somebody
        if recipient:
            raise Foul(100, "recipient: unknown", subcode=33)
        raise Foul(131026, "to: the stand-in knows nobody of that number")

    def _sources(self, body: Json) -> None:
        content = body.get(body.get("type", "text"), {})
        if "id" in content and body.get("type") != "interactive":
            self.held(content["id"])

    def _unfit(self, somebody: Somebody, body: Json) -> int | None:
        """Refuse what a real answer refuses; return the code of a failure told later."""
        template = body.get("type") == "template"
        category = self.templates.category(body) if template else None
        open_until = (somebody.heard or 0) + WINDOW
        if not template and self.now() >= open_until:
            if self.late:
                return 131047
            raise Foul(131047, "more than 24 hours have passed since they wrote")
        if somebody.away:
            return 131026
        if category == "MARKETING" and somebody.stopped:
            return 131050
        self._pace(somebody)
        return None

    def _pace(self, somebody: Somebody) -> None:
        if self.pair is None:
            return
        now, last = self.now(), self._paired.get(somebody.key)
        if last is not None and now - last < self.pair:
            raise Foul(131056, "too many messages to this person in a short time")
        self._paired[somebody.key] = now

    def _named(self, somebody: Somebody) -> str:
        self._count += 1
        return wamid(somebody, self._count)

    async def status(self, message: str, word: str, code: int | None = None) -> None:
        """Tell the webhook what became of a message."""
        key, opaque = self.sent[message]
        somebody = self.people[key]
        told = status(somebody, message, word, self.now(), opaque=opaque, code=code)
        whom = {} if word == "failed" else {"contacts": [somebody.contact()]}
        await self.post(change(value(**whom, statuses=[told])))

    # Files

    def keep(self, data: bytes, kind: str, lives: float) -> str:
        """Keep a file; return its id, which is digits only."""
        self._count += 1
        ref = f"{900000000000000 + self._count}"
        self.files[ref] = Held(data, kind, self.now() + lives)
        return ref

    async def upload(self, product: str | None, kind: str, data: bytes) -> Json:
        if product != "whatsapp":
            raise Foul(100, "messaging_product: must be 'whatsapp'")
        bare = kind.partition(";")[0].strip()
        family = next((name for name, types in _TYPES.items() if bare in types), None)
        if family is None:
            raise Foul(100, f"file: the type {bare} is not supported")
        if not data or len(data) > _MOST[family]:
            raise Foul(131053, "file: empty or too big")
        ref = self.keep(data, bare, UPLOAD_LIVES)
        await self.note("media", {"type": bare, "size": len(data)}, {"id": ref})
        return {"id": ref}

    def held(self, ref: Any) -> Held:
        found = self.files.get(ref)
        if found is None or found.until <= self.now():
            raise Foul(100, "no such object, or it is not yours any more", subcode=33)
        return found

    async def describe(self, ref: str, base: str) -> Json:
        """Say where a file's bytes are, for five minutes."""
        held = self.held(ref)
        held.url_until = self.now() + URL_LIVES
        url = f"{base}/whatsapp_business/attachments/?mid={ref}"
        answer = {"messaging_product": "whatsapp", "url": url, **held.about(), "id": ref}
        await self.note("describe", {"id": ref}, answer)
        return answer

    async def download(self, ref: str) -> Held | None:
        """Give the bytes, while the address lives."""
        held = self.files.get(ref)
        if held is None or held.url_until <= self.now():
            return None
        await self.note("download", {"id": ref}, None)
        return held

    # The people's side

    def writes(self, somebody: Somebody, content: Json, at: float | None = None) -> Json:
        """Return a message of theirs, as it stands in a webhook; the window opens again."""
        message = self._named(somebody)
        when = self.now() if at is None else at
        somebody.heard = max(somebody.heard or 0, when)
        self.inbound[message] = somebody.key
        return {**somebody.sender(), "id": message, "timestamp": str(int(when)), **content}

    def tapped(self, somebody: Somebody, option: str) -> Json:
        """Return what a tap sends: the option must stand on something that was shown."""
        for bubble in reversed(somebody.shown):
            context = {"from": "212500000000", "id": bubble["id"]}
            if bubble.get("type") == "template":
                if option in bubble["payloads"]:
                    button = {"payload": option, "text": bubble["payloads"][option]}
                    return {"context": context, "type": "button", "button": button}
            elif option in options(bubble):
                kind = (
                    "button_reply" if bubble["interactive"]["type"] == "button" else "list_reply"
                )
                reply = {"id": option, "title": options(bubble)[option]}
                inside = {"type": kind, kind: reply}
                return {"context": context, "type": "interactive", "interactive": inside}
        raise LookupError("no such button was shown")

    async def post(self, what: Json) -> None:
        """Give the webhook something to take."""
        self.pending.append(what)
        self.posted()
        await self.tell()

    # What is written down

    async def note(self, method: str, params: Json, result: Any, **more: Any) -> None:
        """Write a call down before anybody can learn of it."""
        await self.event({"event": "call", "method": method, "params": params, "result": result}
                         | more)  # fmt: skip

    async def event(self, event: Json) -> None:
        event = {"n": len(self.journal), "at": time.time(), **event}
        self.journal.append(event)
        if self._file:
            self._file.write(json.dumps(event) + "\n")
            self._file.flush()
        await self.tell()

    async def tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def node(self, ref: str, fields: str) -> Json:
        """Return a number's or an account's fields."""
        known = {NUMBER: self.quality, BUSINESS: self._account()}.get(ref)
        if known is None:
            raise Foul(100, "no such object", subcode=33)
        asked = [name for name in re.split(r",(?![^{]*})", fields) if name]
        for name in asked:
            if name not in known:
                raise Foul(100, f"fields: {name} does not exist here")
        return {name: known[name] for name in {*asked, "id"}} if asked else dict(known)

    def _account(self) -> Json:
        limit = "whatsapp_business_manager_messaging_limit"
        return {"id": BUSINESS, "name": "Stand-in", limit: self.quality[limit]}


def answer_of(foul: Foul) -> tuple[int, Json]:
    """Return the answer to a request against the rules, as the Graph API words it."""
    known, title = CODES.get(foul.code, (foul.status, foul.title))
    told: Json = {"message": f"(#{foul.code}) {title}", "type": "OAuthException"}
    told |= {"code": foul.code, "fbtrace_id": "Astandin"}
    told |= {"error_subcode": foul.subcode} if foul.subcode else {}
    told["error_data"] = {"messaging_product": "whatsapp", "details": foul.details}
    return known, {"error": told}
