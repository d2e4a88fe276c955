# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad nlu``: train the understanding and measure it, on any Rasa-format files."""

from __future__ import annotations

import json
import resource
import sys
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any, cast

import click

from bot.cli import nlu_add, nlu_folds
from bot.cli.engine import ENGINES, PIPELINE, extra, opened, packaged, serve, served
from bot.cli.nlu_report import page
from bot.cli.nlu_tables import lines
from nlu.convolution import Convolution
from nlu.evaluate import Scores, outcomes, summary
from nlu.figures import figures
from nlu.phrases import BadPhrases, Source, read, within
from nlu.reader import Reader
from nlu.semantic import Sense

_FILES = click.Path(exists=True, dir_okay=False, path_type=Path)
_PLACES = click.Path(exists=True, path_type=Path)


class Plainly(click.Group):
    """Says in one line what is wrong with phrases."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a fault of its phrases is no fault of the program."""
        try:
            return super().invoke(ctx)
        except BadPhrases as fault:
            raise click.ClickException(str(fault)) from None


@click.group("nlu", cls=Plainly)
def command() -> None:
    """Train and measure the understanding.

    Example: sanad nlu train
    """


command.add_command(nlu_add.command)
command.add_command(nlu_folds.command)
command.add_command(serve)


@command.command("train")
@click.argument("sources", nargs=-1, type=_FILES)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="Write it here.")
@click.option(
    "--semantic", is_flag=True, help="Train the sense beside the model: some ten minutes."
)
@click.option(
    "--convolution",
    is_flag=True,
    help="Train the network that hears dangers, on the package's phrases: a quarter of an hour.",
)
def train(
    sources: tuple[Path, ...], to: Path | None, *, semantic: bool, convolution: bool
) -> None:
    """Train on SOURCES (Rasa 3 YAML), by default on the package's own phrases.

    Example: sanad nlu train
    """
    if convolution:
        path = to or Path(str(files("nlu"))) / "data" / "convolution.npz"
        _convolution(sources).save(path)
        click.echo(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
        return
    ground, risks = _trainer().school([Source(path) for path in sources] or None)
    made = _sense(ground) if semantic else _trainer().learned(ground, risks)
    home = Path(str(files("nlu"))) / "model"
    path = to or home / ("sense.npz" if semantic else "model.npz")
    made.save(path)
    click.echo(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


@command.command("evaluate")
@click.argument("train_file", type=_PLACES, metavar="[TRAIN]")
@click.argument("test_file", type=_PLACES, required=False, metavar="TEST")
@click.option("--engine", type=click.Choice(ENGINES), default="embedded")
@PIPELINE
@click.option("--json", "as_json", is_flag=True, help="Every figure as JSON.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Also write a page of HTML."
)
def measure(  # noqa: PLR0913 - the options of one command
    train_file: Path,
    test_file: Path | None,
    engine: str,
    pipeline: str,
    report: Path | None,
    *,
    as_json: bool,
) -> None:
    """Train on TRAIN, read TEST, and say how well and how fast.

    Both are files of phrases or folders of them. Without TRAIN the model in use reads. A file
    or folder named darija, msa, arabizi, fr or mixed is written in it.

    Example: sanad nlu evaluate tests/nlu/heldout --report report.html
    """
    phrases = read(within(test_file or train_file))
    if engine == "rasa":
        sources = [train_file] if test_file else packaged()
        with served(sources, pipeline) as (beside, parser):
            found = outcomes(beside, phrases, perf_counter)
            scores, resident = summary(beside, found), parser.resident()
    else:
        semantic = engine == "semantic"
        reader = _taught(train_file, semantic=semantic) if test_file else opened(semantic=semantic)
        found = outcomes(reader, phrases, perf_counter)
        scores = summary(reader, found)
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    told = figures(found)
    if report:
        report.write_text(page(found, told), "utf-8")
    if as_json:
        rest = {"engine": engine, "resident_bytes": resident, "figures": told.as_json()}
        click.echo(json.dumps({**scores.as_json(), **rest}, ensure_ascii=False))
        return
    click.echo(_table(scores, resident))
    click.echo("\n".join(lines(told)))


def _taught(place: Path, *, semantic: bool) -> Reader:
    """A reader that has seen *place* and nothing else."""
    ground, risks = _trainer().school(within(place))
    model = _trainer().learned(ground, risks)
    return Reader(model, _sense(ground) if semantic else None)


def _trainer() -> ModuleType:
    """The trainer, imported late: running the bot needs none of its libraries."""
    try:
        return import_module("nlu.train")
    except ImportError:
        raise click.ClickException("training needs: pip install 'sanad[train]'") from None


def _convolution(sources: tuple[Path, ...]) -> Convolution:
    """What *sources* teach, by default all there is; the trainer is imported late."""
    try:
        trainer = import_module("nlu.train_convolution")
    except ImportError:
        raise click.ClickException("training needs: pip install 'sanad[network]'") from None
    lessons = trainer.lessons([Source(path) for path in sources])
    length = trainer.TIMES * len(lessons)
    with click.progressbar(length=length, label="learning", file=sys.stderr) as bar:
        return cast("Convolution", trainer.train_convolution(lessons, bar.update))


def _sense(ground: Any) -> Sense:
    with (
        extra(),
        click.progressbar(length=len(ground.truth), label="embedding", file=sys.stderr) as bar,
    ):
        return cast("Sense", import_module("nlu.train_sense").train_sense(ground, bar.update))


def _table(scores: Scores, resident: int) -> str:
    rows = [
        f"{label:24} P {s.precision:.2f}  R {s.recall:.2f}  F1 {s.f1:.2f}  n {s.support}"
        for label, s in sorted(scores.per_label.items())
    ]
    head = (
        f"{scores.phrases} phrases: accuracy {scores.accuracy:.3f},"
        f" macro-F1 {scores.macro_f1:.3f}, in doubt {scores.doubted:.3f},"
        f" sure and wrong {scores.sure_and_wrong:.3f}\n"
        f"{scores.p50_us:.0f} µs p50, {scores.p99_us:.0f} µs p99,"
        f" {(scores.model_bytes or 0) / 1e6:.1f} MB of weights, {resident / 1e6:.0f} MB resident"
    )
    return "\n".join([*rows, head])
