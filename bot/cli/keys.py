# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad keys``: make each key where it must live, once, and say what goes on paper."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bot.vault.faults import BadKey
from bot.vault.sealed_file import sync_folder
from bot.vault.service import ServiceKey
from bot.vault.unseal import make_identity

SHORTEST = 10  # characters of a passphrase

_FILE = click.Path(dir_okay=False, path_type=Path)
_HOME = Path(click.get_app_dir("sanad"))
_PASSPHRASE = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the passphrase from the first line of this file instead of asking for it twice.",
)

# \b keeps the lines apart in click's help.
_ORDER = """\b
Example, in this order:
  sanad keys service       on the server
  sanad keys recovery      on a computer without network; then on paper
  sanad keys counsellor    on each counsellor's own computer
A key is replaced by sanad keys rotate, on the server.
"""


@click.group(epilog=_ORDER)
def keys() -> None:
    """Make the keys of a centre, each on the machine where it must live."""


command = keys  # the name under which every module of the command line is called


@keys.command(epilog="Example: sanad keys service --file /etc/sanad/service.key")
@click.option(
    "--file",
    "path",
    type=_FILE,
    envvar="SANAD_SERVICE_KEY_FILE",
    default=_HOME / "service.key",
    show_default="~/.config/sanad/service.key",
    help="Where the key is to live; SANAD_SERVICE_KEY_FILE says it too.",
)
def service(path: Path) -> None:
    """Make the service key, on the server.

    It encrypts addresses and states and names contacts. It belongs neither in the data
    folder nor in backups. Standard output is the recipient for counsellors' answers.
    """
    text = ServiceKey.spell(ServiceKey.make())
    _write(path, f"# sanad service key; one line a key, the one in use first\n{text}\n".encode())
    _say(
        f"The service key is in {path} (mode 0600).",
        f"Start the bot with SANAD_SERVICE_KEY_FILE={path}",
        "ON PAPER: print that file once and lock the sheet away from the server and its backups.",
        "Without it a restored server finds no contact, and receipts open nothing.",
        "The recipient for answers, no secret:",
    )
    click.echo(ServiceKey.read(text).delivery)


@keys.command(epilog="Example: sanad keys rotate --file /etc/sanad/service.key")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="SANAD_SERVICE_KEY_FILE",
    default=_HOME / "service.key",
    show_default="~/.config/sanad/service.key",
    help="Where the key in use lives; SANAD_SERVICE_KEY_FILE says it too.",
)
def rotate(path: Path) -> None:
    """Put a new service key before the one in use, on the server; then restart the bot.

    The keys before it stay in the file: who is known by them is known by them still, and
    receipts made under them open. Standard output is the new recipient for answers.
    """
    before = path.read_text(encoding="utf-8")
    try:
        text = ServiceKey.spell(ServiceKey.make(), ServiceKey.read(before).next_number)
    except BadKey:
        raise click.ClickException(f"{path}: no service key, or one too many.") from None
    after = f"# sanad service keys; one line a key, the one in use first\n{text}\n{before}"
    _replace(path, after.encode())
    _say(
        f"A new service key stands first in {path}.",
        "Now restart the bot.",
        "ON PAPER: print that file once more and lock the sheet away; burn the older one.",
        "Keep the older lines as long as a case from before today is held:",
        "without them its receipt opens nothing and its person is not known again.",
        "The recipient for answers, no secret; the older one is still understood:",
    )
    click.echo(ServiceKey.read(after).delivery)


@keys.command(epilog="Example: sanad keys counsellor --file counsellor.age")
@click.option(
    "--file",
    "path",
    type=_FILE,
    default=_HOME / "counsellor.age",
    show_default="~/.config/sanad/counsellor.age",
    help="Where the identity is to live. It must not exist yet.",
)
@_PASSPHRASE
def counsellor(path: Path, passphrase_file: Path | None) -> None:
    """Make a counsellor's identity, on their own computer, never on the server.

    Standard output is the recipient and nothing else: give that line to whoever runs the
    server. The identity stays here, wrapped by the passphrase.
    """
    recipient = _identity(path, passphrase_file)
    _say(
        f"The identity is in {path} (mode 0600), wrapped by the passphrase.",
        "ON PAPER: the passphrase, kept by the counsellor alone, away from this computer.",
        "If file or passphrase is lost, the recovery key still opens the cases.",
        "The recipient for the centre's profile, no secret:",
    )
    click.echo(recipient)


@keys.command(epilog="Example: sanad keys recovery --file /media/usb/recovery.age")
@click.option(
    "--file",
    "path",
    type=_FILE,
    default=_HOME / "recovery.age",
    show_default="~/.config/sanad/recovery.age",
    help="Where the identity is to be written. It must not exist yet.",
)
@_PASSPHRASE
def recovery(path: Path, passphrase_file: Path | None) -> None:
    """Make the centre's recovery identity, on a computer without network.

    It opens every case and every backup, so it is used only when all else is lost.
    Standard output is the recipient and nothing else.
    """
    recipient = _identity(path, passphrase_file)
    _say(
        f"The recovery identity is in {path} (mode 0600), wrapped by the passphrase.",
        "ON PAPER: print that file; put it in one sealed envelope, the passphrase in another.",
        "Two people keep one envelope each. Then remove the file from this computer.",
        "Rehearse: restore a backup with the printed copy before the first case comes in.",
        "The recipient for the centre's profile, no secret:",
    )
    click.echo(recipient)


def _identity(path: Path, passphrase_file: Path | None) -> str:
    _free(path)  # before anybody thinks of a passphrase
    recipient, wrapped = make_identity(_passphrase(passphrase_file))
    _write(path, wrapped)
    return recipient


def _passphrase(file: Path | None) -> str:
    if file is not None:
        text = file.read_text(encoding="utf-8")
        passphrase = text.splitlines()[0] if text else ""
    else:
        _say("A passphrase of six random words or more; it can be long.")
        passphrase = click.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=True, err=True
        )
    if len(passphrase) < SHORTEST:
        raise click.ClickException(f"The passphrase is shorter than {SHORTEST} characters.")
    return str(passphrase)


def _free(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise click.ClickException(f"{path} exists already. A key is never overwritten.")


def _replace(path: Path, content: bytes) -> None:
    """All of the new file or all of the old one, whatever happens meanwhile; its owner's still."""
    path = path.resolve()
    new, owner = path.with_name(f"{path.name}.new"), path.stat()
    _write(new, content)
    os.chown(new, owner.st_uid, owner.st_gid)
    new.replace(path)
    sync_folder(path.parent)


def _write(path: Path, content: bytes) -> None:
    _free(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.absolute().parent)


def _say(*lines: str) -> None:
    """Tell a person, beside standard output: that one is for the recipient."""
    for line in lines:
        click.echo(line, err=True)
