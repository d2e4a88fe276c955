# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads one Telegram update, whatever its JSON holds; names, user names and pictures never."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.channels import Address, FileKind, FileRef, Inbound, InboundKind, Origin, OriginKind
from bot.message import TAKE

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")

# A recorded call sent as music is a voice all the same; a film is a document that Telegram
# has compressed, while what its own app recorded never was finer. A GIF comes as "animation"
# and as "document" at once, so the order matters.
_FILES: tuple[tuple[str, FileKind, bool], ...] = (
    ("voice", "voice", False),
    ("audio", "voice", False),
    ("video_note", "document", False),
    ("video", "document", True),
    ("animation", "document", True),
    ("document", "document", False),
)

# Written by the app when somebody turns a switch: nobody said anything. Somebody who sets
# messages to vanish does the right thing and must not be told that we did not understand.
_SWITCHES = frozenset(
    {
        "message_auto_delete_timer_changed",
        "pinned_message",
        "write_access_allowed",
        "chat_background_set",
        "connected_website",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "proximity_alert_triggered",
        "chat_owner_changed",
        "chat_owner_left",
    }
)
_ORIGINS: Mapping[str, OriginKind] = {
    "user": "person",
    "hidden_user": "hidden person",
    "chat": "group",
    "channel": "channel",
}
_LINK = re.compile(r"/start(?:@\w+)? +([A-Za-z0-9_-]{1,64})\s*")
_LARGEST = 2**63  # what a platform's number fits in; beyond it str() and float() may raise


def read(update: Any) -> Inbound | None:
    """Return what a person did in a private chat, or None where nobody spoke to us.

    Of groups only two things are heard: that a case is taken, and that the group has moved.

    Total: any JSON value is accepted and none makes it raise. ``id`` is the ``update_id``,
    which Telegram repeats when it delivers twice.
    """
    match update:
        case {"update_id": int() as number} if _number(number) is not None:
            pass
        case _:
            return None
    match update:
        case {"message": said}:
            return _message(str(number), said)
        case {"edited_message": said}:
            return _edit(str(number), said)
        case {"callback_query": pressed}:
            return _press(str(number), pressed)
        case {"my_chat_member": moved}:
            return _move(str(number), moved)
    return None


