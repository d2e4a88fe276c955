# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every sentence Sanad says, in Arabic and French, loaded once and checked whole.

``load`` gives a `Catalog` or raises `ContentError` with every fault; ``faults`` only lists them;
``survey`` gives what could be read besides.
"""

from content.catalog import Catalog, ContentError, faults, load, survey
from content.facts import Fact
from content.languages import LANGUAGES, Language
from content.pages import PROMISE_STATES, Promise

__all__ = [
    "LANGUAGES",
    "PROMISE_STATES",
    "Catalog",
    "ContentError",
    "Fact",
    "Language",
    "Promise",
    "faults",
    "load",
    "survey",
]
