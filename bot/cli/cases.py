# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad cases``: the counsellor's way to the cases, until there is a desk."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import click

from bot import cases, dossier
from bot.act import Reach
from bot.cli import setting
from bot.cli.opening import Reader
from bot.cli.options import DATA, FILE, FOLDER, HERE, identity_of, identity_options, plainly
from bot.cli.table import table
from bot.clock import wall
from bot.vault import demo as known
from bot.vault.answer import make_reply
from bot.vault.archive import FILES
from bot.vault.faults import Unopenable
from bot.vault.sealed_file import sync_folder
from bot.waiting import waiting

LONGEST_REPLY = 4_000_000  # bytes of a sealed reply
LONGEST_ANSWER = 10_000  # characters: a person reads it on a phone

REACH: dict[Reach, str] = {
    "told": "The person is in the conversation: the answer is queued for them.",
    "now": "A neutral message is queued for the person.",
    "after9": "A neutral message is queued for the next 9:00 in Morocco.",
    "silence": "Nobody is written to: the person did not ask for it. It waits for their return.",
    "nobody": "Nobody is linked to this case: whoever has the receipt will find it.",
    "again": "This was done before; nothing changed.",
}

_ORDER = """\b
Example, from an alarm to an answer:
  sanad cases list
  sanad cases take K7WQ2MNP4X --by Salma
  sanad cases export K7WQ2MNP4X --to dossier
  sanad cases open dossier --identity counsellor.age    (offline)
  sanad cases reply dossier --text answer.txt --out reply.age
  sanad cases import reply.age
  sanad cases close K7WQ2MNP4X
"""


@click.group(epilog=_ORDER)
def command() -> None:
    """See the most urgent case, take it, read it offline, answer, close."""


@command.command("list", epilog="Example: sanad cases list --json")
@DATA
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(data: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click passes it so
    """List the open cases, the most urgent first; no content is known here.

    DEADLINE is in hours from now, negative when it has passed. WAITS is in hours.
    """
    with plainly(), setting.opened(data) as (_, ledger):
        lines = waiting(ledger, time.time())
    if as_json:
        for line in lines:
            click.echo(json.dumps(asdict(line)))
    elif lines:
        click.echo(table(lines))
    else:
        click.echo("No open case.")


@command.command(epilog="Example: sanad cases take K7WQ2MNP4X --by Salma")
@click.argument("case")
@click.option("--by", help="Who takes it; noted inside the seal, for whoever opens the case.")
@DATA
def take(case: str, by: str | None, data: Path | None) -> None:
    """Take a case: its alarms stop, and the person hears of it as they allowed."""
    with plainly(), setting.opened(data) as (_, ledger):
        done = cases.take(ledger, case, time.time(), by)
    when = wall(done.taken).strftime("%d/%m/%Y %H:%M")
    click.echo(f"Case {done.case} is taken since {when}. {REACH[done.reach]}")


@command.command(epilog="Example: sanad cases export K7WQ2MNP4X --to dossier")
@click.argument("case")
@click.option("--to", type=FOLDER, required=True, help="A new or empty folder.")
@DATA
def export(case: str, to: Path, data: Path | None) -> None:
    """Write a case as a folder of plain age files. Nothing in it is readable here."""
    with plainly(), setting.opened(data) as (here, ledger):
        written = dossier.export(ledger, cases.found(ledger, case), here.config.data / FILES, to)
    missing = [entry.name for entry in written.entries if entry.missing]
    click.echo(f"Case {written.id}: {len(written.entries) - len(missing)} sealed pieces in {to}.")
    if missing:
        click.echo(f"Not on the disk any more: {', '.join(missing)}", err=True)


@command.command("open", epilog="Example: sanad cases open dossier --identity counsellor.age")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@identity_options
@click.option("--to", type=FOLDER, help="Write everything into this new folder (mode 0700).")
def open_(
    folder: Path,
    identity: Path | None,
    passphrase_file: Path | None,
    demo: bool,  # noqa: FBT001 - click passes it so
    to: Path | None,
) -> None:
    """Open an exported case, on the counsellor's own computer, without server or network."""
    who = identity_of(identity, passphrase_file, demo=known.COUNSELLOR if demo else None)
    with plainly():
        try:
            reader = Reader.of(folder, who)
        except Unopenable:
            raise cases.Cannot("this identity does not open this case") from None
        broken = _printed(reader) if to is None else _opened(reader, to)
    if broken:
        raise click.ClickException(f"These pieces do not open: {', '.join(broken)}")


@command.command(epilog="Example: sanad cases reply dossier --text answer.txt --out reply.age")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--text", type=click.File("rb"), required=True, help="The words; - reads them here.")
@click.option("--out", type=FILE, required=True, help="The sealed reply; it must not exist yet.")
def reply(folder: Path, text: BinaryIO, out: Path) -> None:
    """Seal an answer to an exported case, on the counsellor's own computer."""
    words = _words(text.read(LONGEST_ANSWER * 4 + 1))
    with plainly():
        case = dossier.read(folder)
        sealed = make_reply(
            words,
            case_id=case.id,
            case_recipient=case.recipient,
            visitor_recipient=case.visitor,
            delivery_recipient=case.delivery,
            sent=not case.door,
        )
        _write(out, sealed)
    click.echo(f"Sealed for case {case.id}. On the server: sanad cases import {out.name}")


@command.command("import", epilog="Example: sanad cases import reply.age")
@click.argument("file", type=HERE)
@DATA
def import_(file: Path, data: Path | None) -> None:
    """Take in a sealed reply: it is kept, and the person is told as they allowed."""
    with plainly(), setting.opened(data) as (_, ledger):
        if file.stat().st_size > LONGEST_REPLY:
            raise cases.Cannot("this file is far larger than a reply")
        done = cases.answer(ledger, file.read_bytes(), time.time())
    click.echo(f"The answer to case {done.case} is kept. {REACH[done.reach]}")


@command.command(epilog="Example: sanad cases close K7WQ2MNP4X")
@click.argument("case")
@click.option("--unread", is_flag=True, help="Even if an answer can then never be read.")
@DATA
def close(case: str, unread: bool, data: Path | None) -> None:  # noqa: FBT001 - click passes it so
    """Close a case: nobody is linked to it any more; its receipt still opens the answers."""
    with plainly(), setting.opened(data) as (here, ledger):
        first = cases.close(ledger, case, time.time(), unread=unread)
    days = here.config.lifetimes.closed_days
    said = f"It is destroyed after {days} days." if first else REACH["again"]
    click.echo(f"Case {case.strip().upper()} is closed. {said}")


def _printed(reader: Reader) -> list[str]:
    broken = []
    for entry, words in reader.words():
        click.echo(f"--- {entry.name} · {entry.at}")
        if words is None:
            broken.append(entry.name)
        else:
            click.echo(words)
    return broken


def _opened(reader: Reader, to: Path) -> list[str]:
    with dossier.new_folder(to) as folder:
        broken = reader.write(folder)
    count = len(reader.dossier.entries) - len(broken)
    click.echo(f"Case {reader.dossier.id}: {count} pieces opened into {to}. Remove it when done.")
    return [entry.name for entry in broken]


def _words(data: bytes) -> bytes:
    try:
        words = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise click.ClickException("The answer is not written in UTF-8.") from None
    if not words:
        raise click.ClickException("The answer is empty.")
    if len(words) > LONGEST_ANSWER:
        raise click.ClickException(f"The answer is longer than {LONGEST_ANSWER} characters.")
    return words.encode()


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.absolute().parent)
