# SPDX-License-Identifier: AGPL-3.0-or-later
"""Carries one Bot API call over HTTP and says, without its words or the token, how it ended."""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import telegram
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.channels import Attachment, Gone, Moved, Refused, SendError, TryLater

_DAY = 86_400
# Refusals worth telling apart, by what the platform's description contains. The description
# itself may quote the message, so it never leaves this module.
_REASONS = (
    ("chat not found", "chat_not_found"),
    ("message is too long", "too_long"),
    ("text is empty", "empty"),
    ("button_data_invalid", "button"),
    ("file is too big", "too_large"),
    ("request entity too large", "too_large"),
    ("voice_messages_forbidden", "voice_forbidden"),
    ("message thread not found", "no_topic"),
    ("topic_closed", "no_topic"),
    ("topic_deleted", "no_topic"),
    ("message is not modified", "same"),
    ("message to delete not found", "not_there"),
    ("file_id", "file_gone"),
    ("file is temporarily unavailable", "file_gone"),
)
# Their lines hold the token (in every URL), the words (at DEBUG) and whole answers (at ERROR).
# A filter stays where a level, or `disabled`, is undone by anybody's logging configuration.
_TALKERS = (
    "httpx",
    "telegram.Bot",
    "telegram.request.BaseRequest",
    "telegram.request.HTTPXRequest",
)


def _silent(_record: logging.LogRecord) -> bool:
    return False


for _talker in _TALKERS:
    logging.getLogger(_talker).addFilter(_silent)


class Conflict(TryLater):
    """A second poller, or a webhook, holds this bot."""


class _Answered(TelegramError):
    """The platform, or something that stands before it, gave an answer that is no result."""

    def __init__(self, fault: SendError) -> None:
        super().__init__("answered")
        self.fault = fault


class Line(HTTPXRequest):
    """python-telegram-bot's transport, with our own reading of the answers.

    The library's raises AttributeError on a body of ``null``, warns on every 429 and logs
    what it cannot parse; all three documented seams are used here instead.
    """

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Return status and body of a success; raise our verdict on anything else."""
        status, payload = await super().do_request(*args, **kwargs)
        if status // 100 != 2:  # noqa: PLR2004 the class of successes
            raise _Answered(verdict(status, payload))
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the answer if it is one; nothing is logged."""
        answer = _answer(payload)
        if answer.get("ok") is not True or "result" not in answer:
            raise _Answered(TryLater(code="odd"))
        return answer


class Wire(telegram.Bot):
    """The library's bot as a bare wire: any method, raw bodies, raw results."""

    __slots__ = ("_lines",)

    def __init__(self, token: str, base_url: str, context: ssl.SSLContext) -> None:
        # Long polls hold a connection for up to a minute; sends must not wait behind them.
        calls, polls = _line(context, connections=32), _line(context, connections=2)
        super().__init__(token, base_url=base_url, request=calls, get_updates_request=polls)
        self._lines = (calls, polls)

    def __repr__(self) -> str:
        return "<Wire>"  # the library's shows the token

    async def call(self, method: str, body: Mapping[str, Any], *, wait: float = 0) -> Any:
        """Return the result of one call, as JSON; ``wait``: seconds the platform may be silent.

        Raises TryLater, Conflict, Refused or Gone, with nothing chained to it.
        """
        fault: SendError
        try:
            return await self._post(method, _filed(body), read_timeout=20 + wait)
        except _Answered as answered:
            fault = answered.fault
        except TelegramError:  # its text holds the URL, and that the token
            fault = TryLater(code="network")
        raise fault

    async def hang_up(self) -> None:
        """Let go of every connection."""
        for line in self._lines:
            await line.shutdown()


def _filed(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with attachments as the library's files, which travel as form parts."""
    return {
        name: telegram.InputFile(value.data, filename=value.name)
        if isinstance(value, Attachment)
        else value
        for name, value in body.items()
    }


def verdict(status: int, payload: bytes) -> SendError:
    """Return what an HTTP answer other than 2xx means for the call.

    The codes are those of core.telegram.org/bots/api#making-requests.
    Only the Bot API itself, in its own JSON, can refuse for good: a proxy's 403 page must
    not make us forget a person.
    """
    answer = _answer(payload)
    spoken = status if answer.get("ok") is False else None
    match answer:
        case {"ok": False, "parameters": {"migrate_to_chat_id": int() as chat}} if chat < 0:
            return Moved(str(chat))
    match spoken:
        case 400 | 413:
            return Refused(_reason(answer))
        case 401 | 404:
            return Refused("token")
        case 403:
            return Gone("gone")
        case 409:
            return Conflict(code="conflict")
    return TryLater(_after(answer), "flood" if status == 429 else "platform")  # noqa: PLR2004


def _line(context: ssl.SSLContext, *, connections: int) -> Line:
    return Line(
        connection_pool_size=connections,
        connect_timeout=10,
        write_timeout=20,
        pool_timeout=20,
        httpx_kwargs={"verify": context},
    )


def _answer(payload: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _after(answer: Mapping[str, Any]) -> timedelta | None:
    match answer:
        case {"parameters": {"retry_after": int() | float() as seconds}} if seconds >= 0:
            return timedelta(seconds=min(seconds, _DAY))
    return None


def _reason(answer: Mapping[str, Any]) -> str:
    said = str(answer.get("description", "")).lower()
    return next((code for words, code in _REASONS if words in said), "bad_request")
