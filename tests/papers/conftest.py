# SPDX-License-Identifier: AGPL-3.0-or-later
"""A dossier drawn from what was told, and a reader for its pages."""

from __future__ import annotations

import unicodedata

import pypdfium2
import pytest

import content
from bot.app import script_of
from bot.papers.pages import Pages
from bot.papers.pdf import draw
from bot.papers.told import Proof, Told

NOW = 1_795_650_000.0
DIGEST = "3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b"
PROOFS = (Proof("F1", "photo", int(NOW), DIGEST),)
TOLD = {
    "situation": "ex_partner_threat", "threat": "yes", "demand": "both", "amount": "2000 MAD",
    "platform": "instagram", "deadline_at": str(int(NOW + 40_000)), "deadline_sure": "no",
    "paid": "yes", "published": "yes", "minor": "no", "since": "week",
}  # fmt: skip


@pytest.fixture(scope="session")
def catalog():
    return content.load()


@pytest.fixture(scope="session")
def script(catalog):
    return script_of(catalog)


@pytest.fixture
def pages(catalog, script):
    def make(lang, centre="", proofs=PROOFS, **notes):
        seen = {name: value for name, value in (TOLD | notes).items() if value}
        told = Told(NOW, seen, int(NOW) - 7200, int(NOW) - 3600, proofs)
        return Pages(script, catalog, lang, told, centre)

    return make


@pytest.fixture
def written(pages):
    """Everything the parts of a dossier say, one line a part or a row."""

    def read(lang, **how):
        lines = []
        for part in pages(lang, **how).parts():
            lines += [part.text] if hasattr(part, "text") else [" | ".join(r) for r in part.rows]
        return "\n".join(lines)

    return read


@pytest.fixture
def drawn(pages):
    def make(lang, **how):
        made = pages(lang, **how)
        return pypdfium2.PdfDocument(draw(made.parts(), rtl=made.rtl))

    return make


@pytest.fixture
def text_of():
    def read(document):
        said = "".join(page.get_textpage().get_text_range() for page in document)
        return unicodedata.normalize("NFKC", said)

    return read
