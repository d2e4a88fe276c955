# SPDX-License-Identifier: AGPL-3.0-or-later
"""A stage for one conversation: the real bot on a fresh folder, a clock, a visitor, a centre."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyrage

from bot import cases
from bot.app import App, build
from bot.centre import Centre, Target
from bot.channels import Address, FileRef, Inbound, Limits, TryLater
from bot.channels.terminal import Terminal
from bot.cli.chat import EFFECTS
from bot.ledger import Case
from bot.message import Message
from bot.vault import receipt
from bot.vault.answer import make_reply
from bot.vault.service import ServiceKey
from nlu import Reading
from tests.golden.scenes import Scene

MINUTE = 60.0
EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
ISOLATES = str.maketrans("", "", "\u2066\u2067\u2068\u2069")
CASE = re.compile(r"(cases take )\w+")
NOT_OFFERED = "(not offered)"
CANARY = "Zmerroukech"  # in every file that a visitor sends

FILES: Mapping[str, tuple[str, bytes]] = {
    "photo": ("photo", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0"),
    "document": ("document", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\n"),
    "voice": ("voice", b"OggS\0\x02" + b"\0" * 22 + b"\x01\x13OpusHead\x01\x01\x38\x01"),
    "empty": ("document", b""),
    "exe": ("photo", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"),
}


@dataclass(slots=True)
class Clock:
    """Stands still until somebody moves it. Epoch seconds."""

    now: float

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Bell:
    """The counsellors' chat, which a first try never reaches: a minute later it does."""

    name: str = "telegram"
    limits: Limits = field(default_factory=lambda: Limits(4096, 64, 64))
    open: bool = False
    rung: list[str] = field(default_factory=list)

    async def send(self, to: str, message: Message) -> Sequence[str]:  # noqa: ARG002
        if not self.open:
            raise TryLater
        self.rung.append(message.text)
        return ()

    async def fetch(self, ref: FileRef) -> AsyncIterator[bytes]:  # noqa: ARG002
        raise TryLater
        yield b""

    async def delete(self, to: str, messages: Sequence[str]) -> None:  # noqa: ARG002
        raise TryLater


@dataclass(slots=True)
class Played:
    """What a conversation became."""

    transcript: str
    readings: list[Reading] = field(repr=False)
    traces: list[str]  # where something was found that must not be there


