# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bots that are wrong on purpose: what finds no fault in them proves nothing.

Run as ``python -m tests.faults.mutants NAME``, configured like ``sanad run``, with short pauses.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import tests.faults.hurried  # noqa: F401 - before whatever takes the pauses over
from bot.app import App, build
from bot.channels import Channel, Inbound, Message, Unsure
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.cli.setting import configured
from bot.clock import hour, wall_clock
from bot.runtime import Runtime
from bot.service import serve
from bot.turn import Turn


@dataclass(slots=True)
class Hasty(Runtime):
    """Says that a message is kept, and then begins to keep it."""

    _begun: set[asyncio.Task[Turn]] = field(default_factory=set)

    async def receive(self, inbound: Inbound) -> Turn:
        """Promise first."""
        task = asyncio.create_task(Runtime.receive(self, inbound))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return Turn()


class Forgetful(Runtime):
    """Remembers every message, and looks none up."""

    async def receive(self, inbound: Inbound) -> Turn:
        """Each time is the first time."""
        seen, now = self.ledger.key.seen(f"{inbound.sender.channel}:{inbound.id}"), self.clock()
        sql = "insert or ignore into seen (id, at) values (?, ?)"
        await self.ledger.store.write(lambda run: run.execute(sql, (seen, hour(now))) and None)
        return await Runtime.receive(self, replace(inbound, id=secrets.token_hex(8)))


class Impatient(WhatsApp):
    """Says it again when no answer came, whatever the platform may still tell.

    And at once: left for a later try, the platform's word of the first may come before it, and
    whether it is said twice is a matter of luck.
    """

    async def send(self, to: str, message: Message, token: str = "") -> Sequence[str]:
        """What is unsure did not arrive."""
        try:
            return await WhatsApp.send(self, to, message, token)
        except Unsure:
            return await WhatsApp.send(self, to, message, token)


def answer_first(app: App) -> None:
    """200 before the commit."""
    app.runtime = Hasty(**_parts(app))


def forgets(app: App) -> None:
    """What comes twice counts twice."""
    app.runtime = Forgetful(**_parts(app))


def impatient(_app: App) -> None:
    """Its channel is; see :func:`run`."""


def talkative(_app: App) -> None:
    """Its libraries may write into the log what they like: nobody has silenced them."""
    logging.basicConfig(level=logging.DEBUG)
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).filters.clear()


def _parts(app: App) -> dict[str, object]:
    return {part.name: getattr(app.runtime, part.name) for part in fields(Runtime)}


def no_sync(app: App) -> None:
    """Commit into memory that a power cut empties."""
    app.store._write.execute("pragma synchronous=off")


MUTANTS = {
    "talkative": talkative, "answer-first": answer_first, "no-sync": no_sync,
    "forgets": forgets, "impatient": impatient,
}  # fmt: skip


async def run(name: str) -> None:
    setting = configured()
    told = setting.config
    channels: dict[str, Channel] = {}
    telegram = whatsapp = None
    if told.telegram:
        api, token = told.telegram.api, told.telegram.token
        telegram = Telegram(token, base_url=f"{api}/bot", base_file_url=f"{api}/file/bot")
        channels["telegram"] = telegram
    if told.whatsapp:
        kind = Impatient if name == "impatient" else WhatsApp
        whatsapp = kind(told.whatsapp.token, told.whatsapp.number, base_url=told.whatsapp.api)
        channels["whatsapp"] = whatsapp
    app = build(told.data, setting.key, setting.centre, channels, wall_clock)
    MUTANTS[name](app)
    try:
        await serve(app, told, telegram, whatsapp)
    finally:
        app.close()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
