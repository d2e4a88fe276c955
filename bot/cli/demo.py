# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad demo``: everything on this machine, with a counsellor whom everybody knows."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click

from bot import journal
from bot.app import build
from bot.centre import Target
from bot.cli.setting import demonstration, folder
from bot.cli.standins import phones, run
from bot.clock import wall_clock
from bot.service import AlreadyRunning, only_one, serve

TEXT = """
Sanad is running. Open the chat: http://127.0.0.1:{port}/
  The page that seals before sending: http://127.0.0.1:{port}/notes
  Everything lies in {data}{gone}
  Alarms appear here. As the counsellor of the demo, in another terminal:
    {sanad} cases list --data {data}
    {sanad} cases take CASE --data {data}
    {sanad} cases export CASE --data {data} --to case
    {sanad} cases open case --demo
  Stop with Ctrl-C. Nothing here protects anybody: the demo's keys are public.
"""


PHONES = """  Two phones, at stand-ins of Telegram and WhatsApp: {url}/
"""


@click.command("demo")
@click.option("--port", default=8080, show_default=True, help="Port on 127.0.0.1.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Keep it here.")
@click.option(
    "--standins", is_flag=True, help="Also on Telegram and WhatsApp: two phones on a page."
)
def command(port: int, data: Path | None, *, standins: bool) -> None:
    """Run web chat, relay and database on 127.0.0.1, in a temporary folder unless --data says.

    Example: sanad demo --port 8081
    """
    journal.start("info")
    try:
        with ExitStack() as held:
            place = held.enter_context(folder(data))
            held.enter_context(only_one(place))
            gone = " (deleted when the demo stops)" if data is None else ""
            _free(port)
            if standins:
                _free(port + 1)
            both = held.enter_context(phones(port + 1)) if standins else None
            sanad = "sanad" if shutil.which("sanad") else sys.argv[0]
            click.echo(TEXT.format(port=port, data=place, gone=gone, sanad=sanad))
            if both:
                click.echo(PHONES.format(url=both.url))
            asyncio.run(run(place, port, both) if both else _run(place, port))
    except AlreadyRunning:
        raise click.ClickException("another demo holds this data folder") from None


def _free(port: int) -> None:
    """Say at once when somebody else listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise click.ClickException(f"port {port} is taken; try --port {port + 2}") from None


async def _run(place: Path, port: int) -> None:
    setting = demonstration(place, alarms=(Target("console"),))
    app = build(setting.config.data, setting.key, setting.centre, {}, wall_clock)
    try:
        await serve(app, replace(setting.config, port=port), None)
    finally:
        app.close()
