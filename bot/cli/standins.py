# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad demo --standins``: the demo between two phones that are not real. Only from a clone."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import click

import bot
from bot import webhook_whatsapp
from bot.app import build
from bot.centre import Target
from bot.channels import Channel
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.channels.whatsapp_account import Account
from bot.cli.setting import demonstration
from bot.clock import wall_clock
from bot.config import Telegram as TelegramConfig
from bot.config import WhatsApp as WhatsAppConfig
from bot.service import serve
from bot.templates import standings
from content import Catalog

CLONE = Path(bot.__file__).parents[1]
ONLY = "--standins works in a clone: the stand-ins are part of its tests, and not installed"
PATIENCE = 100  # tries, a tenth of a second each, until the bot's own server listens


@contextmanager
def phones(port: int) -> Iterator[Any]:
    """Start both stand-ins, and their page at *port*; says plainly where they cannot be had."""
    if not (CLONE / "tests" / "standins" / "phones.py").is_file():
        raise click.ClickException(ONLY)
    sys.path.insert(0, str(CLONE))
    try:
        opened = import_module("tests.standins.phones").phones
    except ImportError as missing:
        raise click.ClickException(f"{ONLY}; here {missing.name} is missing: make setup") from None
    finally:
        sys.path.remove(str(CLONE))
    with opened(port) as both:
        yield both


async def run(place: Path, port: int, both: Any) -> None:
    """The demo's bot, on the web and on both phones, until it is stopped."""
    word = secrets.token_urlsafe(24)
    there, meta = both.telegram, both.whatsapp
    setting = demonstration(place, alarms=(Target("console"),))
    told = replace(
        setting.config,
        port=port,
        telegram=TelegramConfig(there.token, "polling", "", there.url),
        whatsapp=WhatsAppConfig(
            meta.token, meta.number, meta.secret, word, meta.business, meta.api
        ),
    )
    telegram = Telegram(there.token, base_url=there.base_url, base_file_url=there.base_file_url)
    whatsapp = WhatsApp(meta.token, meta.number, base_url=meta.api)
    channels: dict[str, Channel] = {"telegram": telegram, "whatsapp": whatsapp}

    def clock() -> float:
        return wall_clock() + float(both.ahead())

    app = build(told.data, setting.key, setting.centre, channels, clock)
    _approved(both, app.catalog)
    joining = asyncio.create_task(
        _subscribed(meta, f"http://127.0.0.1:{port}{webhook_whatsapp.PATH}", word)
    )
    try:
        await serve(app, told, telegram, whatsapp)
    finally:
        joining.cancel()
        app.close()


def _approved(both: Any, catalog: Catalog) -> None:
    """Ask for our messages as an operator does, and approve them as Meta may."""
    meta = both.whatsapp
    with Account(meta.token, meta.number, meta.business, meta.api) as account:
        for one in standings(catalog, account.templates()):
            account.ask(catalog.approved(one.lang, one.name))
            meta.review(one.name, one.lang)


async def _subscribed(meta: Any, url: str, word: str) -> None:
    """Enter the webhook as somebody does in Meta's dashboard, once our server listens."""
    for _ in range(PATIENCE):
        if (await asyncio.to_thread(meta.subscribe, url, word))["verified"]:
            return
        await asyncio.sleep(0.1)
