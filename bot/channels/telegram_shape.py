# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shapes one neutral message into the bodies of Telegram's sendMessage; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from bot.channels import Limits, Message, Option
from bot.channels.telegram_veil import units, veils

# 4096 and 64 are the platform's (core.telegram.org/bots/api#sendmessage,
# #inlinekeyboardbutton); a label has no limit there, but a phone shows one line of about 40.
LIMITS = Limits(text=4096, option_bytes=64, label=40)

_HALF_ROW = 16  # UTF-16 units: two such labels fit side by side on a narrow phone
__all__ = ["LIMITS", "attached", "chat", "place", "shape", "units"]

_BRINGS = {"document": "sendDocument", "voice": "sendVoice"}
_RLM = "\u200f"
_RIGHT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})
# Best border first: paragraph, line, sentence (Latin and Arabic stops), clause, word.
_BORDERS = tuple(
    re.compile(border)
    for border in (r"\n\s*\n", r"\n", r"[.!?…؟۔][»”\"')\u200f]*\s", r"[,;:،؛]\s", r"\s")
)
_GLUE = frozenset("\u200d\ufe0e\ufe0f\u20e3") | {chr(tone) for tone in range(0x1F3FB, 0x1F400)}


def shape(to: str, message: Message) -> list[dict[str, Any]]:
    """Return the request bodies that show ``message``, in order; none for a text without ink.

    A long text is split between sentences at 4096 UTF-16 units; the buttons stand under the
    last part. Arabic lines are told to read from the right.
    """
    text = _whole(message.text)
    right = message.dir == "rtl"
    parts = [_towards(part, right=right) for part in _split(_towards(text, right=right))]
    bodies = [_body(to, part, protect=message.protect) for part in parts]
    for body, entities in zip(bodies, veils(text, parts, message.hidden), strict=True):
        body.update({"entities": entities} if entities else {})
    if bodies and message.options:
        keyboard = [[_button(option, right=right) for option in row] for row in _rows(message)]
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


def _button(option: Option, *, right: bool) -> dict[str, str]:
    label = _towards(_whole(option.label), right=right)
    return {"text": label, "callback_data": option.id}


def _rows(message: Message) -> Iterator[Sequence[Option]]:
    waiting: list[Option] = []
    for option in message.options:
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


def _towards(text: str, *, right: bool) -> str:
    return "\n".join(map(_marked, text.split("\n"))) if right else text


def _marked(line: str) -> str:
    """Put a right-to-left mark before a line of an Arabic text that begins otherwise.

    Telegram knows no direction attribute: the first strong letter decides, so "Facebook"
    or a digit at the beginning would turn the line around. A line that is all Latin (a
    link) keeps its own direction.
    """
    start = line.lstrip()
    if not start or unicodedata.bidirectional(start[0]) in _RIGHT:
        return line
    kinds = {unicodedata.bidirectional(letter) for letter in line}
    return line if "L" in kinds and kinds.isdisjoint(_RIGHT) else _RLM + line


def _split(text: str) -> Iterator[str]:
    """Yield parts that leave room for one more mark; only white space is lost between them."""
    rest = text.strip()
    while units(rest) > LIMITS.text - 1:
        cut = _cut(_head(rest, LIMITS.text - 1), rest)
        if part := rest[:cut].strip():
            yield part
        rest = rest[cut:].strip()
    if rest.strip(_RLM + " \n"):
        yield rest


def _head(text: str, room: int) -> str:
    """Return as much of the beginning as fits in ``room`` units, no character halved."""
    return text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")


def _cut(head: str, text: str) -> int:
    """Return where to end a part: after the best border of its second half, or between words."""
    for border in _BORDERS:
        ends = [found.end() for found in border.finditer(head)]
        if ends and ends[-1] > len(head) // 2:
            return ends[-1]
    cut = len(head)
    for back in range(cut, max(cut - 32, 1), -1):  # an emoji family, a letter with its marks
        if not _glued(text[back - 1], text[back]):
            return back
    return cut


def _glued(left: str, right: str) -> bool:
    return left == "\u200d" or right in _GLUE or unicodedata.combining(right) > 0


def _whole(text: str) -> str:
    """Return the text without half characters, which no request could carry."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
