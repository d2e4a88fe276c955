# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad nlu folds``: how well phrases are read by models that never saw them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import click

from bot.cli.nlu_report import page
from bot.cli.nlu_tables import lines
from nlu.evaluate import Outcome
from nlu.figures import figures
from nlu.phrases import packaged, packaged_risks, read, within

_PLACES = click.Path(exists=True, path_type=Path)


@click.command("folds")
@click.argument("sources", nargs=-1, type=_PLACES)
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Every figure as JSON.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Also write a page of HTML."
)
def command(sources: tuple[Path, ...], folds: int, report: Path | None, *, as_json: bool) -> None:
    """Cross-validate SOURCES (files or folders), by default the package's own phrases.

    Phrases that are alike stay on one side. Takes a training for each fold: minutes.

    Example: sanad nlu folds --report report.html
    """
    try:
        from nlu.folds import crossed  # noqa: PLC0415 - training needs libraries that running does not
    except ImportError:
        raise click.ClickException("training needs: pip install 'sanad[train]'") from None
    places = [source for place in sources for source in within(place)] or packaged()
    lessons = () if sources else read(packaged_risks())
    found: list[Outcome] = []
    taught: list[Outcome] = []
    for fold, (told, beside) in enumerate(crossed(read(places), lessons, folds, perf_counter), 1):
        found += told
        taught += beside
        right = sum(each.right for each in told)
        click.echo(f"fold {fold} of {folds}: {right} of {len(told)} right", err=True)
    # Risks are taught by phrases of their own as well, so these are counted with the others.
    counted = replace(figures(found), risks=figures([*found, *taught]).risks)
    if report:
        report.write_text(page(found, counted), "utf-8")
    if as_json:
        click.echo(json.dumps({"folds": folds, **counted.as_json()}, ensure_ascii=False))
    else:
        click.echo("\n".join(lines(counted)))
