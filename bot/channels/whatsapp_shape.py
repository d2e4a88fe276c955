# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shapes one neutral message into bodies of the Cloud API's /messages; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.channels import Limits, Message, Option
from bot.channels.lines import head, inked, split, towards, units, whole

# The platform's own numbers (docs/adr/0014): a plain text, a text above buttons, a reply
# button's title; ten rows stand in one list. Six seconds and a day are its two clocks.
LIMITS = Limits(
    text=4096,
    option_bytes=200,
    label=20,
    under=1024,
    options=10,
    pace=6.0,
    window=24 * 3600.0,
    fates=True,
)
REPLY_BUTTONS = 3
ROW_TITLE, ROW_LINE = 24, 72
MORE = "…"  # above a second list, and where a label was cut
OPENER = "☰"  # what opens a list whose message does not say


def parts(message: Message) -> list[Message]:
    """Return the bubbles that show ``message``, in order; none for a text without ink.

    A long text is split between sentences; the buttons stand under the last part, which is
    short: above buttons the platform takes a quarter of the text. Files come last, for each
    takes the time of a bubble.
    """
    if message.template:
        return [message]
    files = [replace(message, text="", options=(), attachments=(f,)) for f in message.attachments]
    texts = list(_texts(message))
    bare = replace(message, attachments=())
    plain = [replace(bare, text=text, options=()) for text in texts[:-1]]
    last = _under(replace(bare, text=texts[-1])) if texts else ()
    return [*plain, *last, *files]


def _texts(message: Message) -> Iterator[str]:
    text = towards(whole(message.text), right=message.dir == "rtl").strip()
    if not message.options:
        yield from split(text, LIMITS.text)
        return
    last = _last(text)
    yield from split(text[: len(text) - len(last)], LIMITS.text)
    if inked(last):
        yield last


def _last(text: str) -> str:
    """Return the end of the text that can stand above buttons: whole paragraphs if it may be."""
    blocks, last = text.split("\n\n"), ""
    while blocks:
        longer = "\n\n".join((blocks[-1], last)) if last else blocks[-1]
        if units(longer) > LIMITS.under - 1:
            break
        last = longer
        blocks.pop()
    return last or next(reversed([*split(text, LIMITS.under)]), "")


def _under(message: Message) -> Iterator[Message]:
    """Yield a bubble for every ten buttons: a flow never asks for more, and none is lost."""
    shown = message.options[: LIMITS.options]
    yield replace(message, options=shown)
    for start in range(LIMITS.options, len(message.options), LIMITS.options):
        some = message.options[start : start + LIMITS.options]
        yield replace(message, text=MORE, options=some)


def shape(to: str, message: Message) -> dict[str, Any]:
    """Return the body that shows one part of a message; files are put in by their ids."""
    if message.template:
        return {**whom(to), "type": "template", "template": _template(message)}
    text = towards(whole(message.text), right=message.dir == "rtl")
    if message.options:
        return {**whom(to), "type": "interactive", "interactive": _asked(message, text)}
    # A preview would make Meta's servers and the phone's screen say where we point to.
    return {**whom(to), "type": "text", "text": {"body": text, "preview_url": False}}


def whom(to: str) -> dict[str, Any]:
    """Return what every body begins with; a user id goes where no number may stand."""
    where = "to" if to.lstrip("+").isdecimal() else "recipient"
    return {"messaging_product": "whatsapp", "recipient_type": "individual", where: to}


def _template(message: Message) -> dict[str, Any]:
    """An approved text says its own words: ours are only its name and what its buttons send."""
    body: dict[str, Any] = {"name": message.template, "language": {"code": message.lang}}
    if message.options:
        body["components"] = [
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": str(index),
                "parameters": [{"type": "payload", "payload": option.id}],
            }
            for index, option in enumerate(message.options)
        ]
    return body


def _asked(message: Message, text: str) -> dict[str, Any]:
    right = message.dir == "rtl"
    titles = [_fit(option.label, LIMITS.label, right=right) for option in message.options]
    if len(titles) <= REPLY_BUTTONS and all(titles) and len(set(titles)) == len(titles):
        buttons = [
            {"type": "reply", "reply": {"id": option.id, "title": title}}
            for option, title in zip(message.options, titles, strict=True)
        ]
        return {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}
    rows = [_row(option, right=right) for option in message.options]
    opener = _fit(message.pick, LIMITS.label, right=right) or OPENER
    action = {"button": opener, "sections": [{"rows": rows}]}
    return {"type": "list", "body": {"text": text}, "action": action}


def _row(option: Option, *, right: bool) -> dict[str, str]:
    """A label too long for a title stands whole in the line below."""
    if title := _fit(option.label, ROW_TITLE, right=right):
        return {"id": option.id, "title": title}
    label = _lined(option.label)
    return {
        "id": option.id,
        "title": _cut(label, ROW_TITLE) or MORE,
        "description": _cut(label, ROW_LINE) or MORE,
    }


def _fit(label: str, room: int, *, right: bool) -> str:
    """Return a label as it may stand, marked if there is room for the mark; "" if it is longer."""
    line = _lined(label)
    marked = towards(line, right=right)
    return next((text for text in (marked, line) if 0 < units(text) <= room), "")


def _cut(label: str, room: int) -> str:
    if units(label) <= room:
        return label
    begin = head(label, room - 1)
    return f"{begin.rpartition(' ')[0] or begin}{MORE}"


def _lined(label: str) -> str:
    return " ".join(whole(label).split())
