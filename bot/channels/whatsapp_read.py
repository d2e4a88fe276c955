# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads one WhatsApp webhook, whatever its JSON holds; profile names and pictures never."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels import Address, Fate, FileKind, FileRef, Inbound, InboundKind
from bot.channels.whatsapp_codes import fault

_NAME = "whatsapp"
_LARGEST = 2**63  # what a platform's number fits in; beyond it float() may raise
_DIGITS = 19  # of such a number
_LONGEST = 512  # characters of an id; Meta's are far shorter
# A sticker is no evidence, and its picture may be anything: it is never offered as a file.
_FILES: Mapping[str, tuple[FileKind, bool]] = {
    "image": ("photo", True),
    "video": ("document", True),
    "audio": ("voice", False),
    "voice": ("voice", False),
    "document": ("document", False),
}
# Nobody said anything: a heart on a bubble, a message taken back, a switch that was turned.
_SILENT = frozenset({"reaction", "revoke", "request_welcome", "ephemeral", "call_permission"})
# What our own buttons send back; a template's button without a payload sends its label.
_OPTION = re.compile(r"[a-z0-9_]{1,64}(?:@[a-z0-9_.]{0,128})?")
_CHANGES = ("changed_number", "changed_user_id")
_GOOD = frozenset({"sent", "delivered", "read", "played"})


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that a webhook says somebody did, and the part of the JSON that says so."""

    inbound: Inbound
    raw: Any = field(repr=False)  # of this message alone; for whoever must look at a fault
    mark: str = field(default="", repr=False)  # the platform's id, to say that it was read


def read(payload: Any, number: str) -> list[Heard]:
    """Return everything that people did, in the order told; only what came to *number*.

    Total: any JSON value is accepted and none makes it raise. One webhook may hold a
    thousand messages of many people.
    """
    return [heard for value in _values(payload, number) for heard in _all(value)]


def fates(payload: Any, number: str) -> list[Fate]:
    """Return what became of our own messages; those that carry no token say nothing to us."""
    return [
        found
        for value in _values(payload, number)
        for status in _list(value.get("statuses"))
        if (found := _fate(status)) is not None
    ]


def _values(payload: Any, number: str) -> Iterator[Mapping[str, Any]]:
    for entry in _list(payload.get("entry") if isinstance(payload, dict) else None):
        for change in _list(entry.get("changes") if isinstance(entry, dict) else None):
            match change:
                case {
                    "field": "messages" | "user_preferences",
                    "value": {"metadata": {"phone_number_id": str() as ours}} as value,
                } if ours == number:
                    yield value


def _all(value: Mapping[str, Any]) -> Iterator[Heard]:
    known: list[Mapping[str, Any]] = [
        contact for contact in _list(value.get("contacts")) if isinstance(contact, dict)
    ]
    for said in _list(value.get("messages")):
        if isinstance(said, dict) and (inbound := _message(said, known)) is not None:
            yield Heard(inbound, said, _id(said.get("id")))
    for told in _list(value.get("user_preferences")):
        if isinstance(told, dict) and (inbound := _preference(told)) is not None:
            yield Heard(inbound, None)


def _message(said: Mapping[str, Any], known: list[Mapping[str, Any]]) -> Inbound | None:
    ident, kind = _id(said.get("id")), said.get("type")
    if not ident or "group_id" in said:  # a group's members would learn who asked for help
        return None
    if kind == "system":
        return _moved(ident, said)
    refs = _refs(said, known)
    if not refs or (isinstance(kind, str) and kind in _SILENT):
        return None
    body = said
    if kind == "edit":
        match said.get("edit"):
            case {"message": dict() as inner}:
                body = inner
            case _:
                return None
    kind, text, option, file = _content(body)
    edited = said.get("type") == "edit"
    return Inbound(
        sender=Address(_NAME, refs[0]),
        id=ident,
        kind="edit" if edited and kind in {"text", "file"} else kind,
        text=text,
        option=option,
        file=file,
        sent_at=_moment(said.get("timestamp")),
        aliases=refs[1:],
    )


def _content(
    body: Mapping[str, Any],
) -> tuple[InboundKind, str, str | None, FileRef | None]:
    """Return kind, words, button and file. The words of an advert are not the person's."""
    name = _clean(body.get("type"))
    inner: Any = body.get(name)
    match name, inner:
        case "text", {"body": str() as text} if text := _clean(text).strip():
            return "text", text, None, None
        case "interactive", (
            {"button_reply": {"id": str() as option} as row}
            | {"list_reply": {"id": str() as option} as row}
        ):
            return _pressed(option, _clean(row.get("title")))
        case "button", dict() as pressed:
            return _pressed(_clean(pressed.get("payload")), _clean(pressed.get("text")))
        case str() as what, {"id": str() as ref} as media if what in _FILES and _id(ref):
            kind, compressed = _FILES[what]
            caption = _clean(media.get("caption")).strip()
            return "file", caption, None, FileRef(ref, kind, compressed=compressed)
        case "unsupported" | "unknown", _ if text := _words(body):
            return "text", text, None, None
    return "other", "", None, None


