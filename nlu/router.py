# SPDX-License-Identifier: AGPL-3.0-or-later
"""In which language to answer: the one written, judged by its grammar, not by its letters."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice, pairwise
from typing import Any, Final, cast

import yaml

from nlu.labels import Language, Variety
from nlu.normalize import normalize

# Languages the general detector may name; of anything else on Latin text it is too often wrong.
ELSEWHERE: Final = frozenset({"en", "es", "de", "it", "nl", "pt", "tr"})
SURE: Final = 0.9  # all of them together
MOSTLY: Final = 0.8  # the likeliest alone
SEED: Final = 0

_WORD: Final = re.compile(r"[^\W_]+")
_ARABIC: Final = re.compile(r"[\u0621-\u064a]")
_LATIN: Final = re.compile(r"[a-z]")
_ACCENT: Final = re.compile(r"[àâçéèêëîïôûùœ\u0300-\u0302\u0308\u0327]", re.IGNORECASE)
_ADDRESS: Final = re.compile(
    r"@[\w.]+|https?://\S+|[\w.+-]+@[\w.-]+|(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE
)
_DIGIT_LETTER: Final = re.compile(r"^(?=.*[a-z])[a-z]*[379][a-z379]*$|^[a-z]+[25][a-z]+$")
_LONGEST: Final = 400  # words; the language of a story shows early
_FOREIGN_WORDS: Final = 3
_FOREIGN_SHARE: Final = 0.3
_CLAUSE: Final = 2  # French function words that make a clause
_LEAD: Final = 1.5  # Darija words for one French word, past which a French clause is a quotation
_VERBAL: Final = ("كي", "كن", "كت", "غا", "غي")  # how a Darija verb begins,
_OBJECTS: Final = ("ها", "هم", "ني", "و", "ك", "نا", "ليا", "لي")  # and ends
_STEM: Final = 3
_ELIDED: Final = frozenset(["m", "t", "l", "s", "n", "y"])
_BARE: Final = 0.15  # without any function word French is likelier: Darija seldom does without
_FAINT: Final = 0.08  # n-gram scores nearer to zero than this decide nothing


@dataclass(frozen=True, slots=True)
class Route:
    """A language and a variety; *signal* is False when the words themselves decide nothing."""

    language: Language
    variety: Variety
    signal: bool


@dataclass(frozen=True, slots=True)
class Tongue:
    """What the n-grams say: above zero French, above zero modern standard Arabic."""

    french: float
    standard: float


@dataclass(frozen=True, slots=True)
class _Counts:
    arabic: int
    latin: int
    other: int
    neutral: int
    grammar: int  # Arabic-script function words and verbs
    french: int
    darija: int
    foreign: int
    clause: bool  # a French subject with its verb stands in it


def route(words: Sequence[str], tongue: Tongue, language: Language | None, raw: str) -> Route:
    """Return how to answer *words* (of normal form), in a conversation held in *language*.

    Marks and emoji among them say nothing. *raw* is the message before normalisation: the
    general detector wants its accents.
    """
    if only_address(raw):
        return _unsigned(language)
    counts = _count(list(islice(filter(str.isalnum, words), _LONGEST)))
    if counts.arabic:
        return _with_arabic_script(counts, tongue)
    if counts.latin:
        return _latin(counts, tongue, language, raw)
    if counts.other:
        return Route("other", "mixed", signal=True)
    return _unsigned(language)


def only_address(raw: str) -> bool:
    """Tell whether a message is a handle, a link or an e-mail address and no word besides."""
    parts = raw.split()
    return bool(parts) and all(map(_ADDRESS.fullmatch, parts))


def _unsigned(language: Language | None) -> Route:
    # A first message without signal is answered in Arabic, with one line of French beside it.
    kept: Language = language if language is not None else "ar"
    return Route(kept, "fr" if kept == "fr" else "darija", signal=False)


def _with_arabic_script(counts: _Counts, tongue: Tongue) -> Route:
    plain: Variety = "msa" if tongue.standard > 0 else "darija"
    if not counts.latin - counts.neutral:
        return Route("ar", plain, signal=True)
    lone = counts.arabic == 1 and tongue.french > 0  # a name, a town
    clause = counts.clause or counts.french >= _CLAUSE or lone
    if clause and counts.french >= counts.darija and not counts.grammar:
        return Route("fr", "mixed", signal=True)
    return Route("ar", "mixed", signal=True)


def _latin(counts: _Counts, tongue: Tongue, language: Language | None, raw: str) -> Route:
    if counts.latin <= counts.neutral:
        return _unsigned(language)
    if _looks_foreign(counts) and _is_from_elsewhere(raw):
        return Route("other", "mixed", signal=True)
    clause = counts.clause and counts.darija <= _LEAD * counts.french
    # Beside words of Darija an accent may be that of a borrowed word; alone it is French.
    if clause or (not counts.darija and _ACCENT.search(raw)):
        return Route("fr", "mixed" if counts.darija > 1 else "fr", signal=True)
    # One function word weighs about as much as the n-grams of two plain words.
    score = tongue.french + 0.5 * (counts.french - counts.darija)
    if not counts.french and not counts.darija:
        score += _BARE
        if abs(score) < _FAINT:
            return _unsigned(language)
    if score > 0:
        return Route("fr", "mixed" if counts.darija > 1 else "fr", signal=True)
    return Route("ar", "mixed" if counts.french > 1 else "arabizi", signal=True)


def _looks_foreign(counts: _Counts) -> bool:
    return (
        counts.foreign >= _FOREIGN_WORDS
        and counts.foreign > counts.french
        and counts.foreign > counts.darija
        and counts.foreign >= _FOREIGN_SHARE * counts.latin
    )


def _is_from_elsewhere(raw: str) -> bool:
    """Tell whether the general detector is sure of it; the same for the same text."""
    from langdetect import DetectorFactory, detect_langs  # noqa: PLC0415 - half a second, rarely needed
    from langdetect.lang_detect_exception import LangDetectException  # noqa: PLC0415

    DetectorFactory.seed = SEED
    try:
        found = detect_langs(raw[:1000].encode("utf-8", "ignore").decode())
    except LangDetectException:
        return False
    # Mostly Spanish and a little Portuguese, it is still surely neither of ours.
    elsewhere = sum(each.prob for each in found if each.lang in ELSEWHERE)
    return bool(found[0].prob >= MOSTLY and elsewhere >= SURE)


def _count(row: Sequence[str]) -> _Counts:
    words = _lists()
    arabic = [word for word in row if not word.isascii() and _ARABIC.search(word)]
    latin = [word for word in row if (not word.isdecimal() if word.isascii() else _is_latin(word))]
    digits = sum(map(str.isdigit, row))
    french, neutral = _known(words["french"], latin), _known(words["neutral"], latin)
    darija = _known(words["darija"], latin)
    spelled = sum(
        bool(_DIGIT_LETTER.match(word))
        for word in latin
        if not word.isalpha() and word not in words["darija"]
    )
    articles = sum(map(_is_article, row, row[1:])) if "l" in row else 0
    return _Counts(
        arabic=len(arabic),
        latin=len(latin),
        other=len(row) - len(arabic) - len(latin) - digits,
        neutral=neutral,
        grammar=sum(_is_grammar(word, words["arabic"]) for word in arabic),
        french=french,
        darija=darija + spelled + articles,
        foreign=_known(words["foreign"], latin),
        clause=not words["subjects"].isdisjoint(row)
        and any(
            first in words["subjects"] and (second in words["french"] or second in _ELIDED)
            for first, second in pairwise(row)
        ),
    )


def _known(listed: frozenset[str], words: Sequence[str]) -> int:
    return sum(map(listed.__contains__, words))


def _is_latin(word: str) -> bool:
    """Tell whether *word*, in normal form and not of plain letters, is of Latin ones alone."""
    return bool(_LATIN.search(word)) and not _ARABIC.search(word)


def _is_article(word: str, following: str) -> bool:
    """Tell Darija's "l compte" from French's "l'amie": French elides before vowels alone."""
    return word == "l" and following[0] not in "aeiouyh" and bool(_LATIN.match(following))


def _is_grammar(word: str, known: frozenset[str]) -> bool:
    if word in known or word[1:] in known or word.startswith(_VERBAL):
        return True
    stems = (word.removesuffix(end) for end in _OBJECTS if word.endswith(end))
    return any(len(stem) >= _STEM and stem in known for stem in stems)


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    return {
        name: frozenset(_WORD.findall(normalize(words)))
        for name, words in document().items()
        if isinstance(words, str)
    }


@cache
def document() -> Mapping[str, Any]:
    """Return the router's data file."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    source = files("nlu").joinpath("data", "router.yml").read_text("utf-8")
    return cast("Mapping[str, Any]", yaml.load(source, Loader=loader))  # noqa: S506 - a safe loader, the C one where there is one
