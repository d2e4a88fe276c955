# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people who write to the bot, and the hand that makes Telegram fail, over plain HTTP."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]


class Control:
    """Steers a stand-in in this process or another; every method is one request."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.base_url = f"{url}/bot"
        self.base_file_url = f"{url}/file/bot"
        self._http = httpx.Client(base_url=url, timeout=90, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def person(self, chat: int) -> Person:
        """Return somebody who has opened the chat with the bot."""
        self.act("joins", chat=chat, kind="private")
        return Person(self, chat)

    def group(self, chat: int, kind: str = "supergroup") -> None:
        """Make a group or channel in which the bot is a member."""
        self.act("joins", chat=chat, kind=kind)

    def forum(self, chat: int) -> None:
        """Give a group topics."""
        self.act("forum", chat=chat)

    def topics(self, chat: int) -> dict[int, bool]:
        """Return a forum's topics, and whether each is open."""
        return {int(topic): bool(open_) for topic, open_ in self.act("topics", chat=chat).items()}

    def deletes_topic(self, chat: int, topic: int) -> None:
        self.act("deletes_topic", chat=chat, topic=topic)

    def migrates(self, chat: int, to: int) -> Json:
        """Make a group a supergroup: it has another id from now on, and two messages say so."""
        return dict(self.act("migrates", chat=chat, to=to))

    def update(self, content: Json, number: int | None = None) -> int:
        """Send any update; with ``number`` it is a repetition of that one."""
        return int(self.act("update", content=content, number=number))

    def fault(self, method: str, kind: str, times: int = 1, **detail: Any) -> None:
        """Make the next ``times`` calls of ``method`` ("*": any, "download": a file's) fail.

        ``error``: status, description, retry_after · ``html``: status · ``null``: status ·
        ``odd``: body · ``cut``: the connection, before anything is done · ``lost``: the
        connection, after it is done · ``delay``: seconds, then it is done. With each: ``chat``
        (only this one's), ``skip`` (so many calls first), ``share`` and ``seed`` (by chance).
        """
        self.act("fault", method=method, kind=kind, times=times, detail=detail)

    def calm(self) -> None:
        """Forget every fault that has not struck yet."""
        self.act("calm")

    def double(self, batches: int = 1) -> None:
        """Deliver everything twice in the next batches (polling) or posts (webhook)."""
        self.act("double", batches=batches)

    def repeats(self, share: float, seed: str) -> None:
        """After this share of the updates post an older one, or this one, once more."""
        self.act("repeats", share=share, seed=seed)

    def shuffle(self, seed: int | None) -> None:
        """Deliver batches in disorder from now on; None: in order again."""
        self.act("shuffle", seed=seed)

    def retry_after(self, seconds: float) -> None:
        """Set how long a webhook post that failed waits, at first; it doubles up to 60 s."""
        self.act("retry", seconds=seconds)

    def rotate(self, token: str) -> None:
        """Revoke the token; from now on only this one is known."""
        self.act("rotate", token=token)
        self.token = token

    def reset(self) -> None:
        """Begin anew: nobody has ever written, nothing fails, the first token is good."""
        self.token = self.act("reset")

    def until(self, method: str, count: int = 1, wait: float = 20) -> list[Json]:
        """Return the accepted calls of ``method`` as soon as there are ``count``.

        ``method`` may also be "acknowledged" or "refused".
        """
        return list(self.act("until", method=method, count=count, wait=wait))

    def calls(self, method: str) -> list[Json]:
        """Return the parameters of every accepted call of ``method``, in order."""
        return [event["params"] for event in self.journal() if event.get("method") == method]

    def journal(self) -> list[Json]:
        return list(self.act("journal"))

    def acknowledged(self) -> list[int]:
        """Return the updates that the bot has confirmed: by offset, or by a 2xx."""
        return [event["update_id"] for event in self.journal() if "update_id" in event]

    def refused(self) -> list[Json]:
        return list(self.act("refused"))

    def pending(self) -> list[int]:
        return list(self.act("pending"))

    def polls(self) -> int:
        """Return how many getUpdates have begun."""
        return int(self.act("polls"))

    def bubbles(self, chat: int) -> list[Json]:
        """Return what the bot has written in ``chat`` and nobody has deleted."""
        return list(self.act("bubbles", chat=chat))

    def uploaded(self, ref: str) -> bytes:
        """Return the bytes of a file that the bot has sent."""
        return base64.b64decode(self.act("uploaded", ref=ref))

    def shown(self, chat: int) -> list[int]:
        """Return the ids of all messages still to be seen in ``chat``."""
        return list(self.act("shown", chat=chat))

    def act(self, verb: str, **how: Any) -> Any:
        answer = self._http.post(f"/control/{verb}", json=how)
        answer.raise_for_status()
        return answer.json()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a private chat; what they do returns {"update_id", "message_id"?}."""

    control: Control
    chat: int

    def says(self, text: str, **more: Any) -> Json:
        return self.sends({"text": text, **more})

    def sends(self, content: Json) -> Json:
        """Send a message with any content: a sticker, a contact, a message of last week."""
        return dict(self.control.act("sends", chat=self.chat, content=content))

    def sends_file(
        self,
        data: bytes,
        kind: str = "document",
        caption: str | None = None,
        size: int | None = None,
    ) -> Json:
        """Send a file; ``size``: only claim that it has so many bytes."""
        text = base64.b64encode(data).decode()
        how = {"data": text, "kind": kind, "caption": caption, "size": size}
        return dict(self.control.act("sends_file", chat=self.chat, **how))

    def presses(self, option: str, message: int | None = None) -> Json:
        """Press a button of the newest bubble that has it, or claim to, on ``message``."""
        return dict(self.control.act("presses", chat=self.chat, option=option, message=message))

    def edits(self, message: int, text: str) -> Json:
        return dict(self.control.act("edits", chat=self.chat, message=message, text=text))

    def blocks(self) -> Json:
        return dict(self.control.act("blocks", chat=self.chat, blocked=True))

    def unblocks(self) -> Json:
        return dict(self.control.act("blocks", chat=self.chat, blocked=False))
