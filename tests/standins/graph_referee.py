# SPDX-License-Identifier: AGPL-3.0-or-later
"""Judges a request to the Graph API: by somebody else's models where they know, else by hand.

The models are kapso's input models. They know no ``recipient``, no
``biz_opaque_callback_data``, no typing indicator, do not mind unknown fields, a picture
without a source, two buttons of one id or a list of more than ten rows in all, and have
nothing for a template's definition: those rules are written here, from Meta's documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from kapso_whatsapp import types as kapso
from pydantic import ValidationError

Json = dict[str, Any]

USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}")
_NUMBER = re.compile(r"\+?[0-9]{5,15}")
_OPAQUE, _ROWS = 512, 10
_BRINGS = ("image", "video", "audio", "document", "sticker")
_COMMON = {"messaging_product", "recipient_type", "to", "recipient", "type", "context"}
_COMMON |= {"biz_opaque_callback_data"}
_READ = {"messaging_product", "status", "message_id", "typing_indicator"}
_HOLE = re.compile(r"\{\{\w+\}\}")


class Foul(Exception):
    """The request is against the rules; what the platform would answer."""

    def __init__(
        self, code: int, details: str, status: int = 400, *, title: str = "", subcode: int = 0
    ) -> None:
        super().__init__(details)
        self.code, self.details, self.status = code, details, status
        self.title, self.subcode = title or "Invalid parameter", subcode


def judge(body: Any) -> Json:
    """Return the body of a message or a read mark; raises Foul as the platform would answer."""
    if not isinstance(body, dict) or body.get("messaging_product") != "whatsapp":
        raise _wrong("messaging_product: must be 'whatsapp'")
    if "status" in body:
        _mark(body)
        return body
    _receiver(body)
    kind = body.get("type", "text")
    rule = _RULES.get(kind)
    if rule is None:
        raise _wrong(f"type: {kind!r} is not one the stand-in knows")
    _only(body, _COMMON | {kind}, "")
    content = body.get(kind)
    if not isinstance(content, dict):
        raise _wrong(f"{kind}: is required")
    _known(lambda: rule({"phone_number_id": "1", "to": "1"}, content))
    return body


def _receiver(body: Json) -> None:
    to, recipient = body.get("to"), body.get("recipient")
    if to is None and recipient is None:
        raise _wrong("to or recipient: one is required")
    if to is not None and not (isinstance(to, str) and _NUMBER.fullmatch(to)):
        raise _wrong("to: not a phone number")
    if recipient is not None and not (isinstance(recipient, str) and USER_ID.fullmatch(recipient)):
        raise _wrong("recipient: not a business-scoped user id")
    if body.get("recipient_type", "individual") != "individual":
        raise _wrong("recipient_type: must be 'individual'")
    opaque = body.get("biz_opaque_callback_data", "")
    if not isinstance(opaque, str) or len(opaque) > _OPAQUE:
        raise _wrong("biz_opaque_callback_data: at most 512 characters")
    match body.get("context", {"message_id": "x"}):
        case {"message_id": str()}:
            return
    raise _wrong("context: a message_id is needed")


def _mark(body: Json) -> None:
    _only(body, _READ, "")
    if body["status"] != "read" or not isinstance(body.get("message_id"), str):
        raise _wrong("status: must be 'read', with a message_id")
    if body.get("typing_indicator", {"type": "text"}) != {"type": "text"}:
        raise _wrong("typing_indicator: type must be 'text'")


def _text(about: Json, text: Json) -> None:
    _only(text, {"body", "preview_url"}, "text.")
    kapso.TextMessageInput(**about, **_strict(text, {"preview_url": bool}))
    if not text["body"].strip():
        raise _wrong("text.body: is empty")


def _media(about: Json, kind: str, content: Json) -> None:
    known = {"id", "link"} | ({"voice"} if kind == "audio" else set())
    known |= {"caption"} if kind in {"image", "video", "document"} else set()
    known |= {"filename"} if kind == "document" else set()
    _only(content, known, f"{kind}.")
    if len(content.keys() & {"id", "link"}) != 1:
        raise _wrong(f"{kind}: id or link, and not both")
    model = getattr(kapso, f"{kind.capitalize()}MessageInput")
    model(**about, **{kind: content})


def _interactive(about: Json, content: Json) -> None:
    _only(content, {"type", "header", "body", "footer", "action"}, "interactive.")
    body = content.get("body")
    if not isinstance(body, dict) or not str(body.get("text", "")).strip():
        raise _wrong("interactive.body.text: is required")
    _only(body, {"text"}, "interactive.body.")
    action = content.get("action")
    if not isinstance(action, dict):
        raise _wrong("interactive.action: is required")
    shown = {**about, "body_text": body["text"], **_edges(content)}
    match content.get("type"):
        case "button":
            _buttons(shown, action)
        case "list":
            _list(shown, action)
        case other:
            raise _wrong(f"interactive.type: {other!r} is not one the stand-in knows")


def _edges(content: Json) -> Json:
    edges = {}
    for edge in content.keys() & {"header", "footer"}:
        text = content[edge].get("text") if isinstance(content[edge], dict) else None
        if not isinstance(text, str) or not text.strip():
            raise _wrong(f"interactive.{edge}: the stand-in knows only text there")
        edges[f"{edge}_text"] = text
    return edges


def _buttons(shown: Json, action: Json) -> None:
    _only(action, {"buttons"}, "interactive.action.")
    buttons = action.get("buttons")
    if not isinstance(buttons, list):
        raise _wrong("interactive.action.buttons: is required")
    for button in buttons:
        if not isinstance(button, dict) or button.keys() != {"type", "reply"}:
            raise _wrong("interactive.action.buttons: type and reply are needed")
        if button["type"] != "reply":
            raise _wrong("interactive.action.buttons.type: must be 'reply'")
        _only(button["reply"], {"id", "title"}, "interactive.action.buttons.reply.")
    replies = [button["reply"] for button in buttons]
    kapso.InteractiveButtonsInput(**shown, buttons=replies)
    _differ(replies)


def _list(shown: Json, action: Json) -> None:
    _only(action, {"button", "sections"}, "interactive.action.")
    sections = action.get("sections")
    if not isinstance(sections, list) or not sections:
        raise _wrong("interactive.action.sections: is required")
    rows: list[Json] = []
    for section in sections:
        _only(section, {"title", "rows"}, "interactive.action.sections.")
        if len(sections) > 1 and not section.get("title"):
            raise _wrong("interactive.action.sections.title: is required where there are several")
        rows += section.get("rows") or []
    for row in rows:
        _only(row, {"id", "title", "description"}, "interactive.action.sections.rows.")
    named = [{"title": "-", **section} for section in sections]
    kapso.InteractiveListInput(**shown, button_text=action.get("button"), sections=named)
    if not action["button"].strip():
        raise _wrong("interactive.action.button: is empty")
    if len(rows) > _ROWS:
        raise _wrong("interactive.action.sections: at most 10 rows in all")
    _differ(rows)


def _differ(options: list[Json]) -> None:
    for field in ("id", "title"):
        values = [option[field] for option in options]
        if not all(value.strip() for value in values):
            raise _wrong(f"interactive.action: an empty {field}")
        if len(set(values)) < len(values):
            raise _wrong(f"interactive.action: a {field} is there twice")


def _template(about: Json, content: Json) -> None:
    _only(content, {"name", "language", "components"}, "template.")
    language = content.get("language")
    if not isinstance(language, dict) or "code" not in language:
        raise _wrong("template.language.code: is required")
    kapso.TemplateMessageInput(**about, template=content)


_RULES: Mapping[str, Callable[[Json, Json], None]] = {
    "text": _text,
    "interactive": _interactive,
    "template": _template,
    **{kind: lambda about, content, kind=kind: _media(about, kind, content) for kind in _BRINGS},
}


# A template's definition: by hand, from Meta's documents.

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")


def judge_template(body: Any) -> Json:
    """Return the definition of a template; raises Foul as the platform would answer."""
    if not isinstance(body, dict):
        raise _wrong("a definition is needed")
    known = {"name", "language", "category", "components", "parameter_format"}
    _only(body, known | {"allow_category_change"}, "")
    if not _NAME.fullmatch(str(body.get("name", ""))):
        raise _wrong("name: at most 512 of a-z 0-9 _")
    if body.get("category") not in _CATEGORIES:
        raise _wrong("category: UTILITY, MARKETING or AUTHENTICATION")
    if not re.fullmatch(r"[a-z]{2}(_[A-Z]{2})?", str(body.get("language", ""))):
        raise _wrong("language: a code like fr or pt_BR")
    parts = body.get("components") or []
    if [part.get("type") for part in parts].count("BODY") != 1:
        raise _wrong("components: exactly one BODY")
    for part in parts:
        _component(part)
    return body


def _component(part: Json) -> None:
    match part:
        case {"type": "BODY", "text": str(text)}:
            _long("BODY", text, 1024)
            _holes(text, part)
        case {"type": "HEADER", "format": "TEXT", "text": str(text)}:
            _long("HEADER", text, 60)
        case {"type": "FOOTER", "text": str(text)}:
            _long("FOOTER", text, 60)
            if _HOLE.search(text):
                raise _wrong("FOOTER: no variables")
        case {"type": "BUTTONS", "buttons": [_, *_] as buttons} if len(buttons) <= _ROWS:
            for button in buttons:
                if button.get("type") != "QUICK_REPLY":
                    raise _wrong("BUTTONS: the stand-in knows only QUICK_REPLY")
                _long("BUTTONS", str(button.get("text", "")), 25)
        case _:
            raise _wrong("components: not one the stand-in knows")


def _holes(text: str, part: Json) -> None:
    holes = _HOLE.findall(text)
    if not holes:
        return
    bare = text.strip()
    if bare.startswith("{{") or bare.endswith("}}"):
        raise _wrong("BODY: a variable at the beginning or the end", subcode=2388299)
    match part.get("example"):
        case {"body_text": [[*values]]} if len(values) == len(holes):
            return
    raise _wrong("BODY: an example of every variable is needed", subcode=2388043)


def _long(where: str, text: str, most: int) -> None:
    if not text.strip() or len(text) > most:
        raise _wrong(f"{where}: 1 to {most} characters")


# What both need


def _known(check: Callable[[], None]) -> None:
    try:
        check()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise _wrong(f"{where}: {first['msg']}") from None


def _only(content: Any, known: set[str], where: str) -> None:
    if not isinstance(content, dict):
        raise _wrong(f"{where}: an object is needed")
    for name in content.keys() - known:
        raise _wrong(f"{where}{name}: unknown parameter")


def _strict(content: Json, kinds: Mapping[str, type]) -> Json:
    """The models turn "no" into False; the platform wants the real thing."""
    for name, kind in kinds.items():
        if name in content and not isinstance(content[name], kind):
            raise _wrong(f"{name}: {kind.__name__} is needed")
    return content


def _wrong(details: str, subcode: int = 0) -> Foul:
    return Foul(100, details, subcode=subcode)
