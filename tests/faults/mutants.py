# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two bots that are wrong on purpose: what finds no fault in them proves nothing.

Run as ``python -m tests.faults.mutants answer-first|no-sync``, configured like ``sanad run``.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field, fields

from bot.app import App, build
from bot.channels import Inbound
from bot.channels.telegram import Telegram
from bot.cli.setting import configured
from bot.clock import wall_clock
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


def answer_first(app: App) -> None:
    """200 before the commit."""
    parts = {part.name: getattr(app.runtime, part.name) for part in fields(Runtime)}
    app.runtime = Hasty(**parts)


def no_sync(app: App) -> None:
    """Commit into memory that a power cut empties."""
    app.store._write.execute("pragma synchronous=off")


MUTANTS = {"answer-first": answer_first, "no-sync": no_sync}


async def run(name: str) -> None:
    setting = configured()
    told = setting.config
    if told.telegram is None:
        raise ValueError(name)
    api, token = told.telegram.api, told.telegram.token
    telegram = Telegram(token, base_url=f"{api}/bot", base_file_url=f"{api}/file/bot")
    app = build(told.data, setting.key, setting.centre, {"telegram": telegram}, wall_clock)
    MUTANTS[name](app)
    try:
        await serve(app, told, telegram)
    finally:
        app.close()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