def _words(body: Mapping[str, Any]) -> str:
    """Return words that came beside something that the platform does not pass on."""
    match body:
        case {"text": {"body": str() as text}}:
            return _clean(text).strip()
    return ""


def _pressed(payload: str, label: str) -> tuple[InboundKind, str, str | None, None]:
    """Read a button; one that is not ours says its label, as if it had been typed."""
    option = _clean(payload)
    if _OPTION.fullmatch(option):
        return "option", "", option, None
    text = (label or option).strip()
    return ("text", text, None, None) if text else ("other", "", None, None)


def _moved(ident: str, said: Mapping[str, Any]) -> Inbound | None:
    """Read that somebody has another number or user id; everything else is the app's talk."""
    told = said.get("system")
    if not isinstance(told, dict) or not _clean(told.get("type")).endswith(_CHANGES):
        return None
    new = [_id(told.get(name)) for name in ("user_id", "wa_id", "new_wa_id")]
    old = [_id(told.get("previous_user_id")), _id(said.get("from_user_id")), _id(said.get("from"))]
    fresh, former = [r for r in new if r], [r for r in old if r]
    if not fresh or not former:
        return None
    known = tuple(r for r in dict.fromkeys((*former, *fresh)) if r != fresh[0])
    return Inbound(Address(_NAME, fresh[0]), ident, "renumbered", aliases=known)


def _preference(told: Mapping[str, Any]) -> Inbound | None:
    """Read that somebody stopped what the platform calls marketing: for us, tips."""
    refs = [r for r in (_id(told.get("user_id")), _id(told.get("wa_id"))) if r]
    if not refs or told.get("value") != "stop":
        return None
    # The platform gives no id: what is told, and of whom, is the same when it is told again.
    told_at = _moment(told.get("timestamp"))
    ident = hashlib.sha256(f"stop {refs[0]} {told_at}".encode()).hexdigest()
    return Inbound(Address(_NAME, refs[0]), ident, "unwanted", aliases=tuple(refs[1:]))


def _refs(said: Mapping[str, Any], known: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return how the writer is reached: the user id first, for a number may be withheld."""
    phone, user = _id(said.get("from")), _id(said.get("from_user_id"))
    lone = len(known) == 1 and not phone and not user
    for contact in known:
        wa, bsuid = _id(contact.get("wa_id")), _id(contact.get("user_id"))
        if lone or (user and user == bsuid) or (phone and phone == wa):
            user, phone = user or bsuid, phone or wa
    return tuple(ref for ref in (user, phone) if ref)


def _fate(status: Any) -> Fate | None:
    match status:
        case {"biz_opaque_callback_data": str() as token, "status": str() as state}:
            pass
        case _:
            return None
    if not token or len(token) > _LONGEST:
        return None
    if state in _GOOD:
        return Fate(_clean(token))
    if state != "failed":
        return None
    codes = [e.get("code") for e in _list(status.get("errors")) if isinstance(e, dict)]
    return Fate(_clean(token), fault(codes[0] if codes else None))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _id(value: Any) -> str:
    """Return an id that can be an id: some letters or digits, no blank."""
    text = _clean(value)
    return text if 0 < len(text) <= _LONGEST and text.isprintable() and " " not in text else ""


def _moment(value: Any) -> float | None:
    """Return epoch seconds; the platform writes them as a text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < _DIGITS:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LARGEST:
        return float(value)
    return None


def _clean(value: Any) -> str:
    """Return the text without half characters, which JSON can carry and UTF-8 cannot."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
