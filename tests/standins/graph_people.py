# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people who write to the number, and the hand that makes Meta act or fail, over HTTP."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]


class Control:
    """Steers a stand-in in this process or another; every method is one request."""

    def __init__(self, url: str, token: str, secret: str, number: str, business: str) -> None:
        self.url = url
        self.token = token
        self.secret = secret
        self.number = number  # the id of our number
        self.business = business  # the id of the account
        self.api = f"{url}/v25.0"
        self._first = token, secret
        self._http = httpx.Client(base_url=url, timeout=90, trust_env=False)

    def close(self) -> None:
        self._http.close()

    # People

    def person(self, person: int, number: str | None = "", user_id: str | None = None) -> Person:
        """Return somebody: known by number (one is made up unless told), by user id, or both.

        ``number=None``: it is hidden from the business, so ``user_id`` is needed.
        """
        number = f"2126{person:08d}" if number == "" else number
        self.act("joins", person=person, number=number, user_id=user_id)
        return Person(self, person)

    def shown(self, person: int) -> list[Json]:
        """Return what a person sees of us, in order: id, type, text, options, opener, body.

        ``opener``: what must be tapped before the options of a list are seen.
        """
        return list(self.act("shown", person=person))

    # The webhook

    def subscribe(self, url: str, verify: str) -> Json:
        """Enter the webhook; it is asked for its word first. Returns {"status", "verified"}."""
        return dict(self.act("subscribe", url=url, verify=verify))

    def unsubscribe(self) -> None:
        self.act("unsubscribe")

    def posts(self, body: Any = None, *, raw: str | None = None, signature: str | None = None
              ) -> int | None:  # fmt: skip
        """Post any body once; ``signature``: in place of the right one ("": none). The status."""
        return self.act("posts", body=body, raw=raw, signature=signature)

    def change(self, content: Json) -> None:
        """Let the webhook get any change."""
        self.act("change", content=content)

    def hold(self) -> None:
        """Keep everything back until ``release``."""
        self._set("held", True)

    def release(self, size: int = 1, spread: str = "entries") -> None:
        """Deliver from now on in batches of ``size``; see ``batch`` in graph_shapes for spread."""
        self._set("size", size)
        self._set("spread", spread)
        self._set("held", False)

    def double(self, posts: int = 1) -> None:
        """Deliver the next posts twice."""
        self._set("doubled", posts)

    def repeats(self, share: float, seed: str) -> None:
        """After this share of the posts send an older one, or this one, once more."""
        self.act("repeats", share=share, seed=seed)

    def shuffle(self, seed: int | None) -> None:
        """Deliver in disorder from now on; None: in order again."""
        self.act("shuffle", seed=seed)

    def lanes(self, count: int) -> None:
        """Post so many at once."""
        self._set("lanes", count)

    def retry_after(self, seconds: float) -> None:
        """Set how long a post that failed waits, at first; it doubles up to 60 s."""
        self._set("first", seconds)

    def delay(self, seconds: float) -> None:
        """Wait before every post."""
        self._set("pause", seconds)

    # What Meta does

    def statuses(self, *words: str) -> None:
        """Set which statuses follow an accepted message by themselves; none: nothing follows."""
        self._set("ladder", words)

    def status(self, message: str, word: str, code: int | None = None) -> None:
        """Tell one status of a message; ``code``: why it failed."""
        self.act("status", message=message, word=word, code=code)

    def forward(self, seconds: float) -> None:
        """Let the platform's clock run ahead: windows close, ids are forgotten."""
        self.act("forward", seconds=seconds)

    def late(self, late: bool = True) -> None:  # noqa: FBT001, FBT002 a switch
        """Tell a closed window by a failed status instead of by the answer: both happen."""
        self._set("late", late)

    def pair_rate(self, seconds: float | None) -> None:
        """Refuse a second message to one person within so many seconds (131056)."""
        self._set("pair", seconds)

    def review(
        self, name: str, language: str, status: str = "APPROVED", reason: str | None = None
    ) -> None:
        """Decide on a template: APPROVED, REJECTED, PAUSED, DISABLED."""
        self.act("review", name=name, language=language, status=status, reason=reason)

    def rate(self, name: str, language: str, score: str) -> None:
        """Change a template's quality: GREEN, YELLOW, RED."""
        self.act("rate", name=name, language=language, score=score)

    def quality(self, **fields: Any) -> None:
        """Change what the number says of itself."""
        self.act("quality", **fields)

    def templates(self) -> list[Json]:
        return list(self.act("templates"))

    def rotate(self, token: str) -> None:
        """Revoke the token; from now on only this one is known."""
        self.act("rotate", token=token)
        self.token = token

    # What fails

    def fault(self, method: str, kind: str, times: int = 1, **detail: Any) -> None:
        """Make the next ``times`` calls of ``method`` fail.

        ``method``: messages, read, media, describe, download, delete, templates, node, "*".
        ``error``: code, details? · ``html``: status · ``null``: status · ``odd``: body,
        status? (a lie) · ``cut``: the connection, before anything is done · ``lost``: the
        connection, after it is done · ``delay``: seconds, then it is done · ``fails``: code;
        accepted, and a failed status follows. With each: ``person`` (only to this one),
        ``skip`` (so many calls first), ``share`` and ``seed`` (by chance), ``headers``.
        """
        self.act("fault", method=method, kind=kind, times=times, detail=detail)

    def calm(self) -> None:
        """Forget every fault that has not struck yet."""
        self.act("calm")

    def reset(self) -> None:
        """Begin anew: nobody has ever written, nothing fails, no webhook is subscribed."""
        self.act("reset")
        self.token, self.secret = self._first

    # What a test looks at

    def until(self, method: str, count: int = 1, wait: float = 20) -> list[Json]:
        """Return the accepted calls of ``method`` as soon as there are ``count``.

        ``method`` may also be "acknowledged" (posts), "taken" (messages, and id/status) or
        "refused".
        """
        return list(self.act("until", method=method, count=count, wait=wait))

    def calls(self, method: str) -> list[Json]:
        """Return the bodies of every accepted call of ``method``, in order."""
        return [event["params"] for event in self.journal() if event.get("method") == method]

    def taken(self) -> list[str]:
        """Return what the webhook has said 200 to: ids of messages, and id/status."""
        return [event["id"] for event in self.journal() if event["event"] == "taken"]

    def journal(self) -> list[Json]:
        return list(self.act("journal"))

    def refused(self) -> list[Json]:
        return list(self.act("refused"))

    def pending(self) -> int:
        return int(self.act("pending"))

    def uploaded(self, ref: str) -> bytes:
        """Return the bytes of a file that we have sent."""
        return base64.b64decode(self.act("uploaded", ref=ref))

    def act(self, verb: str, **how: Any) -> Any:
        answer = self._http.post(f"/control/{verb}", json=how)
        answer.raise_for_status()
        return answer.json()

    def _set(self, name: str, content: Any) -> None:
        self.act("setting", name=name, content=content)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with WhatsApp; what they do returns {"id": of their message}."""

    control: Control
    key: int

    def says(self, text: str, at: float | None = None, **more: Any) -> Json:
        """Write words; ``at``: when, by the platform's clock (a post may come late)."""
        return self.sends({"type": "text", "text": {"body": text}, **more}, at)

    def sends(self, content: Json, at: float | None = None) -> Json:
        """Send a message with any content: {"type": "location", "location": {…}}."""
        return dict(self.control.act("sends", person=self.key, content=content, at=at))

    def sends_file(
        self,
        data: bytes,
        kind: str = "image",
        caption: str | None = None,
        mime: str | None = None,
    ) -> Json:
        """Send an image, audio (a voice note), video, document, sticker; adds {"media": id}."""
        held = base64.b64encode(data).decode()
        how = {"data": held, "kind": kind, "caption": caption, "mime": mime}
        return dict(self.control.act("sends_file", person=self.key, **how))

    def taps(self, option: str) -> Json:
        """Tap a button or a row: it must stand on something they were shown."""
        return dict(self.control.act("taps", person=self.key, option=option))

    def reacts(self, message: str, emoji: str = "👍") -> Json:
        return self.sends(
            {"type": "reaction", "reaction": {"message_id": message, "emoji": emoji}}
        )

    def edits(self, message: str, text: str) -> Json:
        new = {"context": {}, "type": "text", "text": {"body": text}}
        return self.sends(
            {"type": "edit", "edit": {"original_message_id": message, "message": new}}
        )

    def revokes(self, message: str) -> Json:
        return self.sends({"type": "revoke", "revoke": {"original_message_id": message}})

    def moves(self, number: str | None, user_id: str | None = None) -> Json:
        """Change the number, and with it the user id; a system message says so."""
        return dict(self.control.act("moves", person=self.key, number=number, user_id=user_id))

    def becomes(self, **now: Any) -> None:
        """Be shown otherwise, without a word: ``number=``, ``user_id=``."""
        self.control.act("becomes", person=self.key, **now)

    def leaves(self, away: bool = True) -> None:  # noqa: FBT001, FBT002 a switch
        """Block us, or have WhatsApp no more: what is sent is accepted, then fails (131026)."""
        self.becomes(away=away)

    def stops_marketing(self) -> None:
        """Let marketing templates fail from now on (131050)."""
        self.becomes(stopped=True)

    def sees(self) -> list[str]:
        """Return the words of everything we have shown them."""
        return [bubble["text"] for bubble in self.control.shown(self.key)]

    def options(self) -> dict[str, str]:
        """Return what can be tapped on the newest message that has something: id to label."""
        found = [one["options"] for one in self.control.shown(self.key) if one["options"]]
        return dict(found[-1]) if found else {}
