# SPDX-License-Identifier: AGPL-3.0-or-later
"""Carries one Graph API call over HTTP and says, without its words or the token, how it ended."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.channels import Attachment, Refused, SendError, TryLater, Unsure
from bot.channels.whatsapp_codes import fault

PATIENCE = timedelta(seconds=75)  # a status webhook tells by then whether it had arrived
_LOST = 504  # a gateway that heard no answer: the platform may have had one
# Whose addresses the platform gives for a file; our token goes to no other.
_HOSTS = ("lookaside.fbsbx.com",)
_DOMAINS = (".whatsapp.net",)
_TALKERS = ("httpx", "httpcore")  # their lines hold numbers in addresses, and words at DEBUG


def _silent(_record: logging.LogRecord) -> bool:
    return False


for _talker in _TALKERS:
    logging.getLogger(_talker).addFilter(_silent)


class Wire:
    """The Graph API as bare calls: JSON in, JSON out; verdicts raised as the house's own."""

    __slots__ = ("_base", "_headers", "_http")

    def __init__(self, token: str, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}"}
        limits = httpx.Limits(max_connections=64)
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(20, connect=10), limits=limits)

    def __repr__(self) -> str:
        return "<Wire>"

    async def hang_up(self) -> None:
        """Let go of every connection."""
        await self._http.aclose()

    async def tell(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post a message. What may have arrived although no answer came raises Unsure."""
        return await self._call("POST", path, sends=True, json=body)

    async def ask(self, path: str) -> dict[str, Any]:
        """Look something up."""
        return await self._call("GET", path)

    async def mark(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post what may be posted twice."""
        return await self._call("POST", path, json=body)

    async def bring(self, path: str, file: Attachment) -> dict[str, Any]:
        """Post a file's bytes."""
        form = {"messaging_product": "whatsapp", "type": file.type}
        part = {"file": (file.name, file.data, file.type)}
        return await self._call("POST", path, data=form, files=part)

    async def stream(self, url: str) -> AsyncIterator[bytes]:
        """Yield a file's bytes from an address that the platform gave; to no other host."""
        if not self.trusted(url):
            raise Refused("foreign_host")
        told: SendError
        try:
            async with self._http.stream("GET", url, headers=self._headers) as answer:
                if answer.is_success:
                    async for chunk in answer.aiter_bytes():
                        yield chunk
                    return
                told = unfetched(answer.status_code)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            told = TryLater(code="network")
        raise told

    def trusted(self, url: str) -> bool:
        """Whether our token may be shown to whoever serves this address."""
        try:
            there, ours = urlsplit(url), urlsplit(self._base)
            same = (there.scheme, there.hostname, there.port) == (
                ours.scheme, ours.hostname, ours.port,
            )  # fmt: skip
            port = there.port
        except ValueError:
            return False
        host = there.hostname or ""
        if "@" in there.netloc:
            return False
        known = host in _HOSTS or host.endswith(_DOMAINS)
        return same or (there.scheme == "https" and known and port in {None, 443})

    async def _call(
        self, method: str, path: str, *, sends: bool = False, **more: Any
    ) -> dict[str, Any]:
        told: SendError
        if self._http.is_closed:  # the bot is stopping: a courtesy comes too late
            raise TryLater(code="closed")
        try:
            answer = await self._http.request(
                method, f"{self._base}/{path}", headers=self._headers, **more
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            told = TryLater(code="network")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            told = Unsure(PATIENCE, "unsure") if sends else TryLater(code="network")
        else:
            said = _answer(answer.content)
            if answer.is_success and said is not None and "error" not in said:
                return said
            told = verdict(answer.status_code, said, sends=sends)
        raise told


def verdict(status: int, said: Mapping[str, Any] | None, *, sends: bool = False) -> SendError:
    """Return what an answer other than a plain success means for the call.

    Only Graph itself, in its own JSON, can refuse for good: a proxy's page must not make us
    forget a person. A success that cannot be read may have been one.
    """
    match said:
        case {"error": {"code": int() as code}}:
            found = fault(code)
            if type(found) is Refused and status >= 500:  # noqa: PLR2004 the class of their faults
                return TryLater(code="platform")
            return found
        case {"error": _} if status in {401, 403}:
            return Refused("token")
    if sends and (status == _LOST or status // 100 == 2):  # noqa: PLR2004 successes
        return Unsure(PATIENCE, "unsure")
    return TryLater(code="flood" if status == 429 else "platform")  # noqa: PLR2004


def unfetched(status: int) -> SendError:
    """Return what a file's address answered: a link lives minutes, a file a week."""
    match status:
        case 404 | 410:
            return Refused("file_gone")
        case 401 | 403:
            return TryLater(code="link")  # asked for again, a new link comes
    return TryLater(code="platform")


def _answer(payload: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
