# SPDX-License-Identifier: AGPL-3.0-or-later
"""Telegram and WhatsApp as a gale needs them: both rough, both journaling what they did."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.faults.account import Bubble
from tests.faults.cast import FIRST
from tests.faults.process import House, Telegram, free_port, house, housed, stand_in
from tests.faults.tape import Tape
from tests.standins.graph_people import Control as Graph
from tests.standins.graph_shapes import text

FLOOD, CUT, AGAIN = 0.05, 0.05, 0.1  # shares: calls refused with 429, calls cut, updates doubled
FIRST_RETRY = 0.05  # seconds until a post that failed comes again; doubled
WORD = "a-word-that-meta-is-told"


class Sky(Protocol):
    """A messenger's platform in a process of its own."""

    name: str
    resends: bool  # an answer that was lost leaves nothing but to say it again

    @property
    def tape(self) -> Tape:
        """Its journal."""

    def house(self, folder: Path) -> House:
        """Forget everything; a bot for this platform."""

    def rough(self, seed: str, cut: float = CUT) -> None:
        """From now on disorder, doubles, refusals, and this share of calls cut."""

    def calm(self) -> None:
        """Nothing fails any more."""

    def joins(self, person: int) -> str:
        """Somebody is there; returns how the bot addresses them."""

    def says(self, person: int, words: str) -> str:
        """They write; returns the platform's id of it."""

    def meets(self, house: House) -> bool:
        """Whether the bot has been reached since it was started."""

    def loses(self) -> None:
        """The bot was killed."""

    def confirmed(self) -> set[str]:
        """What the bot has said 200 to."""

    def pending(self) -> int:
        """How much has not been posted."""

    def bubbles(self) -> dict[str, list[Bubble]]:
        """What was sent, by address, in order."""

    def lost(self) -> list[tuple[str, float]]:
        """Where and when an answer of the platform was lost after the deed."""


@dataclass(slots=True)
class OverTelegram:
    """Webhook; in a chat one after the other, in disorder."""

    telegram: Telegram
    name: str = "telegram"
    resends: bool = True

    @property
    def tape(self) -> Tape:
        return self.telegram.tape

    def house(self, folder: Path) -> House:
        return house(folder, self.telegram.fresh(), "webhook")

    def rough(self, seed: str, cut: float = CUT) -> None:
        control, often = self.telegram.control, 1_000_000_000
        control.retry_after(FIRST_RETRY)
        control.shuffle(_number_of(seed))
        control.repeats(AGAIN, seed)
        shares = (("error", FLOOD), ("cut", cut / 2), ("lost", cut / 2))
        for kind, share in shares:
            told = {"status": 429, "retry_after": 1} if kind == "error" else {}
            control.fault("sendMessage", kind, often, share=share, seed=f"{seed} {kind}", **told)

    def calm(self) -> None:
        self.telegram.control.calm()

    def joins(self, person: int) -> str:
        self.telegram.control.person(FIRST + person)
        return str(FIRST + person)

    def says(self, person: int, words: str) -> str:
        told = {"chat": FIRST + person, "content": {"text": words}}
        return str(self.telegram.control.act("sends", **told)["update_id"])

    def meets(self, house: House) -> bool:  # noqa: ARG002 - it tells the platform where it is
        methods = (event.get("method") for event in reversed(self.tape.look()))
        last = next((m for m in methods if m in {"setWebhook", "deleteWebhook"}), None)
        return last == "setWebhook"

    def loses(self) -> None:
        self.telegram.unhook()

    def confirmed(self) -> set[str]:
        return {str(e["update_id"]) for e in self.tape.look() if e["event"] == "acknowledged"}

    def pending(self) -> int:
        return len(self.telegram.control.pending())

    def bubbles(self) -> dict[str, list[Bubble]]:
        heard: dict[str, list[Bubble]] = defaultdict(list)
        for event in _calls(self.tape, "sendMessage"):
            params = event["params"]
            heard[str(params["chat_id"])].append(Bubble(params["text"], event["at"]))
        return heard

    def lost(self) -> list[tuple[str, float]]:
        return [(str(e["whom"]), e["at"]) for e in _struck(self.tape)]


@dataclass(slots=True)
class OverWhatsApp:
    """Webhook in several lanes, a few changes a post; what became of a message is told later."""

    graph: Graph
    tape: Tape
    name: str = "whatsapp"
    resends: bool = False

    def house(self, folder: Path) -> House:
        self.graph.reset()
        self.tape.forget()
        graph = self.graph
        return housed(folder, {
            "SANAD_PORT": str(free_port()), "SANAD_WHATSAPP_TOKEN": graph.token,
            "SANAD_WHATSAPP_NUMBER": graph.number, "SANAD_WHATSAPP_APP_SECRET": graph.secret,
            "SANAD_WHATSAPP_VERIFY": WORD, "SANAD_WHATSAPP_API": graph.api,
        })  # fmt: skip

    def rough(self, seed: str, cut: float = CUT) -> None:
        graph, often = self.graph, 1_000_000_000
        graph.retry_after(FIRST_RETRY)
        graph.lanes(4)
        graph.release(size=3)
        graph.shuffle(_number_of(seed))
        graph.repeats(AGAIN, seed)
        shares = (("error", FLOOD), ("cut", cut / 2), ("lost", cut / 2))
        for kind, share in shares:
            told = {"code": 130429} if kind == "error" else {}
            graph.fault("messages", kind, often, share=share, seed=f"{seed} {kind}", **told)

    def calm(self) -> None:
        self.graph.calm()

    def joins(self, person: int) -> str:
        self.graph.person(person)
        return _number(person)

    def says(self, person: int, words: str) -> str:
        content = {"type": "text", "text": {"body": words}}
        return str(self.graph.act("sends", person=person, content=content, at=None)["id"])

    def meets(self, house: House) -> bool:
        url = f"http://127.0.0.1:{house.environment['SANAD_PORT']}/whatsapp"
        return bool(self.graph.subscribe(url, WORD)["verified"])

    def loses(self) -> None:
        """It finds out by itself."""

    def confirmed(self) -> set[str]:
        return {e["id"] for e in self.tape.look() if e["event"] == "taken"}

    def pending(self) -> int:
        return self.graph.pending()

    def bubbles(self) -> dict[str, list[Bubble]]:
        heard: dict[str, list[Bubble]] = defaultdict(list)
        for event in _calls(self.tape, "messages"):
            heard[_number(event["person"])].append(Bubble(text(event["params"]), event["at"]))
        return heard

    def lost(self) -> list[tuple[str, float]]:
        return [(_number(e["whom"]), e["at"]) for e in _struck(self.tape) if e["whom"] is not None]


@contextmanager
def over_whatsapp(folder: Path) -> Iterator[OverWhatsApp]:
    """A stand-in of Meta as long as the block lasts."""
    with stand_in("graph", folder) as (said, tape):
        graph = Graph(**said)
        yield OverWhatsApp(graph, tape)
        graph.close()


def reached(sky: Sky, house: House, patience: float = 60) -> None:
    """Return when the platform has found the bot."""
    until = time.monotonic() + patience
    while not sky.meets(house):
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.02)


def _number(person: int) -> str:
    return f"2126{person:08d}"


def _number_of(seed: str) -> int:
    return random.Random(seed).randrange(1_000_000)  # noqa: S311


def _calls(tape: Tape, method: str) -> Iterator[dict[str, Any]]:
    return (event for event in tape.look() if event.get("method") == method)


def _struck(tape: Tape) -> Iterator[dict[str, Any]]:
    return (e for e in tape.look() if e["event"] == "struck" and e["kind"] == "lost")
