# SPDX-License-Identifier: AGPL-3.0-or-later
"""One spelling for what people type: the same words, whatever the keyboard."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, cast

import yaml

# A message is read by its two ends beyond this length: work stays bounded, and a danger said
# last is still heard.
LONGEST: Final = 120_000

_LETTERS: Final = {
    "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ھ": "ه",
    "ٱ": "ا", "ک": "ك", "گ": "ك", "ڭ": "ك", "ݣ": "ك", "پ": "ب", "چ": "ش", "ژ": "ج",
    "ڤ": "ف", "ڥ": "ف", "ء": "", "ـ": "", "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l",
    "ı": "i",
    "؟": "?", "،": ",", "؛": ";", "…": ".", "۔": ".", "٫": ".", "٬": ",",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "′": "'",
    "\n": "\n", "\r": "\n", "\v": "\n", "\f": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n",
    "«": " ", "»": " ", "–": "-", "—": "-", "€": " euro ", "$": " dollar ", "£": " pound ",
}  # fmt: skip


class _Table(dict[int, str]):
    """Decides a code point once: kept, spelled another way, spaced out, or dropped."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        category = unicodedata.category(letter)
        digit = unicodedata.digit(letter, None)
        if letter in _LETTERS:
            kept = _LETTERS[letter]
        elif digit is not None and category == "Nd":
            kept = str(digit)
        elif category in {"Mn", "Me", "Cf", "Cs", "Sk"}:  # marks, invisible, lone surrogates
            kept = ""
        elif category == "So" or code in _PICTURES:
            kept = f" {letter} "  # an emoji is a word
        elif category[0] in "CZ":
            kept = " "
        else:
            kept = letter
        self[code] = kept
        return kept


_TABLE: Final = _Table()
_PICTURES: Final = range(0x1F000, 0x1FB00)
_RUNS: Final = re.compile(r"(.)\1+")
_GHAYN: Final = re.compile(r"(?<![0-9])([37])'(?=[a-z0-9])")
_SPACES: Final = re.compile(" {2,}")
_LINES: Final = re.compile(r" ?\n[ \n]*")
_WORDS: Final = re.compile(r"([^\W_]+)")
_STOPS: Final = re.compile(r"([.!?])[.!?]+")


def normalize(text: str) -> str:
    """Return the normal form of *text*.

    Idempotent and total: any string is accepted, lone surrogates and NULs included. Case,
    accents, diacritics, letter variants, digit scripts, invisible characters, repeated
    letters and the usual short-message spellings are folded; line and sentence ends stay.
    """
    text = _spelled(_RUNS.sub(_once, _letters(_ends(text))))
    text = _SPACES.sub(" ", _STOPS.sub(r"\1", text))
    return (_LINES.sub("\n", text) if "\n" in text else text).strip()


def _ends(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return f"{text[:half]}\n{text[-half:]}"


def _letters(text: str) -> str:
    text = text.lower()
    if not text.isascii():
        # Compatibility forms first (presentation forms, full width, mathematical letters);
        # one of them can be eighteen letters, hence the second cut.
        text = _ends(unicodedata.normalize("NFKD", text)).lower()
    text = text.translate(_TABLE)
    if "3'" in text or "7'" in text:
        text = _GHAYN.sub(_heavy, text)
    return text.replace("'", " ")


def _heavy(match: re.Match[str]) -> str:
    return "gh" if match[1] == "3" else "kh"


def _once(match: re.Match[str]) -> str:
    return match[1] if match[1].isalpha() else match[0]


def _spelled(text: str) -> str:
    """Return *text* with each short spelling in full."""
    known = spellings()
    parts = _WORDS.split(text)  # every second one is a word
    if not known.keys().isdisjoint(parts):
        parts[1::2] = [known.get(word, word) for word in parts[1::2]]
        return "".join(parts)
    return text


@cache
def spellings() -> Mapping[str, str]:
    """Return the short-message spellings, from folded short form to folded long form."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    source = files("nlu").joinpath("data", "spellings.yml").read_text("utf-8")
    table = cast("dict[str, str]", yaml.load(source, Loader=loader))  # noqa: S506 - a safe loader, the C one where there is one
    fold = {_fold(short): _fold(long) for short, long in table.items()}
    if wrong := sorted(word for long in fold.values() for word in long.split() if word in fold):
        raise ValueError(f"spellings.yml: a long form is itself a short form: {wrong}")
    return fold


def _fold(text: str) -> str:
    return " ".join(_RUNS.sub(_once, _letters(text)).split())
