# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad templates``: the messages that WhatsApp must approve before the bot may write first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

import content
from bot.channels.whatsapp_account import Account, AccountFault
from bot.cli.setting import configured
from bot.templates import standings


@click.group("templates", epilog="Example: sanad templates push, then sanad templates status")
def command() -> None:
    """Ask WhatsApp to approve our messages, and see how they stand. Nothing is ever deleted.

    They are needed after a day of silence, when nothing else may be written.
    """


@command.command("push", epilog="Example: sanad templates push --dry-run")
@click.option("--dry-run", is_flag=True, help="Only say what would be asked.")
def push(*, dry_run: bool) -> None:
    """Ask for every message that WhatsApp does not hold yet; it may be said again at any time.

    One that stands there in other words is left as it is: whoever answers for the number edits
    it in WhatsApp Manager, for an edit is reviewed anew and may be refused.
    """
    catalog = content.load()
    with _account() as account:
        for one in standings(catalog, account.templates()):
            said = one.said
            if one.state == "missing":
                asked = catalog.approved(one.lang, one.name)
                said = "would be asked" if dry_run else f"asked, {account.ask(asked)}"
            click.echo(f"{one.name} {one.lang}: {said}")


@command.command("status", epilog="Example: sanad templates status")
def status() -> None:
    """Show how each message stands: approved, waiting, refused and why, its quality.

    Exit status 1 while one of them cannot be sent.
    """
    with _account() as account:
        found = list(standings(content.load(), account.templates()))
    for one in found:
        click.echo(f"{one.name} {one.lang}: {one.said}")
    if idle := sum(not one.usable for one in found):
        raise click.ClickException(f"{idle} of {len(found)} cannot be sent yet.")


@contextmanager
def _account() -> Iterator[Account]:
    told = configured().config.whatsapp
    if told is None or not told.business:
        needed = "SANAD_WHATSAPP_TOKEN" if told is None else "SANAD_WHATSAPP_BUSINESS"
        raise click.ClickException(f"{needed}: needed to speak of templates")
    try:
        with Account(told.token, told.number, told.business, told.api) as account:
            yield account
    except AccountFault as fault:
        raise click.ClickException(f"{fault}.") from None
