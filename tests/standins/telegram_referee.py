# SPDX-License-Identifier: AGPL-3.0-or-later
"""Judges a Bot API request by somebody else's models of the protocol: aiogram's."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import aiogram.methods
from aiogram.methods import TelegramMethod
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

Params = dict[str, Any]


def _models() -> Iterator[tuple[str, type[TelegramMethod[Any]]]]:
    for name in aiogram.methods.__all__:
        model = getattr(aiogram.methods, name)
        if model is not TelegramMethod and hasattr(model, "__api_method__"):
            yield model.__api_method__.lower(), model


METHODS = dict(_models())
_TEXT = 4096
_BUTTON = 64


class Foul(Exception):
    """The request is against the rules; the text is what the platform would say."""

    def __init__(
        self, status: int, description: str, after: int | None = None, moved: int | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.told = {"retry_after": after, "migrate_to_chat_id": moved}


def judge(method: str, raw: Mapping[str, Any]) -> Params:
    """Return the parameters as JSON values, or raise Foul as the platform would answer."""
    model = METHODS.get(method.lower())
    if model is None:
        raise Foul(404, "Not Found")
    for name in raw.keys() - model.model_fields.keys():
        raise Foul(400, f"Bad Request: unknown parameter {name}")
    params = {name: _value(model.model_fields[name], value) for name, value in raw.items()}
    try:
        asked = model.model_validate(params)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise Foul(400, f"Bad Request: {first['loc']} {first['msg']}") from None
    for where in _strangers(asked):
        raise Foul(400, f"Bad Request: can't parse {where}")
    _limits(params)
    return params


def _strangers(value: Any, where: str = "") -> Iterator[str]:
    """Yield every field that no model knows: the models keep them without a word."""
    match value:
        case BaseModel():
            yield from (f"{where}.{name}" for name in value.model_extra or ())
            for name in value.model_fields_set & type(value).model_fields.keys():
                yield from _strangers(getattr(value, name), f"{where}.{name}")
        case list():
            for inner in value:
                yield from _strangers(inner, where)


def _value(field: FieldInfo, value: Any) -> Any:
    """Undo the form encoding: what is no text by the model arrives as JSON."""
    kinds = {field.annotation, *typing.get_args(field.annotation)}
    if not isinstance(value, str) or str in kinds:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _limits(params: Params) -> None:
    text = params.get("text")
    if isinstance(text, str) and "chat_id" in params:
        if not text.strip():
            raise Foul(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > _TEXT:
            raise Foul(400, "Bad Request: message is too long")
    for button in buttons(params):
        if not 0 < len(button.get("callback_data", "-").encode()) <= _BUTTON:
            raise Foul(400, "Bad Request: BUTTON_DATA_INVALID")
        if "web_app" in button:
            _page(button["web_app"]["url"], params["chat_id"])
    if len(params.get("message_ids", "-")) not in range(1, 101):
        raise Foul(400, "Bad Request: wrong number of message identifiers")


def _page(url: str, chat: Any) -> None:
    if not url.startswith("https://"):
        raise Foul(400, "Bad Request: Only HTTPS links are allowed")
    if not str(chat).isdecimal():
        raise Foul(400, "Bad Request: BUTTON_TYPE_INVALID")


def buttons(params: Params) -> list[dict[str, Any]]:
    """Return every inline button of a request or a message."""
    rows = params.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]
