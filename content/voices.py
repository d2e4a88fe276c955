# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recorded voices beside texts, ``<language>/audio/<key>.ogg``: not everybody reads easily."""

from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable

from content.pages import Entry
from content.wording import slots

FOLDER, END = "audio", ".ogg"
OGG = b"OggS"
LARGEST = 1_000_000
"""Bytes: about a minute of Opus; Telegram shows larger ones as plain files."""

Voices = Mapping[tuple[str, str], Traversable]


def read_voices(
    root: Traversable, languages: tuple[str, ...]
) -> dict[tuple[str, str], Traversable]:
    """Give (language, key) → the file; a language without recordings has none."""
    return {
        (lang, file.name.removesuffix(END)): file
        for lang in languages
        if (folder := root / lang / FOLDER).is_dir()
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if not file.name.startswith((".", "_"))
    }


def voice_faults(voices: Voices, entries: Mapping[str, Mapping[str, Entry]]) -> Iterator[str]:
    """Name recordings that no text needs, or that cannot say what their text says."""
    for (lang, key), file in voices.items():
        where, entry = f"{lang}/{FOLDER}/{file.name}", entries[lang].get(key)
        if entry is None:
            yield f"{where}: no such text"
        elif _filled(entry):
            yield f"{where}: its text has a placeholder, which no recording can say"
        data = file.read_bytes()
        if not (file.name.endswith(END) and data.startswith(OGG)):
            yield f"{where}: not an Ogg file"
        if len(data) > LARGEST:
            yield f"{where}: {len(data)} bytes, at most {LARGEST}"


def _filled(entry: Entry) -> bool:
    try:
        return bool(slots(entry.written))
    except ValueError:  # named where the text itself is judged
        return False
