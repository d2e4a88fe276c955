# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad preview``: everything the bot can say as pages that need no tool to be read."""

from __future__ import annotations

from pathlib import Path

import click

import content
from bot.app import script_of
from bot.clock import wall, wall_clock
from bot.preview import write


@click.command("preview")
@click.option(
    "--to", default="preview", show_default=True, help="The folder to write into.",
    type=click.Path(path_type=Path, file_okay=False),
)  # fmt: skip
def command(to: Path) -> None:
    """Write a static site of all texts, flows, facts and the dossier, for those who review them.

    Example: sanad preview --to preview
    """
    catalog = content.load()
    count = write(to, catalog, script_of(catalog), wall(wall_clock()))
    click.echo(f"{count} pages; open {to / 'index.html'}")
