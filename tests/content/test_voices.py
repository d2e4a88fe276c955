# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recordings beside texts: of a text that exists, that they can say, in a format phones play."""

from __future__ import annotations

import content
from bot.render import Standing, render
from content.voices import LARGEST

OGG = b"OggS" + b"\0" * 40


def _record(shelf, name, data=OGG, lang="fr"):
    folder = shelf.root / lang / "audio"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)


def test_a_recorded_text_brings_its_voice_in_that_language_only(shelf):
    _record(shelf, "t.b.ogg")
    catalog = content.load(shelf.root)
    said = render(catalog, {"texts": ["t.b"], "lang": "fr"}, Standing())
    assert [(file.kind, file.name, file.data) for file in said.attachments] == [
        ("voice", "audio.ogg", OGG)
    ]
    assert render(catalog, {"texts": ["t.b"], "lang": "ar"}, Standing()).attachments == ()


def test_what_no_recording_can_say_is_named(shelf):
    _record(shelf, "t.a.ogg")
    assert content.faults(shelf.root) == [
        "fr/audio/t.a.ogg: its text has a placeholder, which no recording can say"
    ]


def test_strangers_are_named(shelf):
    _record(shelf, "t.gone.ogg", lang="ar")
    _record(shelf, "t.b.mp3", b"ID3")
    _record(shelf, "t.b.ogg", b"OggS" + b"\0" * LARGEST)
    assert content.faults(shelf.root) == [
        "ar/audio/t.gone.ogg: no such text",
        "fr/audio/t.b.mp3: no such text",
        "fr/audio/t.b.mp3: not an Ogg file",
        f"fr/audio/t.b.ogg: {LARGEST + 4} bytes, at most {LARGEST}",
    ]
