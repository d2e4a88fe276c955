# SPDX-License-Identifier: AGPL-3.0-or-later
"""The consonants of a word: one spelling for Arabic script and for Arabic in Latin letters."""

import re
from collections.abc import Sequence
from typing import Final

_CH: Final = "%"  # in no word, and plain: a text of plain letters stays one, which is quick
_PAIRS: Final = {
    "kh": "x", "gh": "g", "ch": _CH, "sh": _CH, "ou": "w", "oo": "w", "ph": "f", "th": "t",
    "dh": "d", "ce": "s", "ci": "s", "tch": _CH, "au": "w", "qu": "q", "ge": "j", "gi": "j",
}  # fmt: skip
_SINGLES: Final = str.maketrans(
    {
        "ا": "", "آ": "", "ي": "", "ئ": "", "ؤ": "w", "و": "w", "ب": "b", "ت": "t", "ث": "t",
        "ج": "j", "ح": "7", "خ": "x", "د": "d", "ذ": "d", "ر": "r", "ز": "z", "س": "s",
        "ش": "c", "ص": "s", "ض": "d", "ط": "t", "ظ": "d", "ع": "3", "غ": "g", "ف": "f",
        "ق": "q", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h",
        "a": "", "e": "", "i": "", "y": "", "o": "w", "u": "w", "w": "w", "p": "b", "v": "f",
        _CH: "c", "9": "q", "5": "x", "2": "", "6": "t", "8": "h", "c": "k",
    }
)  # fmt: skip
_PAIR: Final = re.compile("|".join(sorted(_PAIRS, key=len, reverse=True)))
_RUNS: Final = re.compile(r"([^ ])\1+")
_FINAL: Final = re.compile(r"(?<=[^ ]{2})h(?= |$)")
_WORD: Final = re.compile(r"[^\W_]+")


def skeleton(text: str) -> str:
    """Return the consonant skeletons of the words of *text* (already in normal form).

    Words written with digits alone are kept as they are; words of vowels alone vanish.
    """
    return " ".join(bones for bones in skeletons(_WORD.findall(text)) if bones)


def skeletons(words: Sequence[str]) -> list[str]:
    """Return the skeleton of each of *words*; of a word of vowels alone it is empty."""
    if not words:
        return []
    text = _PAIR.sub(_paired, " ".join(words)).translate(_SINGLES)
    # A final h is ta marbuta, a pronoun or nothing at all, depending on who types.
    bones = _FINAL.sub("", _RUNS.sub(r"\1", text)).split(" ")
    return [word if word.isdigit() else found for word, found in zip(words, bones, strict=True)]


def _paired(match: re.Match[str]) -> str:
    return _PAIRS[match[0]]
