# SPDX-License-Identifier: AGPL-3.0-or-later
"""A counsellor at work: the ``sanad cases`` commands, and plain ``age`` away from the server."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pyrage

from tests.journey.process import ask

AGE = shutil.which("age")  # not our own reading of the format: what any Debian opens it with


@dataclass(frozen=True, slots=True)
class Counsellor:
    """Somebody with an identity in a file, in a folder of their own."""

    folder: Path
    identity: str = field(repr=False)

    def takes(self, data: Path) -> str:
        """See the one case that waits, take it, and return its id."""
        [line] = ask(self.folder, "cases", "list", "--json", "--data", data).splitlines()
        case: str = json.loads(line)["id"]
        assert case in ask(self.folder, "cases", "take", case, "--by", "Nour", "--data", data)
        return case

    def exports(self, data: Path, case: str) -> Path:
        """Bring the case's sealed pieces home."""
        to = self.folder / "dossier"
        ask(self.folder, "cases", "export", case, "--to", to, "--data", data)
        return to

    def reads(self, dossier: Path) -> dict[str, bytes]:
        """Every piece, byte for byte, as plain ``age -d`` opens it; the server is not asked."""
        case = opened(self.key(), dossier / "identity.age")
        assert case is not None
        key = self.folder / "case.key"
        key.write_bytes(case)
        key.chmod(0o600)
        pieces = {path.name: opened(key, path) for path in _pieces(dossier)}
        assert None not in pieces.values()
        return {name: piece for name, piece in pieces.items() if piece is not None}

    def opens_nothing(self, dossier: Path) -> bool:
        """Whether this identity opens not one file of an export."""
        key = self.key()
        files = [dossier / "identity.age", *_pieces(dossier)]
        return all(opened(key, file) is None for file in files)

    def answers(self, dossier: Path, words: str) -> Path:
        """Seal an answer, away from the server."""
        reply = self.folder / "reply.age"
        ask(self.folder, "cases", "reply", dossier, "--text", "-", "--out", reply, said=words)
        return reply

    def key(self) -> Path:
        """The identity as a file that ``age -i`` reads."""
        self.folder.mkdir(exist_ok=True)
        key = self.folder / "identity.key"
        key.write_text(f"{self.identity}\n", "ascii")
        key.chmod(0o600)
        return key


def opened(key: Path, sealed: Path) -> bytes | None:
    """What ``age -d`` makes of a file, or None when the identity does not open it."""
    if AGE is None:
        return _opened_here(key, sealed)
    done = subprocess.run([AGE, "-d", "-i", key, sealed], capture_output=True, check=False)
    assert done.returncode == 0 or not done.stdout
    return done.stdout if done.returncode == 0 else None


def _opened_here(key: Path, sealed: Path) -> bytes | None:
    identity = pyrage.x25519.Identity.from_str(key.read_text("ascii").strip())
    try:
        return bytes(pyrage.decrypt(sealed.read_bytes(), [identity]))
    except pyrage.DecryptError:
        return None


def _pieces(dossier: Path) -> list[Path]:
    return sorted(dossier.glob("[0-9]*.age"))
