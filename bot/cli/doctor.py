# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad doctor``: one line for each thing that must be well; secrets and content stay out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click

import content
from bot import config, health
from bot.beside import Rasa
from bot.channels.whatsapp_account import Account
from bot.cli import setting
from bot.cli.options import DATA
from bot.cli.setting import Setting
from bot.config import VARIABLES
from bot.health import Finding


@click.command(epilog="Example: sanad doctor --data /var/lib/sanad")
@DATA
def command(data: Path | None) -> None:
    """Look at the health of a bot, also while it runs; nothing is written. Exit 1: a problem."""
    here, found = _setting(data)
    folder = here.config.data if here else data or Path(VARIABLES["SANAD_DATA"][0])
    found += health.installation()
    found += health.database(folder, here.key if here else None, time.time())
    if here:
        found += health.centre(here.centre)
        if told := here.config.rasa:
            with Rasa(told.url, told.token) as rasa:
                found.append(health.rasa(rasa))
        if name := here.config.transcriber:
            found.append(health.ears(name))
        if number := here.config.whatsapp:
            found += _whatsapp(number)
    for finding in found:
        click.echo(f"{'ok ' if finding.well else 'BAD'}  {finding.what:<14} {finding.said}")
    if bad := sum(not finding.well for finding in found):
        raise click.ClickException("One problem." if bad == 1 else f"{bad} problems.")


def _whatsapp(told: config.WhatsApp) -> Iterator[Finding]:
    with Account(told.token, told.number, told.business, told.api) as account:
        yield from health.whatsapp(account, content.load())


def _setting(data: Path | None) -> tuple[Setting | None, list[Finding]]:
    try:
        here = setting.chosen(data)
    except click.ClickException as fault:
        return None, [Finding(False, "configuration", line) for line in fault.message.splitlines()]
    said = "read, with its service key" + ("; a demo, for nobody in need" if here.demo else "")
    return here, [Finding(True, "configuration", said)]
