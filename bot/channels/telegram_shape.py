# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shapes one neutral message into the bodies of Telegram's sendMessage; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.channels import Limits, Message, Option
from bot.channels.lines import split, towards, whole
from bot.channels.telegram_veil import units, veils

# 4096 and 64 are the platform's (core.telegram.org/bots/api#sendmessage,
# #inlinekeyboardbutton); a label has no limit there, but a phone shows one line of about 40.
LIMITS = Limits(text=4096, option_bytes=64, label=40)

_HALF_ROW = 16  # UTF-16 units: two such labels fit side by side on a narrow phone
__all__ = ["LIMITS", "attached", "chat", "place", "shape", "units"]

_BRINGS = {"document": "sendDocument", "voice": "sendVoice"}


def shape(to: str, message: Message) -> list[dict[str, Any]]:
    """Return the request bodies that show ``message``, in order; none for a text without ink.

    A long text is split between sentences at 4096 UTF-16 units; the buttons stand under the
    last part. Arabic lines are told to read from the right.
    """
    text = whole(message.text)
    right = message.dir == "rtl"
    parts = [towards(part, right=right) for part in split(towards(text, right=right), LIMITS.text)]
    bodies = [_body(to, part, protect=message.protect) for part in parts]
    for body, entities in zip(bodies, veils(text, parts, message.hidden), strict=True):
        body.update({"entities": entities} if entities else {})
    options = [option for option in message.options if not option.url or _private(to)]
    if bodies and options:
        keyboard = [[_button(option, right=right) for option in row] for row in _rows(options)]
        bodies[-1]["reply_markup"] = {"inline_keyboard": keyboard}
    return bodies


def attached(to: str, message: Message) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls that bring the files beside ``message``: method and body, bytes inside."""
    protect = {"protect_content": True} if message.protect else {}
    return [
        (_BRINGS[file.kind], {"chat_id": chat(to), file.kind: file, **protect})
        for file in message.attachments
    ]


def chat(to: str) -> int | str:
    """Return the chat as the platform wants it: a number, or a channel's public name."""
    to = to.partition("/")[0]
    return int(to) if re.fullmatch(r"-?[0-9]{1,19}", to) else to


def place(to: str) -> dict[str, Any]:
    """Return where to write: a chat, and the topic behind a slash where there is one."""
    topic = to.partition("/")[2]
    return {"chat_id": chat(to)} | ({"message_thread_id": int(topic)} if topic else {})


def _body(to: str, text: str, *, protect: bool) -> dict[str, Any]:
    # A preview would make Telegram's servers and the phone's screen say where we point to.
    body = {**place(to), "text": text, "link_preview_options": {"is_disabled": True}}
    return body | {"protect_content": True} if protect else body


def _private(to: str) -> bool:
    """Whether only one person reads there: Telegram opens a page from no other chat."""
    where = chat(to)
    return isinstance(where, int) and where > 0


def _button(option: Option, *, right: bool) -> dict[str, Any]:
    label = towards(whole(option.label), right=right)
    if option.url:
        return {"text": label, "web_app": {"url": option.url}}
    return {"text": label, "callback_data": option.id}


def _rows(options: Sequence[Option]) -> Iterator[Sequence[Option]]:
    waiting: list[Option] = []
    for option in options:
        short = units(option.label) <= _HALF_ROW
        if waiting and (len(waiting) == 2 or not short):  # noqa: PLR2004 two by two
            yield waiting
            waiting = []
        waiting.append(option)
        if not short:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
