# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text in, reading out: what a message says, in which language, and how urgent it is."""

from nlu.labels import INTENTS, RISKS, SIGNS, SITUATIONS
from nlu.model import Untrained
from nlu.reader import Reader, load
from nlu.reading import Amount, Deadline, Entities, Reading

__all__ = [
    "INTENTS",
    "RISKS",
    "SIGNS",
    "SITUATIONS",
    "Amount",
    "Deadline",
    "Entities",
    "Reader",
    "Reading",
    "Untrained",
    "load",
]
