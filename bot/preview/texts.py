# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every text with what a reviewer wants to know of it: length, ease, facts, promise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from content import Catalog, Promise

LONG_WORD = 6  # letters: longer ones count as hard
EASY, HARD = (
    35,
    50,
)  # LIX, as it is read in French and Swedish papers; for Arabic only a comparison
_SENTENCE = re.compile(r"[.!?؟:;؛…]+(?=\s|$)|\n")


@dataclass(frozen=True, slots=True)
class Reading:
    """How long and how hard a text is."""

    words: int
    longest: int  # words of its longest sentence
    lix: int

    @property
    def ease(self) -> str:
        """The word for it, a key of ``words.yaml``."""
        return "easy" if self.lix < EASY else "medium" if self.lix < HARD else "hard"


@dataclass(frozen=True, slots=True)
class Text:
    """One content key in every language."""

    key: str
    said: Mapping[str, str]
    readings: Mapping[str, Reading]
    facts: tuple[str, ...]
    promise: Promise | None


def text(catalog: Catalog, key: str) -> Text:
    """One key, measured."""
    said = {lang: catalog.joined(lang, key) for lang in catalog.languages}
    readings = {lang: reading(words) for lang, words in said.items()}
    return Text(key, said, readings, tuple(sorted(catalog.facts_of(key))), catalog.promise(key))


def groups(catalog: Catalog) -> dict[str, list[Text]]:
    """All texts by their file."""
    found: dict[str, list[Text]] = {}
    for key in catalog.texts[catalog.languages[0]]:
        found.setdefault(key.partition(".")[0], []).append(text(catalog, key))
    return dict(sorted(found.items()))


def reading(said: str) -> Reading:
    """Measure: LIX is words a sentence plus the share of words longer than six letters."""
    sentences = [w for s in _SENTENCE.split(said) if (w := _words(s))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return Reading(0, 0, 0)
    hard = sum(len(word) > LONG_WORD for word in words)
    lix = len(words) / len(sentences) + 100 * hard / len(words)
    return Reading(len(words), max(map(len, sentences)), round(lix))


def _words(sentence: str) -> list[str]:
    return re.findall(
        r"\w+(?:['’]\w+)?", re.sub(r"\{\w+\}|https?:\S+|\S+\.\w{2,}\b", "x", sentence)
    )
