# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case as a folder of plain age files: what leaves the server is what nobody here can read."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, BinaryIO

from bot.clock import hour
from bot.ledger import Case, Ledger
from bot.vault.padding import trim_file
from bot.vault.sealed_file import sync_folder

NAME, KIND = re.compile(r"\d{4,}-[a-z0-9-]+\.age"), re.compile(r"[a-z0-9_:-]+")
PLAIN = str.maketrans(":_", "--")
IDENTITY, ABOUT, GUIDE = "identity.age", "case.json", "README.txt"


class NotADossier(Exception):
    """The folder was not made by an export, or not whole."""


class Occupied(Exception):
    """The folder to write into already holds something; nothing was touched."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One sealed thing of a case: ``name`` in the dossier, ``stored`` on the server."""

    name: str
    kind: str
    at: str  # to the hour, UTC
    stored: str | None = None
    missing: bool = False  # the sealed file is not on the server's disk any more


@dataclass(frozen=True, slots=True)
class Dossier:
    """What ``case.json`` says: whom to seal to, when, how urgent. No words."""

    id: str
    recipient: str
    visitor: str | None
    delivery: str
    stage: str
    urgency: str
    times: Mapping[str, str | None] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    door: bool = False  # sealed in a browser: answers are sealed past the server


def export(ledger: Ledger, case: Case, files: Path, to: Path) -> Dossier:
    """Write a case to a new folder, whole or not at all; ciphertext only. Raises `Occupied`."""
    with new_folder(to) as folder:
        _write(folder / IDENTITY, ledger.unwrap_draft(case))
        entries = tuple(_entries(ledger, case, files, folder))
        dossier = Dossier(
            id=case.id,
            recipient=case.recipient,
            visitor=case.visitor,
            delivery=ledger.key.delivery,
            stage="alarmed" if case.stage == "draft" else case.stage,
            urgency=str(case.triage.get("urgency", "normal")),
            times={name: _when(getattr(case, name)) for name in ("opened", "filed", "taken")},
            entries=entries,
            door=case.door,
        )
        _write(folder / ABOUT, json.dumps(asdict(dossier), indent=1).encode())
        _write(folder / GUIDE, _guide(case.id))
    return dossier


def read(folder: Path) -> Dossier:
    """What an exported folder says of itself. Raises `NotADossier`."""
    try:
        raw: dict[str, Any] = json.loads((folder / ABOUT).read_bytes())
        raw["entries"] = tuple(_entry(**entry) for entry in raw["entries"])
        return Dossier(**raw)
    except (OSError, ValueError, TypeError, KeyError):
        raise NotADossier from None


def _entry(name: str, kind: str, **more: Any) -> Entry:
    """An entry whose names lead nowhere else and say nothing to a terminal."""
    if not NAME.fullmatch(name) or not KIND.fullmatch(kind):
        raise ValueError
    return Entry(name, kind, **more)


@contextmanager
def new_folder(to: Path) -> Iterator[Path]:
    """A folder (mode 0700) that appears under its name only when it is whole."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise Occupied
    above = to.absolute().parent
    above.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=above))
    try:
        yield folder
        sync_folder(folder)
        folder.replace(to)
        sync_folder(above)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _entries(ledger: Ledger, case: Case, files: Path, folder: Path) -> Iterator[Entry]:
    sql = "select id, kind, blob, file, length, at from entry where case_id = ? order by id"
    rows = ledger.store.read(sql, (case.id,))
    for place, (number, kind, blob, stored, sealed, at) in enumerate(rows, 1):
        name = f"{place:04d}-{kind.translate(PLAIN)}.age"
        length = ledger.open(sealed, "entry", "length", number)
        missing = not _trimmed(blob, files / stored if stored else None, length, folder / name)
        yield Entry(name, kind, _when(at) or "", stored, missing)


def _source(blob: bytes | None, stored: Path | None) -> BinaryIO:
    return stored.open("rb") if stored else io.BytesIO(blob or b"")


def _trimmed(blob: bytes | None, stored: Path | None, length: int, target: Path) -> bool:
    """Whether the sealed bytes were there, whole; the target is a plain age file then."""
    try:
        with _source(blob, stored) as padded, _new(target) as file:
            trim_file(padded, length, file)
    except (FileNotFoundError, EOFError):
        target.unlink(missing_ok=True)
        return False
    return True


def _write(path: Path, data: bytes) -> None:
    with _new(path) as file:
        file.write(data)


@contextmanager
def _new(path: Path) -> Iterator[io.BufferedWriter]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _guide(case: str) -> bytes:
    text = (resources("bot") / "dossier.txt").read_text(encoding="utf-8")
    return text.replace("CASE", case, 1).encode()


def _when(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(hour(seconds), UTC).strftime("%Y-%m-%dT%H:00Z")
