# SPDX-License-Identifier: AGPL-3.0-or-later
"""The inside of a backup: a tar of one database and the sealed files, with a count at its end."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from bot.vault.faults import VaultError

DATABASE, FILES, END = "database", "files", "end.json"
_BLOCK = 256 * 1024
_LARGEST_END = 4096  # bytes of `END`, far above what we write


class BrokenBackup(VaultError):
    """The file opens, but is no whole backup of ours; nothing of it was kept."""

    def __init__(self) -> None:
        super().__init__("broken backup")


@dataclass(frozen=True, slots=True)
class Content:
    """What a backup holds: the database's name, how many files, bytes of it all."""

    database: str = ""
    files: int = 0
    size: int = 0
    format: int = 1


def pack(sink: IO[bytes], name: str, database: IO[bytes], files_dir: Path) -> Content:
    """Write the archive; a file that is shredded meanwhile is left out. No times, no owners."""
    with tarfile.open(fileobj=sink, mode="w|", bufsize=_BLOCK) as tar:
        content = Content(name, 0, _add(tar, f"{DATABASE}/{name}", database))
        for path in _sealed(files_dir):
            try:
                with path.open("rb") as file:
                    size = _add(tar, f"{FILES}/{path.relative_to(files_dir).as_posix()}", file)
            except FileNotFoundError:
                continue
            content = replace(content, files=content.files + 1, size=content.size + size)
        end = json.dumps(asdict(content)).encode()
        info = tarfile.TarInfo(END)
        info.size = len(end)
        tar.addfile(info, io.BytesIO(end))
    return content


def unpack(source: IO[bytes], target_dir: Path) -> Content:
    """Write what the archive holds below a folder, each file new, synced and with mode 0600.

    The stream is read to its very end. Raises `BrokenBackup` for a name or a kind of member
    that we do not write, and when the count at the end is missing or differs.
    """
    try:
        with tarfile.open(fileobj=source, mode="r|", bufsize=_BLOCK) as tar:
            content = _extract(tar, target_dir)
    except (tarfile.TarError, FileExistsError):
        raise BrokenBackup from None
    while source.read(_BLOCK):
        pass
    return content


def _sealed(files_dir: Path) -> Iterator[Path]:
    return (
        path for path in sorted(files_dir.rglob("*")) if path.is_file() and not path.is_symlink()
    )


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> int:
    info = tarfile.TarInfo(name)
    info.size = os.fstat(file.fileno()).st_size
    info.mode = 0o600
    tar.addfile(info, file)
    return info.size


def _extract(tar: tarfile.TarFile, target_dir: Path) -> Content:
    found, end = Content(), None
    for member in tar:
        body = tar.extractfile(member) if member.isreg() and end is None else None
        if body is None:
            raise BrokenBackup
        if member.name == END:
            end = _content(body.read(_LARGEST_END))
            continue
        _write(body, target_dir, _place(member.name))
        found = _count(found, member)
    if end is None or end != found:
        raise BrokenBackup
    return found


def _count(found: Content, member: tarfile.TarInfo) -> Content:
    size = found.size + member.size
    kind, name = member.name.split("/", 1)
    if kind == FILES:
        return replace(found, files=found.files + 1, size=size)
    if found.database:  # two databases: not ours
        raise BrokenBackup
    return replace(found, database=name, size=size)


def _place(name: str) -> PurePosixPath:
    parts = name.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in parts):
        raise BrokenBackup
    match parts:
        case [kind, only] if kind == DATABASE and only != FILES:
            return PurePosixPath(only)
        case [kind, _, *_] if kind == FILES:
            return PurePosixPath(name)
        case _:
            raise BrokenBackup


def _content(end: bytes) -> Content:
    try:
        return Content(**json.loads(end))
    except (ValueError, TypeError):
        raise BrokenBackup from None


def _write(body: IO[bytes], target_dir: Path, place: PurePosixPath) -> None:
    for folder in reversed(place.parents):
        (target_dir / folder).mkdir(mode=0o700, exist_ok=True)
    handle = os.open(target_dir / place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        while block := body.read(_BLOCK):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
