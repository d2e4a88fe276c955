# SPDX-License-Identifier: AGPL-3.0-or-later
"""The WhatsApp account as an operator sees it: what the number says of itself, its templates.

Nothing here knows of people: no message is sent, none is read. Nothing is ever deleted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

FIELDS = ("quality_rating", "whatsapp_business_manager_messaging_limit", "status")
_SHOWN = ("name", "language", "status", "quality_score", "rejected_reason", "components")
_PAGE = 100
_TOKEN = 190  # the platform's code for a token that is wrong, old or revoked
_LONGEST = 300  # characters of an explanation of Meta's


class AccountFault(Exception):
    """The platform did not do it; the text says why, without token or identifier."""


@dataclass(frozen=True, slots=True)
class Approved:
    """A template as the platform holds it."""

    name: str
    language: str
    status: str
    quality: str
    reason: str
    components: tuple[Mapping[str, Any], ...]

    @property
    def words(self) -> str:
        """What a person would read."""
        return next((str(p.get("text", "")) for p in self.components if _is(p, "BODY")), "")

    @property
    def buttons(self) -> tuple[str, ...]:
        """What stands on its buttons."""
        rows = (p.get("buttons") for p in self.components if _is(p, "BUTTONS"))
        return tuple(str(b.get("text", "")) for row in rows if row for b in row)


class Account:
    """Calls to the Graph API about the number and the account; close it, or use ``with``."""

    def __init__(self, token: str, number: str, business: str, base_url: str) -> None:
        self._number, self.business = number, business
        self._http = httpx.Client(
            base_url=base_url, timeout=20, headers={"authorization": f"Bearer {token}"}
        )

    def __repr__(self) -> str:
        return "<Account>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._http.close()

    def number(self) -> dict[str, str]:
        """What the number says of itself: quality, how many people a day, whether it works."""
        told = self._call("GET", self._number, params={"fields": ",".join(FIELDS)})
        return {name: str(told.get(name) or "UNKNOWN") for name in FIELDS}

    def templates(self) -> list[Approved]:
        """Every template of the account, whoever made it."""
        return list(self._pages())

    def ask(self, definition: Mapping[str, Any]) -> str:
        """Ask for approval of a new template; returns its status, PENDING as a rule."""
        told = self._call("POST", f"{self.business}/message_templates", json=dict(definition))
        return str(told.get("status", "UNKNOWN"))

    def _pages(self) -> Iterator[Approved]:
        asked = {"fields": ",".join(_SHOWN), "limit": str(_PAGE)}
        seen = {""}
        while True:
            page = self._call("GET", f"{self.business}/message_templates", params=asked)
            yield from (_approved(one) for one in page.get("data") or () if isinstance(one, dict))
            match page.get("paging"):
                # The address of the next page would carry the token: only its place is taken.
                case {"next": str(), "cursors": {"after": str() as after}} if after not in seen:
                    seen.add(after)
                    asked["after"] = after
                case _:
                    return

    def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, **more)
            told = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL):
            raise AccountFault("WhatsApp does not answer; is there a network?") from None
        except ValueError:
            told = None
        if answer.is_success and isinstance(told, dict) and "error" not in told:
            return told
        raise AccountFault(_why(answer.status_code, told))


def _why(status: int, told: Any) -> str:
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return f"WhatsApp answers {status} and nothing that can be read; try again later"
    if error.get("code") == _TOKEN:
        return "WhatsApp refuses the token: make a new one"
    about = error.get("error_data")
    said = error.get("error_user_msg") or (about.get("details") if isinstance(about, dict) else "")
    return f"WhatsApp refuses, code {error.get('code')}: {_line(said or error.get('message'))}"


def _line(said: Any) -> str:
    """Text of theirs, fit for one line of a terminal."""
    kept = (" " if unicodedata.category(sign)[0] == "C" else sign for sign in str(said))
    return "".join(kept)[:_LONGEST]


def _approved(one: Mapping[str, Any]) -> Approved:
    quality = one.get("quality_score")
    score = quality.get("score") if isinstance(quality, dict) else quality
    reason = str(one.get("rejected_reason") or "NONE")
    parts = tuple(part for part in one.get("components") or () if isinstance(part, dict))
    name, language, status = (
        _line(one.get(field, "")) for field in ("name", "language", "status")
    )
    return Approved(name, language, status, _line(score or "UNKNOWN"), _line(reason), parts)


def _is(part: Mapping[str, Any], kind: str) -> bool:
    return str(part.get("type", "")).upper() == kind