@dataclass
class Stage:
    """Plays one scene in one language; *watch* looks around after every turn."""

    scene: Scene
    lang: str
    place: Path
    watch: Callable[[Stage], None] = lambda _: None
    key_bytes: bytes = field(default_factory=ServiceKey.make, repr=False)
    said: list[str] = field(default_factory=list, repr=False)  # everything nobody may find
    lines: list[str] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list, repr=False)
    digits: str = field(default="", repr=False)
    effects: tuple[str, ...] = ()
    shown: dict[str, str] = field(default_factory=dict)  # option -> what its button sends
    labels: dict[str, str] = field(default_factory=dict)  # of the last question
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.data = self.place / "data"
        self.sent = self.place / "sent"
        self.sent.mkdir(parents=True)
        self.clock = Clock(self.scene.start)
        self.terminal = Terminal()
        self.bell = Bell()
        counsellor, recovery = (pyrage.x25519.Identity.generate() for _ in range(2))
        alarms = (Target("telegram", "770077"),) if self.scene.alarm else ()
        self.centre = Centre(
            {"one": str(counsellor.to_public())}, str(recovery.to_public()), alarms=alarms
        )
        self.address = Address("terminal", "Visitor-Oumkeltoum-5519")
        self.said.append(self.address.to)
        self.app = self._built()

    async def play(self, last: Callable[[], None] = lambda: None) -> Played:
        """The whole conversation, turn by turn; *last* is called with the database still open."""
        self.lines.append(f"« {self.scene.about} »")
        try:
            await self.app.retention.schedule()
            for turn in self.scene.turns:
                if turn.get("only", self.lang) != self.lang:
                    continue
                await self._wait(MINUTE)
                await self._turned(turn)
            self.lines += ["", self._standing()]
            last()
        except Exception as fault:
            fault.add_note("\n".join(self.lines))
            raise
        finally:
            self.app.close()
        return Played("\n".join(self.lines) + "\n", self.readings, [])

    async def _turned(self, turn: Mapping[str, Any]) -> None:
        self.effects = ()
        self.lines.append("")
        await self._turn(turn)
        self.watch(self)

    async def _turn(self, turn: Mapping[str, Any]) -> None:  # noqa: C901 - one line a kind
        match turn:
            case {"ar": _, "fr": _}:
                await self._say(turn[self.lang])
            case {"edit": words}:
                await self._edit(words[self.lang])
            case {"choose": str(option)} if option in self.labels:
                self._line(f"› [{self.labels[option]}]")
                await self._send("option", option=self.shown[option])
            case {"choose": str(option)}:
                self._line(f"› [{option}] {NOT_OFFERED}")
                await self._send("option", option=option)
            case {"stale": str(option)}:
                self._line(f"› [{option}] (an older button)")
                await self._send("option", option=self.shown[option])
            case {"unknown": str(option)}:
                self._line(f"› [{option}] (a button that never was)")
                await self._send("option", option=option)
            case {"type": str(option)}:
                await self._say(self.labels.get(option, NOT_OFFERED))
            case {"receipt": str(how)}:
                await self._receipt(how)
            case {"file": str(kind)}:
                await self._file(kind, turn.get("caption", {}).get(self.lang, ""))
            case {"sticker": True}:
                self._line("› (a sticker)")
                await self._send("other")
            case _:
                await self._around(turn)

    async def _around(self, turn: Mapping[str, Any]) -> None:
        match turn:
            case {"hours": hours}:
                self._line(f"… {hours} h")
                await self._wait(hours * 60 * MINUTE)
            case {"counsellor": str(act)}:
                await self._counsellor(act, turn.get("words", {}).get(self.lang, ""))
            case {"restart": True}:
                self._line("* the bot is started again")
                self.app.close()
                self.app = self._built()
            case {"visitor": str(name)}:
                self._line("* from another phone")
                self.address = await self._another(name)
                self.said.append(name)
                self.shown, self.labels = {}, {}
            case _:
                raise ValueError(f"{self.scene.name}: no such turn: {sorted(turn)}")
        self._bubbles()

    async def _another(self, name: str) -> Address:
        return Address("terminal", name)

    async def _wait(self, seconds: float) -> None:
        self.clock.now += seconds
        self.bell.open = True
        await self.app.relay.drain()
        self.bell.open = False
        self._bubbles()

    async def _say(self, words: str) -> None:
        self.said.append(words)
        self._line("› " + words.replace("\n", "\n  "))
        await self._send("text", text=words)

    async def _edit(self, words: str) -> None:
        self.said.append(words)
        self._line(f"› (edited) {words}")
        await self._send("edit", text=words, edits=f"m{next(self._ids) - 1}")

    async def _receipt(self, how: str) -> None:
        wrong = str((int(self.digits[7]) + 1) % 10)
        words, told = {
            "typed": (receipt.shown(self.digits), "the receipt"),
            "eastern": (self.digits.translate(EASTERN), "the receipt, ٠١٢٣, without spaces"),
            "wrong": (receipt.shown(receipt.new()), "another receipt"),
            "mistyped": (self.digits[:7] + wrong + self.digits[8:], "one digit wrong"),
        }[how]
        self._line(f"› ({told})")
        await self._send("text", text=words)

    async def _file(self, kind: str, caption: str) -> None:
        sort, head = FILES[kind]
        path = self.sent / f"{kind}{next(self._ids)}"
        body = head and head + f" {CANARY} ".encode() + b"\0" + bytes(range(256)) * 8
        await asyncio.to_thread(path.write_bytes, body)
        self.said += [CANARY, caption]
        self._line(f"› ({kind}) {caption}".rstrip())
        file = FileRef(str(path), sort, len(body), compressed=sort == "photo")  # type: ignore[arg-type]
        await self._send("file", text=caption, file=file)

    async def _send(self, kind: Any, **what: Any) -> None:
        ident = f"m{next(self._ids)}"
        self.app.intake.kept.clear()
        inbound = Inbound(self.address, ident, kind, message=ident, **what)
        turn = await self.app.runtime.receive(inbound)
        await self.app.relay.drain()
        happened = {*turn.effects, *self.app.intake.kept}
        self.effects = tuple(name for name in EFFECTS if name in happened)
        if turn.reading:
            self.readings.append(turn.reading)
        self._bubbles()
        urgency = f" ({turn.urgency})" if turn.urgency not in {None, "normal"} else ""
        if self.effects or urgency:
            self._line("! " + " ".join(self.effects) + urgency)

    async def _counsellor(self, act: str, words: str) -> None:
        ledger = self.app.ledger
        case = self._case()
        match act:
            case "take":
                self._line("* a counsellor takes the case")
                cases.take(ledger, case.id, self.clock())
            case "answer":
                self.said.append(words)
                self._line(f"* a counsellor answers: {words}")
                blob = make_reply(
                    words.encode(), case_id=case.id, case_recipient=case.recipient,
                    visitor_recipient=case.visitor, delivery_recipient=ledger.key.delivery,
                )  # fmt: skip
                cases.answer(ledger, blob, self.clock())
            case "close":
                self._line("* a counsellor closes the case")
                cases.close(ledger, case.id, self.clock())
            case _:
                raise ValueError(act)
        await self.app.relay.drain()

    def _case(self) -> Case:
        (case,) = self.app.ledger.cases()
        return case

    def _bubbles(self) -> None:
        for bubble in self.terminal.take():
            self._heard(bubble)
            self._line("‹ " + self._masked(bubble.text).replace("\n", "\n  "))
            for file in bubble.attachments:
                self._line(f"  ({file.kind}: {file.name})")
            if bubble.options:
                self._line("  " + " ".join(f"[{o.label}]" for o in bubble.options))
        for text in self.bell.rung:
            self._line("* alarm: " + self._masked(text).splitlines()[-1])
        self.bell.rung.clear()

    def _heard(self, bubble: Message) -> None:
        if digits := receipt.find(bubble.text):
            self.digits = digits
            self.said += [digits, receipt.shown(digits)]
        if bubble.options:
            self.labels = {o.id.partition("@")[0]: o.label for o in bubble.options}
            self.shown |= {o.id.partition("@")[0]: o.id for o in bubble.options}

    def _masked(self, text: str) -> str:
        text = CASE.sub(r"\1{case}", text.translate(ISOLATES))
        if self.digits:
            for lang in self.app.runtime.words:
                words = receipt.words(self.digits, self.app.runtime.words[lang])
                text = text.replace(" · ".join(words), "{words}")
            text = text.replace(receipt.shown(self.digits), "{receipt}")
        return text

    def _standing(self) -> str:
        """The node reached, and what is remembered: picked answers and numbers only."""
        contact = self.app.ledger.contact(self.app.ledger.contact_id(self.address))
        if contact.state is None:
            return "= nobody is remembered"
        notes = contact.state["notes"]
        return " ".join([f"= {contact.state['at']}", *(f"{n}={notes[n]}" for n in sorted(notes))])

    def _line(self, text: str) -> None:
        self.lines.append(text)

    def _built(self) -> App:
        channels = {"terminal": self.terminal, "telegram": self.bell}
        key = ServiceKey.read(ServiceKey.spell(self.key_bytes))
        return build(self.data, key, self.centre, channels, self.clock)