def courtesies(update: Any, ours: frozenset[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name the calls that good manners ask for besides the answer: method and body.

    A pressed button stops turning; a group or channel is left without a word (a word would
    tell its members who had asked for help), unless it is among ``ours``. Total, like ``read``.
    """
    match update:
        case {"callback_query": {"id": str() as query}} if query:
            yield "answerCallbackQuery", {"callback_query_id": query}
        case {"message": said} | {"edited_message": said} | {"channel_post": said}:
            yield from _leave(said, ours)
        case {"my_chat_member": {"new_chat_member": {"status": "left" | "kicked"}}}:
            pass
        case {"my_chat_member": moved}:
            yield from _leave(moved, ours)


def _leave(said: Any, ours: frozenset[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    if migration(said) is not None:
        return  # what it moved to is left, if it must be, when somebody writes there
    match said:
        case {"chat": {"id": int() as chat, "type": "group" | "supergroup" | "channel"}}:
            if _number(chat) is not None and str(chat) not in ours:
                yield "leaveChat", {"chat_id": chat}


def _message(update: str, said: Any) -> Inbound | None:
    if (moved := migration(said)) is not None:
        old, new = moved
        return Inbound(Address("telegram", old), update, "moved", option=new)
    sender = _sender(said)
    if sender is None or not _SWITCHES.isdisjoint(said):
        return None
    text, file = _text(said), _file(said)
    kind: InboundKind = "file" if file else "text" if _clean(said.get("text")) else "other"
    return Inbound(
        sender=sender,
        id=update,
        kind=kind,
        text=text,
        file=file,
        message=_id(said),
        sent_at=_moment(said.get("date")),
        album=_clean(said.get("media_group_id")) or None,
        origin=_origin(said.get("forward_origin")),
        link=_link(said.get("text")),
    )


def migration(said: Any) -> tuple[str, str] | None:
    """Return a group's old and new id where the message says that it became a supergroup."""
    match said:
        case {"chat": {"id": int() as chat}, "migrate_to_chat_id": int() as new}:
            old = chat
        case {"chat": {"id": int() as new}, "migrate_from_chat_id": int() as old}:
            pass
        case _:
            return None
    if _number(old) is None or _number(new) is None or old >= 0 or new >= 0:
        return None
    return str(old), str(new)


def _origin(told: Any) -> Origin | None:
    """Return what kind of sender a forwarded message had; the name beside it stays unread."""
    match told:
        case {"type": str() as kind} if kind in _ORIGINS:
            return Origin(_ORIGINS[kind], _moment(told.get("date")))
    return None


def _link(text: Any) -> str | None:
    """Return the load of a deep link, by the signs that Telegram allows in one."""
    found = _LINK.fullmatch(text) if isinstance(text, str) else None
    return found[1] if found else None


def _edit(update: str, said: Any) -> Inbound | None:
    """Read what a message says now; a moving location edits itself and says nothing."""
    sender = _sender(said)
    message = _id(said) if sender else None
    if sender is None or message is None or "location" in said:
        return None
    return Inbound(
        sender=sender,
        id=update,
        kind="edit",
        text=_text(said),
        file=_file(said),
        message=message,
        edits=message,
        sent_at=_moment(said.get("edit_date")),
    )


def _press(update: str, pressed: Any) -> Inbound | None:
    """Read a button; the message's date is our bubble's, so nobody knows when it was pressed."""
    match pressed:
        case {"data": str() as data, "message": {"chat": {"id": int() as chat}}} if (
            data.startswith(TAKE) and _number(chat) is not None
        ):
            case = _clean(data.removeprefix(TAKE))
            return Inbound(Address("telegram", str(chat)), update, "take", option=case)
        case {"message": {"chat": {"type": str() as place}}} if place != "private":
            return None
        case {"from": {"id": int() as person}} if _number(person) is not None:
            sender = Address("telegram", str(person))
        case _:
            return None
    option = _clean(pressed.get("data"))
    kind: InboundKind = "option" if option else "other"
    return Inbound(sender=sender, id=update, kind=kind, option=option or None)


def _move(update: str, moved: Any) -> Inbound | None:
    sender = _sender(moved)
    match moved:
        case {"new_chat_member": {"status": "kicked"}} if sender:
            moment = _moment(moved.get("date"))
            return Inbound(sender=sender, id=update, kind="gone", sent_at=moment)
    return None


def _sender(said: Any) -> Address | None:
    match said:
        case {"from": {"is_bot": True}}:
            return None  # two bots would talk for ever
        case {"chat": {"id": int() as chat, "type": "private"}} if _number(chat) is not None:
            return Address("telegram", str(chat))
    return None


def _text(said: Mapping[str, Any]) -> str:
    """Return the words or the caption; a command loses our own name and ``/start`` its load."""
    text = _clean(said.get("text")) or _clean(said.get("caption"))
    if not text.startswith("/"):
        return text
    word, gap, rest = text.partition(" ")
    command = word.partition("@")[0] if "\n" not in word else word
    return command if command == "/start" else f"{command}{gap}{rest}"


def _file(said: Mapping[str, Any]) -> FileRef | None:
    if (photo := _largest(said.get("photo"))) is not None:
        return photo
    for key, kind, compressed in _FILES:
        if (file := _offer(said.get(key), kind, compressed=compressed)) is not None:
            return file
    return None


def _largest(sizes: Any) -> FileRef | None:
    """Return the finest of a photo's sizes; Telegram lists them, and promises no order."""
    offers = [
        (_area(size), offer)
        for size in (sizes if isinstance(sizes, list) else ())
        if (offer := _offer(size, "photo", compressed=True)) is not None
    ]
    return max(offers, key=lambda pair: pair[0])[1] if offers else None


def _area(size: Mapping[str, Any]) -> int:
    return (_number(size.get("width")) or 0) * (_number(size.get("height")) or 0)


def _offer(file: Any, kind: FileKind, *, compressed: bool) -> FileRef | None:
    match file:
        case {"file_id": str() as ref} if ref := _clean(ref):
            size = _number(file.get("file_size"))
            known = size if size is not None and size >= 0 else None
            return FileRef(ref, kind, size=known, compressed=compressed)
    return None


def _id(said: Mapping[str, Any]) -> str | None:
    number = _number(said.get("message_id"))
    return None if number is None else str(number)


def _moment(date: Any) -> float | None:
    number = _number(date)
    return float(number) if number and number > 0 else None


def _number(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST:
        return value
    return None


def _clean(value: Any) -> str:
    """Return the text without half characters, which JSON can carry and UTF-8 cannot."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
