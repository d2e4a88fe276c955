# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a page was really opened from our bot: what Telegram signed of it, checked; pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

OLDEST = 3600.0  # seconds that a signature is good for
AHEAD = 60.0  # seconds that Telegram's clock may be before ours
LONGEST = 8192  # characters


def verified(signed: str, token: str, now: float) -> Mapping[str, str] | None:
    """Return the fields of a Mini App's initData if they are whole, ours and fresh, else None.

    The check is that of core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app:
    every field but ``hash`` counts, and none may come twice. Total: any text is accepted.
    """
    try:
        pairs = parse_qsl(signed, keep_blank_values=True, strict_parsing=True, max_num_fields=50)
    except ValueError:
        return None
    fields = dict(pairs)
    seal = fields.pop("hash", "")
    if len(signed) > LONGEST or len(fields) + 1 != len(pairs):
        return None
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.digest(b"WebAppData", token.encode(), hashlib.sha256)
    ours = hmac.new(key, _bytes(lines), hashlib.sha256).hexdigest()
    whole = hmac.compare_digest(ours.encode(), _bytes(seal))
    return fields if whole and _fresh(fields.get("auth_date", ""), now) else None


def language(fields: Mapping[str, str]) -> str | None:
    """Return the language of the person's app; their name beside it is not looked at."""
    try:
        match json.loads(fields.get("user", "")):
            case {"language_code": str() as code}:
                return code.lower().partition("-")[0]
    except (ValueError, RecursionError):
        pass
    return None


def _fresh(date: str, now: float) -> bool:
    known = date.isascii() and date.isdecimal() and len(date) < 16  # noqa: PLR2004 - a date
    return known and -AHEAD <= now - int(date) <= OLDEST


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
