# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our approved messages beside what WhatsApp holds of them: missing, waiting, refused, changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.channels.whatsapp_account import Approved
from content import Catalog

State = Literal["missing", "differs", "there"]
USABLE = "APPROVED"


@dataclass(frozen=True, slots=True)
class Standing:
    """One template in one language."""

    name: str
    lang: str
    state: State
    held: Approved | None = None

    @property
    def usable(self) -> bool:
        """Whether it can be sent, in our own words."""
        return self.state == "there" and self.held is not None and self.held.status == USABLE

    @property
    def said(self) -> str:
        """One line for an operator."""
        if self.held is None:
            return "missing: sanad templates push"
        status = self.held.status
        if self.held.reason != "NONE":
            status += f" ({self.held.reason})"
        if self.state == "differs":
            return f"{status}, in other words than ours: edit it in WhatsApp Manager"
        return f"{status}, quality {self.held.quality}"


def standings(catalog: Catalog, held: Iterable[Approved]) -> Iterator[Standing]:
    """How each of our templates stands in each language; those of others are not looked at."""
    known = {(one.name, one.language): one for one in held}
    for name in catalog.templates:
        for lang in catalog.languages:
            there = known.get((name, lang))
            if there is None:
                yield Standing(name, lang, "missing")
            else:
                same = _same(catalog, name, lang, there)
                yield Standing(name, lang, "there" if same else "differs", there)


def _same(catalog: Catalog, name: str, lang: str, there: Approved) -> bool:
    ours = Approved(name, lang, "", "", "", tuple(catalog.approved(lang, name)["components"]))
    return (ours.words, ours.buttons) == (there.words.strip(), there.buttons)
