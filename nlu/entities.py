# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a message names: platform, sum, ultimatum, age; found by words, the same way every time."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from nlu.ages import find_age, find_number
from nlu.deadlines import find_deadline
from nlu.money import find_amount
from nlu.reading import Entities

PLATFORMS: Final = (
    "facebook",
    "messenger",
    "instagram",
    "whatsapp",
    "telegram",
    "tiktok",
    "snapchat",
    "x",
    "youtube",
    "imo",
    "tinder",
    "linkedin",
    "google",
    "email",
    "sms",
    "site",
)

# Long stories name the same things again; their first part is enough, danger is looked for
# elsewhere and everywhere.
LONGEST: Final = 600  # words

_THOUSANDS: Final = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_CLOCK: Final = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?!\d)")
# Latin and Arabic units written against their number: 3000dh, 16ans, ٢٠٠درهم. A digit that
# stands for a letter (3andi, 7ta) is no number, hence the closed list.
_UNIT: Final = re.compile(
    r"(?<![^\W_])(\d+)(dhs?|dirhams?|drahm|drhm|dh|mad|euros?|eur|usd|k|ans|an|3am|sna|"
    r"min|mn|j|jours|درهم|دراهم|اورو|عام|سنه|ريال)(?![^\W_])"
)
_WORD: Final = re.compile(r"[^\W_]+|[.!?;\n]")


def entity_words(text: str) -> list[str]:
    """Return the words of *text* (normal form), units apart from their numbers."""
    text = _CLOCK.sub(r"\1h\2", _THOUSANDS.sub("", text[: LONGEST * 20]))
    found = _WORD.findall(_UNIT.sub(r"\1 \2", text))
    return ["." if word in "!?;\n" else word for word in found[:LONGEST]]


def find_entities(
    row: Sequence[str], now: datetime, platforms: frozenset[str], *, pressed: bool
) -> Entities:
    """Return the entities of *row*, as :func:`entity_words` makes it.

    *platforms* are the names that the net found; *pressed* says that the message shows a
    demand or an ultimatum, so that a bare "tomorrow" counts as one.
    """
    amount = find_amount(row)
    age = find_age(row)
    deadline = find_deadline(row, now, pressed=pressed)
    taken = amount is not None or age is not None or deadline is not None
    return Entities(
        platform=_platform(platforms),
        amount=amount,
        deadline=deadline,
        age=age,
        number=None if taken else find_number(row),
    )


def _platform(found: frozenset[str]) -> str | None:
    # A named platform says more than "a site", "an e-mail" or "a text message".
    return next((name for name in PLATFORMS if name in found), None)
