# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backups that only the offline recovery key opens, and the way back from one."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyrage

from bot.vault import x25519
from bot.vault.archive import FILES, BrokenBackup, Content, pack, unpack
from bot.vault.faults import VaultError
from bot.vault.pipe import through
from bot.vault.sealed_file import sync_folder

__all__ = ["BrokenBackup", "Content", "NotEmpty", "Restored", "restore_backup", "write_backup"]

_COPY = ".backup-"  # begins the name of the passing database copy


class NotEmpty(VaultError):
    """The folder to restore into already holds something; nothing was touched."""

    def __init__(self) -> None:
        super().__init__("target not empty")


@dataclass(frozen=True, slots=True)
class Restored:
    """Where a backup was restored to, and how much it was."""

    database: Path
    files: Path
    content: Content


def write_backup(db_path: Path, files_dir: Path, recovery: str, out: Path) -> Content:
    """Write database and sealed files as one age file to the recovery recipient.

    The service may go on writing. The database is copied first, at one moment; every file
    that it names and that is still on the disk afterwards is in the backup. The copy lies
    beside the database (mode 0600, its cells encrypted as ever) and is gone before this
    returns. ``out`` is new, whole and synced, or absent. Raises `BadKey`, `VaultError`,
    `OSError`, `sqlite3.Error`.
    """
    reader = x25519.recipient(recovery)
    with _copied(db_path) as copy:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as target:
                content, _ = through(
                    lambda sink: pack(sink, db_path.name, copy, files_dir),
                    lambda plain: _encrypt(plain, target, reader),
                )
            sync_folder(out.absolute().parent)
        except BaseException:
            out.unlink(missing_ok=True)
            raise
    return content


def restore_backup(file: Path, identity: str, target_dir: Path) -> Restored:
    """Restore a backup into an empty or new folder, check it, and sync it.

    The database keeps its name; the sealed files go into ``files`` beside it. Raises `NotEmpty`,
    `BadKey`, `Unopenable` (another identity, or damaged) or `BrokenBackup` (incomplete, or the
    database fails SQLite's own check); then the folder is empty again.
    """
    reader = x25519.identity(identity)
    target_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(target_dir.iterdir()):
        raise NotEmpty
    try:
        with file.open("rb") as sealed:
            _, content = through(
                lambda sink: x25519.decrypt_stream(sealed, sink, reader),
                lambda plain: unpack(plain, target_dir),
            )
        _check(target_dir / content.database)
        (target_dir / FILES).mkdir(mode=0o700, exist_ok=True)
        _sync_folders(target_dir)
    except BaseException:
        _clear(target_dir)
        raise
    return Restored(target_dir / content.database, target_dir / FILES, content)


@contextmanager
def _copied(db_path: Path) -> Iterator[IO[bytes]]:
    for left in db_path.parent.glob(f"{_COPY}*"):  # by a backup that was killed
        left.unlink(missing_ok=True)
    path = db_path.parent / f"{_COPY}{secrets.token_hex(8)}"
    try:
        path.touch(mode=0o600, exist_ok=False)
        _copy(db_path, path)
        copy = path.open("rb")
    finally:
        path.unlink(missing_ok=True)  # from here on it has no name
    with copy:
        yield copy


def _copy(db_path: Path, path: Path) -> None:
    uri = f"{db_path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(path)) as copy:
        copy.execute("pragma journal_mode = off")  # it is thrown away: no second file beside it
        copy.execute("pragma synchronous = off")
        source.backup(copy)


def _encrypt(plain: IO[bytes], target: IO[bytes], reader: pyrage.x25519.Recipient) -> None:
    try:
        pyrage.encrypt_io(plain, target, [reader])
        target.flush()
        os.fsync(target.fileno())
    except pyrage.EncryptError:
        raise VaultError("backup not written") from None


def _check(database: Path) -> None:
    try:
        with closing(sqlite3.connect(database)) as db:
            sound = db.execute("pragma integrity_check").fetchall() == [("ok",)]
    except sqlite3.DatabaseError:
        raise BrokenBackup from None
    if not sound:
        raise BrokenBackup


def _sync_folders(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder, folder.absolute().parent):
        if path.is_dir():
            sync_folder(path)


def _clear(folder: Path) -> None:
    """Empty a folder that held nothing when we began."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
