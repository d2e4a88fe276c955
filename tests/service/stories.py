# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people go through before a test begins: a threat told, a complaint lodged."""

from __future__ import annotations

import re

from bot.vault import receipt
from tests.service.house import Visitor

THREAT = "il menace de publier mes photos si je ne paie pas"
MORE = "il a écrit aussi à mon travail depuis ce compte inconnu"
DANGER = "je veux mourir"
HUMAN = "je veux parler à une personne"

# What a bubble may say only when it is so, in either language.
DELIVERED = re.compile(r"alerte est arrivée|reçu l'alerte|\bوصل (?:ال)?تنبيه")
TAKEN = re.compile(r"\ba pris votre dossier|centre l'a pris|(?<!\w)أخذه? أحد المستشارين")


async def guided(visitor: Visitor) -> None:
    """A threat told, by an adult who is safe: the guide's menu is open."""
    await visitor.says(THREAT)
    await visitor.presses("safe_yes", "adult")


async def lodged(visitor: Visitor) -> str:
    """A complaint lodged; gives the receipt's digits."""
    await guided(visitor)
    bubbles = await visitor.presses("complaint", "send")
    return next(digits for bubble in bubbles if (digits := receipt.find(bubble)))


def claims(bubbles: list[str]) -> list[str]:
    """The bubbles that say somebody was reached."""
    return [text for text in bubbles if DELIVERED.search(text) or TAKEN.search(text)]
