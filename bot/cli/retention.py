# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad retention``: every lifetime in one screen, and what has outlived its own."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, replace
from pathlib import Path

import click

from bot.cli import setting
from bot.cli.options import DATA, plainly
from bot.clock import HOUR
from bot.config import Lifetimes
from bot.retention import Retention, Swept
from bot.store import Run
from bot.vault.archive import FILES

STRAY = HOUR  # seconds: a younger file may still be waiting for its row


class _Rehearsed(Exception):
    """Carries what would go out of a transaction that is undone."""

    def __init__(self, swept: Swept) -> None:
        super().__init__("rehearsed")
        self.swept = swept


@click.command(epilog="Example: sanad retention --run")
@click.option("--run", "now", is_flag=True, help="Destroy what is due, instead of only counting.")
@DATA
def command(now: bool, data: Path | None) -> None:  # noqa: FBT001 - click passes it so
    """Show the lifetimes and what is due; with --run destroy it. The bot does so every hour."""
    with plainly(), setting.opened(data) as (here, ledger):
        lives = here.config.lifetimes
        sweep = Retention(ledger, time.time, lives, here.config.data / FILES)
        done = _destroyed(sweep) if now else due(sweep)
        gone = asyncio.run(ledger.store.shredded()) if now else True
    for line in _told(lives):
        click.echo(line)
    click.echo("Destroyed now:" if now else "Due now:")
    for what, count in asdict(done).items():
        click.echo(f"  {what:<12} {count}")
    if not gone:
        raise click.ClickException("Erased rows are still in the log: run it again soon.")


def due(sweep: Retention) -> Swept:
    """What a sweep would destroy: it is done, counted and undone in one transaction."""

    def job(run: Run) -> None:
        swept = sweep.destroy(run)
        raise _Rehearsed(replace(swept, files=_strays(run, sweep)))

    try:
        sweep.ledger.store.write_now(job)
    except _Rehearsed as rehearsed:
        return rehearsed.swept
    return Swept()


def _destroyed(sweep: Retention) -> Swept:
    swept = sweep.ledger.store.write_now(sweep.destroy)
    return replace(swept, files=sweep.unlink_strays())


def _strays(run: Run, sweep: Retention) -> int:
    if not sweep.files.is_dir():
        return 0
    named = {name for (name,) in run.execute("select file from entry where file is not null")}
    old = sweep.clock() - STRAY
    paths = [path for path in sweep.files.iterdir() if path.name not in named]
    return sum(path.stat().st_mtime < old for path in paths)


def _told(lives: Lifetimes) -> tuple[str, ...]:
    return (
        f"A draft and a conversation's state      {lives.draft_hours} h of silence",
        "An address                              while an open case or a subscription needs it",
        f"A closed case                           {lives.closed_days} days",
        f"A backup                                {lives.backup_days} days",
        f"A file's reference before it is taken   {lives.draft_hours} h",
        f"A text that could not be sent           {lives.draft_hours} h",
        f"A platform's message id, hashed         {lives.seen_days} days",
        f"Ids of the chat's messages, encrypted   {lives.sent_hours} h",
        f"An alarm                                every {lives.alarm_minutes} min until taken",
    )
