# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad links``: what to print on posters, and how many came by it."""

from __future__ import annotations

import re
from pathlib import Path

import click

import content
from bot.cli import setting
from bot.cli.options import DATA, plainly
from bot.links import loads, tallies

NAME = re.compile(
    r"@?([A-Za-z][A-Za-z0-9_]{3,31})"
)  # core.telegram.org/method/account.updateUsername


def _name(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    if found := NAME.fullmatch(value):
        return found[1]
    raise click.BadParameter("the bot's user name at Telegram is needed, without https://t.me/")


@click.command("links", epilog="Example: sanad links --bot our_help_bot")
@click.option("--bot", callback=_name, help="The bot's user name: print its links.")
@click.option("--counts", is_flag=True, help="How many arrived, by day and campaign.")
@DATA
def command(bot: str | None, counts: bool, data: Path | None) -> None:  # noqa: FBT001 - click passes it so
    """Print the links of the centre's campaigns, or count who came by them.

    A link says a language and a campaign, and nothing about anybody. Counted is how many
    arrived on which day; it is tied to no conversation.
    """
    if not (bot or counts):
        raise click.UsageError("one of --bot and --counts is needed")
    if bot:
        campaigns = setting.chosen(data).centre.campaigns
        for load in loads(content.load().languages, campaigns):
            click.echo(f"https://t.me/{bot}?start={load}")
    if counts:
        with plainly(), setting.opened(data) as (_, ledger):
            for day, campaign, number in tallies(ledger):
                click.echo(f"{day}  {campaign:<32}  {number}")
