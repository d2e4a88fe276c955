# SPDX-License-Identifier: AGPL-3.0-or-later
"""Finds words where no word may be: files, deleted files still open, whatever was printed."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

SHORTEST = 5  # letters: shorter words stand in sealed bytes by chance
PIECE = 24  # bytes of a key file: enough to know it by
SAME = 40  # bytes with which every age file begins
_WORD = re.compile(rf"[^\W_]{{{SHORTEST},}}")


def distinctive(text: str) -> set[str]:
    """The words of a text that nothing else would write."""
    return set(_WORD.findall(text))


def spellings(word: str) -> Iterator[bytes]:
    """A word as it might lie on a disk: UTF-8, UTF-16, hex, base64 at three alignments."""
    for raw in (_utf8(word), word.encode("utf-16-le", "surrogatepass"),
                word.encode("utf-16-be", "surrogatepass")):  # fmt: skip
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        yield from _base64(raw)


def _utf8(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def _base64(raw: bytes) -> Iterator[bytes]:
    """What is the same in every base64 text that holds *raw*, wherever it begins."""
    for before in range(3):
        coded = b64encode(b"\0" * before + raw)
        first = -(-before * 4 // 3)  # letters that the bytes before it share
        yield coded[first : (before + len(raw)) * 8 // 6]


@dataclass(slots=True)
class Needles:
    """What is looked for, in every spelling; one pass over the bytes finds all."""

    words: dict[bytes, str] = field(default_factory=dict, repr=False)
    _heads: dict[bytes, set[bytes]] = field(default_factory=lambda: defaultdict(set))

    def add(self, words: Iterable[str]) -> None:
        """Look for these words too."""
        for word in words:
            for spelling in spellings(word):
                self.add_bytes(spelling, word)

    def add_bytes(self, raw: bytes, name: str) -> None:
        """Look for these very bytes."""
        self.words[raw] = name
        self._heads[raw[:2]].add(raw)

    def found(self, data: bytes) -> set[str]:
        """The words whose spelling stands in *data*."""
        if len(data) < 2:
            return set()
        wanted = np.zeros(1 << 16, dtype=bool)
        wanted[[int.from_bytes(head, "big") for head in self._heads]] = True
        octets = np.frombuffer(data, dtype=np.uint8)
        pairs = (octets[:-1].astype(np.uint16) << 8) | octets[1:]
        return {
            self.words[raw]
            for at in np.flatnonzero(wanted[pairs]).tolist()
            for raw in self._heads[data[at : at + 2]]
            if data.startswith(raw, at)
        }


def places(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under the folders, then every deleted file that this process keeps open."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield f"{folder.name}/{path.name}", path.name.encode() + b"\n" + path.read_bytes()
    yield from deleted_files()


def deleted_files() -> Iterator[tuple[str, bytes]]:
    """What no folder shows any more; what comes in by standard input is not ours."""
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
            ours = not target.startswith(("/dev/", "/memfd:")) and entry.name != "0"
            if ours and target.endswith("(deleted)"):
                yield "a deleted file", entry.read_bytes()
        except OSError:
            continue  # closed meanwhile, or not for reading


def pieces(blob: bytes) -> Iterator[bytes]:
    """Parts of a key file by which it is known, however a database may have cut it."""
    for at in range(SAME, len(blob) - PIECE, PIECE):
        yield blob[at : at + PIECE]
