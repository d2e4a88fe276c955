# SPDX-License-Identifier: AGPL-3.0-or-later
"""What several commands share: where the data is, whose identity opens, how a fault is said."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bot.cases import Cannot
from bot.dossier import NotADossier, Occupied
from bot.vault import unseal
from bot.vault.backup import BrokenBackup, NotEmpty
from bot.vault.demo import DemoKey
from bot.vault.faults import Unopenable, VaultError

FILE = click.Path(dir_okay=False, path_type=Path)
HERE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

DATA = click.option(
    "--data",
    type=FOLDER,
    envvar="SANAD_DATA",
    show_envvar=True,
    help="The bot's data folder.",
)


def identity_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The three ways to name who opens: a file, its passphrase, or the demo's known key."""
    for option in (
        click.option("--demo", is_flag=True, help="Use the demo's identity, which is public."),
        click.option(
            "--passphrase-file",
            type=HERE,
            help="Read the passphrase from the first line of this file instead of asking.",
        ),
        click.option("--identity", type=HERE, help="The identity file, made by sanad keys."),
    ):
        command = option(command)
    return command


def identity_of(
    file: Path | None, passphrase_file: Path | None, *, demo: DemoKey | None = None
) -> str:
    """The identity that these options name; the passphrase is asked when the file needs one."""
    if demo is not None:
        return demo.identity
    if file is None:
        raise click.UsageError("Whose identity opens it? Give --identity FILE.")
    data = file.read_bytes()
    passphrase = _passphrase(passphrase_file) if unseal.is_wrapped(data) else ""
    try:
        return unseal.open_identity(data, passphrase)
    except Unopenable:
        said = "This is no identity file, or the passphrase is wrong."
        raise click.ClickException(said) from None


def _passphrase(file: Path | None) -> str:
    if file is None:
        return str(click.prompt("Passphrase", hide_input=True, err=True))
    lines = file.read_text(encoding="utf-8").splitlines()
    return lines[0] if lines else ""


@contextmanager
def plainly() -> Iterator[None]:
    """Say a known fault in one line, with nothing of what was being handled."""
    try:
        yield
    except (Cannot, NotADossier, Occupied, VaultError, sqlite3.DatabaseError, OSError) as fault:
        raise click.ClickException(_said(fault)) from None


def _said(fault: Exception) -> str:  # noqa: PLR0911 - one line a fault
    match fault:
        case Cannot():
            return f"{fault}."
        case NotADossier():
            return "This folder is no whole export of sanad cases export."
        case Occupied() | NotEmpty():
            return "The folder exists and is not empty. Nothing is overwritten."
        case FileExistsError():
            return "The file exists already. Nothing is overwritten."
        case Unopenable():
            return "This identity does not open it, or it is damaged."
        case BrokenBackup():
            return "This is no whole backup of ours. Nothing was kept of it."
        case sqlite3.OperationalError():
            return "The database is busy or cannot be written. Try again."
        case sqlite3.DatabaseError():
            return "The database is damaged: see sanad doctor."
        case OSError():
            return f"The disk said no: {fault.strerror}."
        case _:
            return f"This cannot be done: {fault}."
