# SPDX-License-Identifier: AGPL-3.0-or-later
"""What reads for the commands: the embedded engine, its semantic extra, or Rasa."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import click

import nlu
from bot import config, workshop
from bot.beside import Beside, Rasa
from bot.workshop import NoWorkshop, Served
from nlu.model import Untrained
from nlu.phrases import LANGUAGES, read, within
from nlu.semantic import Missing

PATIENCE = 30.0  # seconds: what is measured is waited for
TOKEN = workshop.PLACE / "token"

ENGINES = ("embedded", "semantic", "rasa")
PIPELINE = click.option(
    "--pipeline",
    type=click.Choice(workshop.PIPELINES),
    default="light",
    help="Of Rasa: its logistic regression, or its transformer.",
)


@contextmanager
def extra() -> Iterator[None]:
    """Says in one line what is missing of the semantic extra."""
    try:
        yield
    except (Missing, Untrained) as fault:
        raise click.ClickException(str(fault)) from None


def opened(*, semantic: bool) -> nlu.Reader:
    """The embedded engine, with its extra or without."""
    with extra():
        return nlu.load(semantic=semantic)


@contextmanager
def with_rasa() -> Iterator[Beside]:
    """The embedded reader with the labels of the Rasa that the environment names."""
    try:
        told = config.load({**os.environ, "SANAD_NLU": "rasa"}).rasa
    except config.ConfigError as fault:
        raise click.ClickException("\n".join(fault.faults)) from None
    assert told is not None  # noqa: S101 - asked for just above
    with Rasa(told.url, told.token) as rasa:
        yield Beside(nlu.load(), rasa)


@contextmanager
def served(sources: Sequence[Path], pipeline: str) -> Iterator[tuple[Beside, Served]]:
    """Rasa, trained on *sources* in a temporary folder; nobody answers in its place."""
    known = {phrase.label for path in sources for phrase in read(within(path))}
    with tempfile.TemporaryDirectory(prefix="sanad-rasa-") as name:
        model = Path(name) / f"{pipeline}{workshop.SUFFIX}"
        try:
            workshop.train(sources, pipeline, model)
            with (
                workshop.serve(model) as parser,
                Rasa(parser.url, parser.token, known, PATIENCE) as rasa,
            ):
                yield Beside(nlu.load(), rasa, alone=True), parser
        except NoWorkshop as fault:
            raise click.ClickException(f"Rasa: {fault}") from None


@click.command("serve")
@PIPELINE
@click.option("--port", type=click.IntRange(0, 65535), default=5005, show_default=True)
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Serve this one instead of training one.",
)
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=TOKEN,
    help="Where the token lies; made there when there is none.",
)
def serve(pipeline: str, port: int, model: Path | None, token_file: Path) -> None:
    """Train Rasa on our phrases and serve it to this machine until stopped (Ctrl-C, SIGTERM).

    SANAD_RASA_TOKEN comes before the token file. Needs the environment that make rasa sets up.

    Example: sanad nlu serve --pipeline diet --port 5005
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    token = os.environ.get("SANAD_RASA_TOKEN") or workshop.token_in(token_file)
    made = workshop.PLACE / "models" / f"{pipeline}{workshop.SUFFIX}"
    try:
        if model is None:
            click.echo(f"Rasa learns ({pipeline}); this takes minutes.")
            workshop.train(packaged(), pipeline, made)
        with workshop.serve(model or made, port, token) as parser:
            click.echo(f"Rasa reads at {parser.url}. Token: {token_file}. Stop: Ctrl-C.")
            parser.process.wait()
    except KeyboardInterrupt:
        return
    except NoWorkshop as fault:
        raise click.ClickException(f"Rasa: {fault}") from None
    raise click.ClickException("Rasa ended")


def packaged() -> list[Path]:
    """Our own phrases, as the folders that Rasa reads."""
    return [Path(str(files("nlu"))) / "data" / language for language in LANGUAGES]
