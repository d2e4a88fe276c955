# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad backup``: the database and the sealed files, as one file for the recovery key."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cases import Cannot
from bot.cli import setting
from bot.cli.options import DATA, plainly
from bot.clock import HOUR
from bot.vault.archive import FILES
from bot.vault.backup import write_backup

NAME = re.compile(r"sanad-(\d{8}T\d{6}Z)\.age")
STAMP = "%Y%m%dT%H%M%SZ"


@click.command(epilog="Example: sanad backup --to /media/usb/backups/")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    required=True,
    help="A new file, or an existing folder: then the name is the time, and backups there"
    " that are past their days are removed.",
)
@DATA
def command(to: Path, data: Path | None) -> None:
    """Back up while the bot runs. Only the centre's recovery key opens the file.

    The service key is not in it: keep that key's paper elsewhere.
    """
    here = setting.chosen(data)
    database, now = here.config.data / "sanad.db", time.time()
    out = to / f"sanad-{datetime.fromtimestamp(now, UTC):{STAMP}}.age" if to.is_dir() else to
    with plainly():
        if not database.exists():
            raise Cannot(f"no bot has run in {here.config.data} yet")
        content = write_backup(database, here.config.data / FILES, here.centre.recovery, out)
        days = here.config.lifetimes.backup_days
        old = _expired(to, now - days * 24 * HOUR) if to.is_dir() else []
        for path in old:
            path.unlink(missing_ok=True)
    size = content.size / 1_000_000
    click.echo(f"{out}: the database and {content.files} sealed files, {size:.1f} MB.")
    if to.is_dir():
        click.echo(f"Removed, older than {days} days: {len(old)}.")
    else:
        click.echo(f"Remove it after {days} days: people were promised that.")


def _expired(folder: Path, before: float) -> list[Path]:
    """Our own backups there that nobody may keep any longer, by the time in their name."""
    found = []
    for path in folder.iterdir():
        if named := NAME.fullmatch(path.name):
            made = datetime.strptime(named[1], STAMP).replace(tzinfo=UTC)
            if made.timestamp() < before:
                found.append(path)
    return found
