# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad run``: the bot, with the channels named in the configuration."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

import click

from bot import config, journal
from bot.app import build
from bot.beside import Rasa
from bot.centre import Centre
from bot.channels import Channel
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.cli.engine import extra
from bot.cli.setting import Setting, configured
from bot.clock import wall_clock
from bot.service import AlreadyRunning, only_one, serve
from bot.transcriber import NoTranscriber, Transcriber, load


@click.command("run")
def command() -> None:
    """Run the bot until it is told to stop (SIGTERM). Everything comes from SANAD_* variables.

    Example: SANAD_CENTRE=centre.yaml SANAD_SERVICE_KEY_FILE=service.key sanad run
    """
    setting = configured()
    if setting.config.telegram is None and any(
        t.channel == "telegram" for t in setting.centre.alarms
    ):
        raise click.ClickException("alarms: telegram targets need SANAD_TELEGRAM_TOKEN")
    transcriber = _transcriber(setting.config.transcriber)
    journal.start(setting.config.log)
    try:
        with only_one(setting.config.data):
            asyncio.run(_run(setting, transcriber))
    except AlreadyRunning:
        raise click.ClickException("another sanad run holds this data folder") from None


async def _run(setting: Setting, transcriber: Transcriber | None) -> None:
    told = setting.config
    telegram = _telegram(told.telegram, setting.centre) if told.telegram else None
    whatsapp = _whatsapp(told.whatsapp) if told.whatsapp else None
    channels: dict[str, Channel] = {"telegram": telegram} if telegram else {}
    if whatsapp:
        channels["whatsapp"] = whatsapp
    where = told.rasa
    with Rasa(where.url, where.token) if where else nullcontext() as rasa:
        with extra():
            app = build(
                told.data, setting.key, setting.centre, channels, wall_clock, told.lifetimes,
                rasa, transcriber, semantic=told.semantic, page=told.page,
            )  # fmt: skip
        try:
            await serve(app, told, telegram, whatsapp)
        finally:
            app.close()


def _transcriber(name: str) -> Transcriber | None:
    try:
        return load(name) if name else None
    except NoTranscriber as fault:
        raise click.ClickException(str(fault)) from None


def _telegram(told: config.Telegram, centre: Centre) -> Telegram:
    ours = tuple(target.to for target in centre.alarms if target.channel == "telegram")
    if not told.api:
        return Telegram(told.token, ours=ours)
    bot, file = f"{told.api}/bot", f"{told.api}/file/bot"
    return Telegram(told.token, base_url=bot, base_file_url=file, ours=ours)


def _whatsapp(told: config.WhatsApp) -> WhatsApp:
    return WhatsApp(told.token, told.number, base_url=told.api)
