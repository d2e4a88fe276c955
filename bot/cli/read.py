# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad read``: what is understood of each line."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import click

import nlu
from bot.cli.engine import ENGINES, opened, with_rasa
from bot.cli.why import as_json as as_values
from bot.cli.why import lines
from nlu import Reading
from nlu.evaluate import Reads
from nlu.why import explain


@click.command("read")
@click.option("--json", "as_json", is_flag=True, help="One JSON reading a line.")
@click.option("--engine", type=click.Choice(ENGINES), default="embedded", help="What reads.")
@click.option("--why", is_flag=True, help="Also say where each reading comes from.")
def command(engine: str, *, as_json: bool, why: bool) -> None:
    """Read messages, one a line, and say what each is about.

    Example: echo 'bghit nchki, wa7ed kayhddni' | sanad read --json
    """
    if why and engine != "embedded":
        raise click.UsageError("--why explains the embedded engine")
    embedded = opened(semantic=engine == "semantic")
    reader: Reads = _beside() if engine == "rasa" else embedded
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        reading = reader.read(line, now=datetime.now(UTC), language=None)
        shown = json.dumps(reading.as_json(), ensure_ascii=False) if as_json else plain(reading)
        shown = explained(embedded, line, as_json=as_json) if why else shown
        sys.stdout.buffer.write(shown.encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.flush()


def explained(reader: nlu.Reader, line: str, *, as_json: bool) -> str:
    """A reading with where it comes from: one line of JSON, or several for people."""
    found = explain(reader, line, datetime.now(UTC))
    if as_json:
        return json.dumps({**found.reading.as_json(), "why": as_values(found)}, ensure_ascii=False)
    return "\n".join([plain(found.reading), *lines(found)])


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
