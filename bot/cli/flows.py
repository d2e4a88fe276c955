# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad flows``: the dialogue as a drawing, for whoever writes it."""

from __future__ import annotations

import click

import content
from bot.app import script_of
from flows import graph as graphs


@click.group("flows")
def command() -> None:
    """Look at the flows.

    Example: sanad flows graph guide
    """


@command.command("graph")
@click.argument("flow", required=False)
def graph(flow: str | None) -> None:
    """Print a flow as Mermaid text; without a name, which flow leads to which.

    Example: sanad flows graph complaint > complaint.mmd
    """
    script = script_of(content.load())
    names = graphs.flow_names(script)
    if flow is None:
        click.echo(graphs.overview(script), nl=False)
    elif flow in names:
        click.echo(graphs.mermaid(script, flow), nl=False)
    else:
        raise click.ClickException(f"no such flow; there are {', '.join(names)}")
