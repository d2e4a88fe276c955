# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a sentence of ours must be to be read by a frightened person on a phone."""

import re
from collections.abc import Collection, Iterator
from string import Formatter

from content.facts import MARK

LONGEST_TEXT = 1024
"""Characters: the body of a WhatsApp message with buttons."""
LONGEST_LABEL = 20
"""Characters: a WhatsApp reply button."""
LONGEST_SENTENCE = 20
"""Words."""
MOST_STEPS = 5
"""Steps or items of one list."""
LABELS = "label"
"""The file whose every key is a button."""

_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_HARAKAT = re.compile("[\u064b-\u0652\u0670]")
_SENTENCE_END = re.compile(r"[.!?؟:;؛…]+(?=\s|$)|\n")
_ITEM = re.compile(r"(?:^[•–✓○].*(?:\n|$))+", re.MULTILINE)
_STEP = re.compile(r"^\d{1,2}[.)](?=\s)", re.MULTILINE)
_GENDER = re.compile(r"[·•]e|\((?:e|ne|le|se|te|ée)s?\)|\w\.e\.s?\b|\(ة\)|\(ي\)|/ة", re.IGNORECASE)
_ADDRESS = re.compile(
    r"https?:|www\.|\w\.(?:ma|com|org|net|fr|gov|info|uk|me|io)\b", re.IGNORECASE
)
_MAIL = re.compile(r"\w@\w|@\w{3,}")
_NUMBER = re.compile(r"\+?\d+(?:[ .\-\u00a0\u202f]\d+)*")
_TIME_UNIT = re.compile(
    r"[ \u00a0]?(?:h\b|min|heure|jour|mois|ans\b|%|/|:"
    r"|ساعة|ساعات|دقيقة|دقائق|يوم|أيام|شهر|سنة|سنوات)"
)
_ALWAYS_FINE = frozenset({"18", "24", "48", "72"})


def slots(written: str) -> frozenset[str]:
    """Give the names of the ``{placeholders}``; raises ValueError on anything but plain names."""
    names = set()
    for _, name, spec, conversion in Formatter().parse(written):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(name)
        names.add(name)
    return frozenset(names)


def is_label(key: str) -> bool:
    """Tell whether a key names a button."""
    return key.startswith(f"{LABELS}.") or key.endswith(".label")


def text_faults(key: str, shown: str) -> Iterator[str]:
    """Name what is wrong with a text as the person sees it."""
    if not shown:
        yield "empty"
    if len(shown) > LONGEST_TEXT:
        yield f"text of {len(shown)} characters, at most {LONGEST_TEXT}"
    if is_label(key) and len(shown) > LONGEST_LABEL:
        yield f"label of {len(shown)} characters, at most {LONGEST_LABEL}"
    yield from _length_faults(shown)
    if _INVISIBLE.search(shown):
        yield "bidi control or invisible character; the renderer adds its own"
    if _HARAKAT.search(shown):
        yield "Arabic vowel signs; plain letters read the same for everyone"
    if mark := _GENDER.search(shown):
        yield f"gender mark {mark[0]!r}"


def _length_faults(shown: str) -> Iterator[str]:
    """Name lists and sentences too long for somebody who is afraid."""
    if (steps := len(_STEP.findall(shown))) > MOST_STEPS:
        yield f"{steps} numbered steps, at most {MOST_STEPS}"
    for items in _ITEM.findall(shown):
        if (found := items.rstrip("\n").count("\n") + 1) > MOST_STEPS:
            yield f"list of {found} items, at most {MOST_STEPS}"
    for sentence in _SENTENCE_END.split(shown):
        words = sum(any(c.isalnum() for c in word) for word in sentence.split())
        if words > LONGEST_SENTENCE:
            start = " ".join(sentence.split()[:4])
            yield f"sentence of {words} words, at most {LONGEST_SENTENCE}: “{start} …”"


def literal_faults(written: str, hotlines: Collection[str]) -> Iterator[str]:
    """Name addresses and numbers typed by hand that belong in facts.yaml.

    Fine by hand: step numbers, clock times, counts of one or two digits — unless the count is a
    short phone number (``hotlines``) and no unit of time follows it.
    """
    bare = _STEP.sub("", re.sub(r"\{[^{}]*\}", "·", MARK.sub("·", written)))
    if found := _ADDRESS.search(bare):
        yield f"address typed by hand near {found[0]!r}; show it by its fact"
    if found := _MAIL.search(bare):
        yield f"e-mail or account typed by hand near {found[0]!r}; show it by its fact"
    for number in _NUMBER.finditer(bare):
        if not _is_count(number[0], bare[number.end() :], hotlines):
            yield f"number {number[0]!r} typed by hand; show it by its fact"


def claim_faults(done: re.Pattern[str], shown: str) -> Iterator[str]:
    """Name a text that says "sent", "received" or "alerted" without a row that proves it."""
    if found := done.search(shown):
        yield f"says {found[0]!r} but is no promise"


def _is_count(number: str, rest: str, hotlines: Collection[str]) -> bool:
    if not number.isdecimal() or len(number) > 2:  # noqa: PLR2004 — every emergency line we know but two has three digits or more
        return False
    west = str(int(number))  # Arabic-Indic digits count the same
    return west in _ALWAYS_FINE or west not in hotlines or bool(_TIME_UNIT.match(rest))
