# SPDX-License-Identifier: AGPL-3.0-or-later
"""The person's own dossier as a PDF: made in memory from what was understood, kept nowhere.

Not to be taken for `bot.dossier`, the sealed export that counsellors work with: here are no
words anybody wrote, for the server cannot open them; blanks stand in their place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.ledger import Contact, Ledger
from bot.message import Attachment
from bot.papers.pages import Pages, Part, Table
from bot.papers.told import told
from content import Catalog
from flows.script import Script

NAME = "document.pdf"  # on a phone's list of files it says nothing


@dataclass(frozen=True, slots=True)
class Papers:
    """Reads the sealed state of one contact and draws its pages."""

    script: Script
    catalog: Catalog
    ledger: Ledger
    clock: Clock
    centre: Mapping[str, str] = field(default_factory=dict)  # the centre's name, by language

    async def paper(self, contact: Contact, lang: str) -> Attachment | None:
        """The dossier of *contact*; None when there is nothing to tell, or no longer."""
        told_ = told(self.script, self.ledger, contact, self.clock())
        if told_ is None:
            return None
        pages = Pages(self.script, self.catalog, lang, told_, self.centre.get(lang, ""))
        data = await asyncio.to_thread(_drawn, pages.parts(), rtl=pages.rtl)
        return Attachment("document", NAME, "application/pdf", data)


def _drawn(parts: Sequence[Part | Table], *, rtl: bool) -> bytes:
    """The pages; the library (half a second, 45 MB) is loaded by the first who asks for them."""
    from bot.papers.pdf import draw  # noqa: PLC0415

    return draw(parts, rtl=rtl)
