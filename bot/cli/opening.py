# SPDX-License-Identifier: AGPL-3.0-or-later
"""A dossier read where the counsellor works: offline, with an identity and nothing else."""

from __future__ import annotations

import json
import mimetypes
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import dossier
from bot.dossier import Dossier, Entry
from bot.vault import unseal
from bot.vault.faults import Unopenable

BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Reader:
    """Opens what an export holds. Raises `Unopenable` at once for a foreign identity."""

    folder: Path
    dossier: Dossier
    identity: str = field(repr=False)  # the case's own

    @classmethod
    def of(cls, folder: Path, identity: str) -> Reader:
        """Read a folder with a counsellor's or the recovery identity. Raises `NotADossier`."""
        content = dossier.read(folder)
        try:
            wrapped = (folder / dossier.IDENTITY).read_bytes()
        except OSError:
            raise dossier.NotADossier from None
        return cls(folder, content, unseal.open_case(wrapped, identity))

    def words(self) -> Iterator[tuple[Entry, str | None]]:
        """Every piece in order, as text fit for a terminal; None for one that does not open."""
        abouts = self._abouts()
        for entry in self.dossier.entries:
            if entry.kind == "file":
                yield entry, _described(entry, abouts)
            else:
                data = self._open(entry)
                yield entry, None if data is None else fit(data)

    def write(self, folder: Path) -> list[Entry]:
        """Open every piece into a folder, byte for byte; return those that do not open."""
        abouts, broken = self._abouts(), []
        for entry in self.dossier.entries:
            target = folder / f"{Path(entry.name).stem}{_suffix(entry, abouts)}"
            try:
                unseal.unseal_file(self.folder / entry.name, target, self.identity)
            except (Unopenable, FileNotFoundError):
                broken.append(entry)
        return broken

    def _open(self, entry: Entry) -> bytes | None:
        try:
            return unseal.unseal((self.folder / entry.name).read_bytes(), self.identity)
        except (Unopenable, FileNotFoundError):
            return None

    def _abouts(self) -> Mapping[str, Mapping[str, Any]]:
        """What was noted beside each file, by the name it had on the server."""
        notes = {}
        for entry in self.dossier.entries:
            if entry.kind == "about" and (data := self._open(entry)):
                with suppress(ValueError, TypeError, KeyError):
                    note = json.loads(data)
                    notes[str(note["file"])] = note
        return notes


def fit(data: bytes) -> str:
    """Words for a terminal: nothing in them can move its cursor or turn its lines around."""
    return "".join(_sign(sign) for sign in data.decode("utf-8", "replace"))


def _sign(sign: str) -> str:
    hidden = sign in BIDI or (unicodedata.category(sign) == "Cc" and sign not in "\n\t")
    return "\N{REPLACEMENT CHARACTER}" if hidden else sign


def _described(entry: Entry, abouts: Mapping[str, Mapping[str, Any]]) -> str | None:
    if entry.missing:
        return None
    note = abouts.get(entry.stored or "", {})
    said = f"{note.get('reference', 'a file')}: {note.get('type', 'unknown type')}"
    return fit(f"[{said}, {note.get('bytes', '?')} bytes; --to writes it out]".encode())


def _suffix(entry: Entry, abouts: Mapping[str, Mapping[str, Any]]) -> str:
    if entry.kind == "about":
        return ".json"
    if entry.kind != "file":
        return ".txt"
    mime = str(abouts.get(entry.stored or "", {}).get("type", ""))
    return mimetypes.guess_extension(mime) or ".bin"
