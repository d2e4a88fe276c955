# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad restore``: a backup back into an empty folder, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.options import FOLDER, HERE, identity_of, identity_options, plainly
from bot.vault import demo as known
from bot.vault.backup import restore_backup


@click.command(
    epilog="Example: sanad restore sanad-20260101T030000Z.age --identity recovery.age --to data"
)
@click.argument("file", type=HERE)
@identity_options
@click.option("--to", type=FOLDER, required=True, help="A new or empty folder.")
def command(
    file: Path,
    identity: Path | None,
    passphrase_file: Path | None,
    demo: bool,  # noqa: FBT001 - click passes it so
    to: Path,
) -> None:
    """Bring a backup back, checked and synced. It needs the centre's recovery identity.

    The restored bot needs the same service key as before: without it no contact is found
    and no receipt opens anything.
    """
    who = identity_of(identity, passphrase_file, demo=known.RECOVERY if demo else None)
    with plainly():
        back = restore_backup(file, who, to)
    click.echo(f"{back.database}: restored and sound, with {back.content.files} sealed files.")
    click.echo("Before the bot starts again, on this folder and with the same service key:")
    click.echo(f"  sanad retention --run --data {to}    (what has outlived its days since)")
    click.echo(f"  sanad doctor --data {to}")
    click.echo("Whatever was erased after the backup is in it again: restore only after a loss.")
