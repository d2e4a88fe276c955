# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad chat``: a conversation in the terminal, through the real runtime, store and relay."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

import content
from bot import journal
from bot.app import App, build
from bot.channels import Address, Attachment, FileRef, Inbound
from bot.channels.terminal import Terminal
from bot.cli.setting import Setting, configured, demonstration, folder
from bot.clock import wall_clock
from bot.message import Message
from bot.parking import park
from bot.turn import Turn

EFFECTS = (
    "seal_text", "seal_file", "refuse_file", "escalate", "receipt", "withdraw", "erase",
    "quick_exit", "subscribe", "unsubscribe", "handoff",
)  # fmt: skip
log = logging.getLogger(__name__)

KINDS = ("photo", "document", "voice")


@click.command("chat")
@click.option(
    "--lang", type=click.Choice(content.LANGUAGES), help="Language of the first greeting."
)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Keep it here.")
@click.option("--as", "name", default="visitor", help="Tells visitors apart.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line in, one JSON line out.")
def command(lang: str | None, data: Path | None, name: str, *, as_json: bool) -> None:
    """Talk to the bot as a person would. Nothing stays afterwards unless --data says where.

    Example: echo '{"text": "wa7ed kayhddni b tsawri"}' | sanad chat --json
    """
    journal.quiet()
    with folder(data) as place:
        setting = _setting(place, named=data is not None)
        terminal = Terminal()
        app = build(
            setting.config.data, setting.key, setting.centre, {"terminal": terminal},
            wall_clock, setting.config.lifetimes,
        )  # fmt: skip
        chat = Chat(app, terminal, Address("terminal", name))
        app.runtime.first_language = lang
        lines = _json_lines if as_json else _plain_lines
        try:
            asyncio.run(lines(chat))
        finally:
            app.close()


def _setting(place: Path, *, named: bool) -> Setting:
    import os  # noqa: PLC0415 - only to see whether a key is configured

    told = any(f"SANAD_SERVICE_KEY{end}" in os.environ for end in ("", "_FILE"))
    return configured(place if named else None) if told else demonstration(place)


@dataclass(slots=True)
class Chat:
    """One visitor at the terminal."""

    app: App
    terminal: Terminal
    address: Address
    options: tuple[tuple[str, str], ...] = ()
    received: Attachment | None = field(default=None, repr=False)

    async def turn(self, line: Mapping[str, Any]) -> tuple[Turn, list[Message], list[str]]:
        """What one line leads to: the turn, the bubbles, the effects in order."""
        self.app.intake.kept.clear()
        done = await self._received(self.inbound(line), line)
        await self.app.relay.drain()
        bubbles = self.terminal.take()
        if bubbles and bubbles[-1].options:
            self.options = tuple((o.id, o.label) for o in bubbles[-1].options)
        self.received = next(
            (file for bubble in bubbles for file in bubble.attachments), self.received
        )
        effects = [*done.effects, *self.app.intake.kept]
        return done, bubbles, [name for name in EFFECTS if name in effects]

    async def _received(self, inbound: Inbound, line: Mapping[str, Any]) -> Turn:
        """The turn; a line that the bot itself cannot handle is sealed and apologised for."""
        try:
            return await self.app.runtime.receive(inbound)
        except Exception as fault:  # noqa: BLE001 - the person must hear something, and a human too
            log.error("a line failed: %s", type(fault).__name__)  # noqa: TRY400 - no values
            await park(self.app.runtime, inbound, dict(line))
            return Turn(("seal_text", "escalate"), urgency="urgent")

    def inbound(self, line: Mapping[str, Any]) -> Inbound:
        """The line as a channel would hand it over; what nobody can read is of kind other."""
        ident = secrets.token_hex(12)
        match line:
            case {"text": str(text)}:
                return Inbound(self.address, ident, "text", text=text, message=ident)
            case {"choose": str(option)}:
                return Inbound(self.address, ident, "option", option=option)
            case {"file": str(path), "kind": kind} if kind in KINDS:
                caption = line.get("caption")
                file = FileRef(path, kind, _size(path), compressed=kind == "photo")
                text = caption if isinstance(caption, str) else ""
                return Inbound(self.address, ident, "file", text=text, file=file, message=ident)
            case _:
                return Inbound(self.address, ident, "other")


def _size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):
        return None


async def _json_lines(chat: Chat) -> None:
    async for line in _stdin():
        turn, bubbles, effects = await chat.turn(_parsed(line))
        _write(json.dumps(_answer(turn, bubbles, effects), ensure_ascii=False))


def _parsed(line: str) -> Mapping[str, Any]:
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _answer(turn: Turn, bubbles: Iterable[Message], effects: list[str]) -> dict[str, Any]:
    return {
        "replies": [
            {
                "text": bubble.text,
                "options": [{"id": o.id, "label": o.label} for o in bubble.options],
                "dir": bubble.dir,
                **_attached(bubble),
            }
            for bubble in bubbles
        ],
        "lang": turn.lang,
        "urgency": turn.urgency,
        "reading": turn.reading.as_json() if turn.reading else None,
        "effects": effects,
    }


def _attached(bubble: Message) -> dict[str, Any]:
    """The files beside a bubble; a reply without any has no such key."""
    files = [
        {"name": a.name, "type": a.type, "base64": base64.b64encode(a.data).decode()}
        for a in bubble.attachments
    ]
    return {"attachments": files} if files else {}


async def _plain_lines(chat: Chat) -> None:
    _write("(/file PATH sends a file, /save PATH keeps the one received; an empty line leaves)")
    _show((await chat.turn({"text": "/start"}))[1])
    async for line in _stdin(prompt="› "):
        if not line.strip():
            return
        if line.startswith("/save "):
            _save(chat, Path(line[6:].strip()))
            continue
        _show((await chat.turn(_typed(line)))[1])


def _typed(line: str) -> dict[str, str]:
    if line.startswith("/file "):
        return {"file": line[6:].strip(), "kind": "document"}
    return {"text": line}


def _show(bubbles: Iterable[Message]) -> None:
    for bubble in bubbles:
        _write("‹ " + bubble.text.replace("\n", "\n  "))
        for file in bubble.attachments:
            _write(f"  ({file.kind} {file.name}, {len(file.data) / 1000:.0f} kB)")
        if bubble.options:
            _write("  " + " ".join(f"[{o.label}]" for o in bubble.options))


def _save(chat: Chat, path: Path) -> None:
    """Write the last file that came, where its owner says; a file that exists is not touched."""
    if chat.received is None:
        _write("(nothing to keep)")
        return
    try:
        with path.open("xb") as file:
            file.write(chat.received.data)
    except OSError as fault:
        _write(f"(not kept: {fault.strerror})")


async def _stdin(prompt: str = "") -> Any:
    loop = asyncio.get_running_loop()
    reader: Callable[[], bytes] = sys.stdin.buffer.readline
    while True:
        if prompt and sys.stdin.isatty():
            sys.stdout.write(prompt)
            sys.stdout.flush()
        raw = await loop.run_in_executor(None, reader)
        if not raw:
            return
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if line or prompt:
            yield line


def _write(line: str) -> None:
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()
