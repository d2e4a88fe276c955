# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages as they are drawn: shaped, from the right side, nothing cut, no name in the file."""

from __future__ import annotations

from contextlib import closing

import pytest

from bot.papers.pdf import Sheet

LANGS = ("ar", "fr")


@pytest.mark.parametrize("lang", LANGS)
def test_the_pages_hold_their_words(drawn, text_of, lang):
    document = drawn(lang)
    said = text_of(document)
    assert len(document) == 5
    assert {"fr": "Plainte", "ar": "شكاية"}[lang] in said
    assert "https://evigilance.ma/fr/signaler" in said
    assert "3a7bd3e2360a3d29" in said


@pytest.mark.parametrize(("lang", "heavy"), [("ar", "right"), ("fr", "left")])
def test_the_ink_stands_on_the_side_where_reading_begins(drawn, lang, heavy):
    title = drawn(lang)[1].render(scale=0.5).to_pil().convert("L")
    width, height = title.size
    top = title.crop((0, 0, width, height // 8))
    ink = [sum(255 - grey for grey in half.tobytes()) for half in (
        top.crop((0, 0, width // 2, height // 8)), top.crop((width // 2, 0, width, height // 8)),
    )]  # fmt: skip
    assert ("left" if ink[0] > ink[1] else "right") == heavy


def test_arabic_letters_are_joined():
    """Isolated letters would be wider: the shaped word is narrower than its letters apart."""
    with closing(Sheet(rtl=True)) as sheet:
        apart = sum(sheet.get_string_width(letter) for letter in "شكاية")
        assert sheet.get_string_width("شكاية") < apart * 0.9


@pytest.mark.parametrize("lang", LANGS)
def test_every_letter_has_a_glyph(drawn, caplog, lang):
    drawn(lang)
    assert "missing" not in caplog.text.lower()


def test_the_file_says_nothing_of_who_made_it(drawn):
    told = {key: value for key, value in drawn("fr").get_metadata_dict().items() if value}
    assert set(told) <= {"Producer", "CreationDate"}
    assert "sanad" not in str(told).lower()
