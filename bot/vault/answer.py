# SPDX-License-Identifier: AGPL-3.0-or-later
"""A counsellor's answer on its way: one age file in, three seals out, and one of them for us."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from bot.vault.faults import Unreadable
from bot.vault.seal import seal
from bot.vault.service import ServiceKey


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as the server keeps it: three age files and the case they belong to.

    ``visitor`` opens with the receipt (None where the case has none yet), ``thread`` with the
    case's identity, ``delivery`` with the service key, for the one send (None for a case that
    was sealed in a browser: nothing of its answers is for this server).
    """

    case: str
    visitor: bytes | None = field(repr=False)
    thread: bytes = field(repr=False)
    delivery: bytes | None = field(repr=False)


def make_reply(  # noqa: PLR0913 - everybody who may read it has a line
    text: bytes,
    *,
    case_id: str,
    case_recipient: str,
    visitor_recipient: str | None,
    delivery_recipient: str,
    sent: bool = True,
) -> bytes:
    """Seal an answer for everybody who may read it, inside one age file for the server.

    Unless it is *sent* by somebody, the server can carry it and not read it.
    """
    parts = {
        "case": case_id,
        "visitor": _text(seal(text, visitor_recipient)) if visitor_recipient else None,
        "thread": _text(seal(text, case_recipient)),
        "text": _text(seal(text, delivery_recipient)) if sent else None,
    }
    return seal(json.dumps(parts).encode(), delivery_recipient)


def read_reply(blob: bytes, service: ServiceKey) -> Reply:
    """Take an answer apart without reading it; raise `Unreadable` for anything else."""
    try:
        parts = json.loads(service.open_delivery(blob))
        visitor, delivery = parts["visitor"], parts["text"]
        return Reply(
            case=_word(parts["case"]),
            visitor=None if visitor is None else _bytes(visitor),
            thread=_bytes(parts["thread"]),
            delivery=None if delivery is None else _bytes(delivery),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unreadable from None


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
