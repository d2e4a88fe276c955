# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad read``: what is understood of each line."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import click

import nlu
from bot.cli.engine import with_rasa
from nlu import Reading
from nlu.evaluate import Reads


@click.command("read")
@click.option("--json", "as_json", is_flag=True, help="One JSON reading a line.")
@click.option(
    "--engine", type=click.Choice(["embedded", "rasa"]), default="embedded", help="What reads."
)
def command(engine: str, *, as_json: bool) -> None:
    """Read messages, one a line, and say what each is about.

    Example: echo 'bghit nchki, wa7ed kayhddni' | sanad read --json
    """
    reader: Reads = nlu.load() if engine == "embedded" else _beside()
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        reading = reader.read(line, now=datetime.now(UTC), language=None)
        shown = json.dumps(reading.as_json(), ensure_ascii=False) if as_json else plain(reading)
        sys.stdout.buffer.write(shown.encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.flush()


def _beside() -> Reads:
    return click.get_current_context().with_resource(with_rasa())


def plain(reading: Reading) -> str:
    """A reading in one line for people."""
    said = reading.as_json()
    doubt = " (doubt)" if reading.doubt else ""
    rest = [f"runner-up {reading.runner_up}"] if reading.runner_up else []
    rest += [f"risks {', '.join(said['risks'])}"] if said["risks"] else []
    rest += [f"{name} {value}" for name, value in said["entities"].items()]
    head = f"{reading.language}/{reading.variety} {reading.label} {reading.confidence:.2f}{doubt}"
    return " · ".join([head, *rest])
