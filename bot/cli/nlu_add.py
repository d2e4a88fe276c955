# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad nlu add``: one more phrase in the right file, after looking at it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import click

import nlu
from bot.cli.check import held_out
from bot.cli.read import plain
from nlu.adding import clean, inserted, refusals, twins
from nlu.labels import INTENTS, RISKS, SITUATIONS, VARIETIES
from nlu.located import Line, Unreadable, located
from nlu.normalize import normalize
from nlu.phrases import LANGUAGES, Source, within


@click.command("add")
@click.argument("label", type=click.Choice([*SITUATIONS, *INTENTS]), metavar="LABEL")
@click.argument("variety", type=click.Choice(VARIETIES))
@click.argument("phrase")
@click.option("--risk", "risks", multiple=True, type=click.Choice(RISKS), help="It shows this.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another folder than nlu/data.",
)
def command(
    label: str, variety: str, phrase: str, risks: tuple[str, ...], data: Path | None
) -> None:
    """Add PHRASE to the phrases of LABEL in VARIETY, unless something speaks against it.

    Never a message of somebody who wrote to the bot: a phrase of your own.

    Example: sanad nlu add ask_pay darija 'زعما نعطيه شي بركة باش يسكت' --risk money_demanded
    """
    data = data or Path(str(files("nlu"))) / "data"
    file = data / ("fr" if variety == "fr" else "ar") / variety / f"{label}.yml"
    text = clean(phrase)
    place = "/".join(file.parts[-3:])
    new = Line(place, 0, text, normalize(text), label, variety, tuple(dict.fromkeys(risks)))
    known, kept = _phrases(data)
    if found := list(refusals(new, known, kept)):
        raise click.ClickException("not added: " + "; ".join(found))
    before = file.read_text("utf-8") if file.exists() else ""
    mine = [line for line in known if line.file == place]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(inserted(before, mine, new), "utf-8")
    added = next(line for line in located([Source(file)]) if line.text == text)
    click.echo(f"added: {added.place}")
    for line in twins(new, known, same=False)[:3]:
        click.echo(f"close to {line.place} ({line.label}): {line.text}")
    click.echo(_read(text, label))


def _phrases(data: Path) -> tuple[list[Line], list[Line]]:
    places = [data / name for name in (*LANGUAGES, "risks")]
    known = [source for place in places if place.is_dir() for source in within(place)]
    try:
        return [*located(known)], [*located(held_out())]
    except Unreadable as fault:
        raise click.ClickException(str(fault)) from None


def _read(text: str, label: str) -> str:
    try:
        reader = nlu.load()
    except nlu.Untrained:
        return "no model yet: make model"
    reading = reader.read(text, now=datetime.now(UTC), language=None)
    known = reading.label == label and not reading.doubt
    rest = "it knew that already" if known else "that is new to it; to teach it: make model"
    return f"the present model reads: {plain(reading)}\n{rest}"
