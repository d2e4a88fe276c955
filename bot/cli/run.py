# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad run``: the bot, with the channels named in the configuration."""

from __future__ import annotations

import asyncio

import click

from bot import journal
from bot.app import build
from bot.channels import Channel
from bot.channels.telegram import Telegram
from bot.cli.setting import configured
from bot.clock import wall_clock
from bot.service import AlreadyRunning, only_one, serve


@click.command("run")
def command() -> None:
    """Run the bot until it is told to stop (SIGTERM). Everything comes from SANAD_* variables.

    Example: SANAD_CENTRE=centre.yaml SANAD_SERVICE_KEY_FILE=service.key sanad run
    """
    setting = configured()
    config = setting.config
    journal.start(config.log)
    try:
        with only_one(config.data):
            asyncio.run(_run())
    except AlreadyRunning:
        raise click.ClickException("another sanad run holds this data folder") from None


async def _run() -> None:
    setting = configured()
    config = setting.config
    telegram = _telegram(config.telegram.token, config.telegram.api) if config.telegram else None
    channels: dict[str, Channel] = {"telegram": telegram} if telegram else {}
    app = build(config.data, setting.key, setting.centre, channels, wall_clock, config.lifetimes)
    try:
        await serve(app, config, telegram)
    finally:
        app.close()


def _telegram(token: str, api: str) -> Telegram:
    return Telegram(token, api=api) if api else Telegram(token)
