# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shapes of what Meta posts: people, messages, statuses, and what is wrapped around them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

BUSINESS = "100000000000001"  # the WhatsApp business account
NUMBER = "200000000000002"  # the id of its number
DISPLAY = "212500000000"

# Codes of Meta's page of errors, with the status of the answer and its title.
CODES: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    4: (429, "API Too Many Calls"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token has expired"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (429, "Rate limit issues"),
    130429: (429, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Business account has been locked"),
    131042: (400, "Business eligibility payment issue"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131050: (400, "User has stopped marketing messages from this business"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132015: (400, "Template is paused"),
    133010: (400, "Phone number not registered"),
}


@dataclass(slots=True)
class Somebody:
    """One person of WhatsApp; what is None the business is never shown."""

    key: int
    number: str | None
    user_id: str | None
    heard: float | None = None  # when they wrote last, by the platform's clock
    away: bool = False  # no WhatsApp any more, or they blocked us
    stopped: bool = False  # no marketing from us
    shown: list[Json] = field(default_factory=list)

    def contact(self) -> Json:
        """Return who they are, as webhooks say it; the name is there to be found nowhere."""
        return {"profile": {"name": "Unread Name"}, **self._ids("wa_id", "user_id")}

    def sender(self) -> Json:
        return self._ids("from", "from_user_id")

    def recipient(self) -> Json:
        return self._ids("recipient_id", "recipient_user_id")

    def _ids(self, number: str, user_id: str) -> Json:
        ids = {number: self.number, user_id: self.user_id}
        return {name: value for name, value in ids.items() if value is not None}


def wamid(somebody: Somebody, count: int) -> str:
    """Return an id as Meta makes them: the person's number is inside, for all to decode."""
    inside = f"\x1d{somebody.number or somebody.user_id}\x15\x02\x00\x12{count:020X}\x00"
    return "wamid." + base64.b64encode(inside.encode()).decode()


def value(**content: Any) -> Json:
    """Wrap messages or statuses as they stand in a change."""
    about = {"display_phone_number": DISPLAY, "phone_number_id": NUMBER}
    return {"messaging_product": "whatsapp", "metadata": about, **content}


def change(what: Json, field: str = "messages") -> Json:
    return {"value": what, "field": field}


def status(  # noqa: PLR0913 what a status has
    somebody: Somebody,
    message: str,
    word: str,
    at: float,
    *,
    opaque: str | None = None,
    code: int | None = None,
) -> Json:
    """Return one status of a message; ``code``: why it failed."""
    told: Json = {"id": message, "status": word, "timestamp": str(int(at)), **somebody.recipient()}
    if opaque is not None:
        told["biz_opaque_callback_data"] = opaque
    if code is not None:
        told["errors"] = [error(code, "It failed.") | {"href": "https://example.invalid/codes"}]
    elif word in {"sent", "delivered"}:
        ends = {"expiration_timestamp": str(int(at) + 86400)} if word == "sent" else {}
        told["conversation"] = {"id": "c" * 32, **ends, "origin": {"type": "service"}}
        told["pricing"] = {"billable": False, "pricing_model": "PMP", "type": "regular"}
        told["pricing"]["category"] = "service"
    return told


def error(code: int, details: str) -> Json:
    """Return an error as webhooks show it."""
    title = CODES[code][1]
    return {"code": code, "title": title, "message": title, "error_data": {"details": details}}


def batch(changes: Sequence[Json], spread: str = "entries") -> Json:
    """Wrap many changes into one body.

    ``entries``: an entry each; ``changes``: one entry; ``messages``: one change for every
    run of neighbours of the same field, as Meta may do it too.
    """
    changes = _merged(changes) if spread == "messages" else list(changes)
    groups = [[one] for one in changes] if spread == "entries" else [changes]
    entries = [{"id": BUSINESS, "changes": group} for group in groups]
    return {"object": "whatsapp_business_account", "entry": entries}


def _merged(changes: Sequence[Json]) -> list[Json]:
    merged: list[Json] = []
    for one in changes:
        last = merged[-1] if merged else None
        if not last or last["field"] != one["field"] or one["field"] != "messages":
            merged.append({"field": one["field"], "value": dict(one["value"])})
            continue
        for name in ("messages", "statuses"):
            both = last["value"].get(name, []) + one["value"].get(name, [])
            last["value"] |= {name: both} if both else {}
        seen = last["value"].get("contacts", []) + one["value"].get("contacts", [])
        unlike = [one for n, one in enumerate(seen) if one not in seen[:n]]
        last["value"] |= {"contacts": unlike} if unlike else {}
    return merged


def written(body: Json) -> bytes:
    """Write a body as Meta does: everything beyond ASCII escaped, and so it is signed."""
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()


def signed(secret: str, raw: bytes) -> str:
    """Return the header that vouches for these bytes."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def names(content: Json) -> list[str]:
    """Return what a change carries: ids of messages, and id/status."""
    inside = content["value"]
    told = [f"{one['id']}/{one['status']}" for one in inside.get("statuses", ())]
    return [one["id"] for one in inside.get("messages", ())] + told


def options(body: Json) -> dict[str, str]:
    """Return what a person can tap on a message: id to label."""
    match body:
        case {"interactive": {"action": {"buttons": buttons}}}:
            return {one["reply"]["id"]: one["reply"]["title"] for one in buttons}
        case {"interactive": {"action": {"sections": sections}}}:
            return {row["id"]: row["title"] for part in sections for row in part["rows"]}
    return {}


def text(body: Json) -> str:
    """Return the words that a person reads on a message."""
    match body:
        case {"text": {"body": str(said)}} | {"interactive": {"body": {"text": str(said)}}}:
            return said
    kind = body.get("type", "")
    return str(body.get(kind, {}).get("caption", ""))
