# SPDX-License-Identifier: AGPL-3.0-or-later
"""What phrases must be before anything learns from them: every fault with its file and line."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from nlu.alike import Shelf
from nlu.features import split
from nlu.labels import INTENTS, RISKS, SITUATIONS, VARIETIES, is_situation
from nlu.located import Line, Unreadable, located
from nlu.phrases import UNLABELLED, Source
from nlu.windows import ENDS

SITUATION: Final = 120  # phrases, at least
INTENT: Final = 60
RAREST: Final = 0.05  # of a label's phrases: the share of each variety, at least
COMMONEST: Final = 0.4  # and at most

ALIKE: Final = 0.53  # likeness of two phrases that teach the same thing twice
LOOKED_AT: Final = 600  # phrases of a file: whether each is nearly an earlier one
OPENING: Final = 3  # words
SLOT: Final = 4  # words of a phrase that may be a template with one word put in
FEW: Final = 4  # that many alike are chance
MONOTONOUS: Final = 0.15  # of a file's phrases

_ARABIC: Final = re.compile(r"[\u0621-\u064a]")
_LATIN: Final = re.compile(r"[a-z]")
_LABELS: Final = frozenset({*SITUATIONS, *INTENTS})
_HOUSEHOLD: Final = frozenset({*RISKS})


def faults(
    labelled: Sequence[Source], lessons: Sequence[Source] = (), heldout: Sequence[Source] = ()
) -> Iterator[str]:
    """Return what is wrong with *labelled* phrases, *lessons* on risks, and what is held out."""
    try:
        phrases, taught, kept = ([*located(each)] for each in (labelled, lessons, heldout))
    except Unreadable as fault:
        yield str(fault)
        return
    yield from misfiled(phrases)
    for line in (*phrases, *taught, *kept):
        yield from malformed(line)
    yield from repeated((*phrases, *taught))
    yield from spoiled((*phrases, *taught), kept)
    for lines in by_file((*phrases, *taught)).values():
        yield from monotonous(lines)
    yield from unbalanced(phrases)


def malformed(line: Line) -> Iterator[str]:
    """Labels and risks that nobody knows, phrases of another script than their variety."""
    if line.label not in {*_LABELS, UNLABELLED}:
        yield f"{line.place}: unknown label {line.label}"
    for risk in sorted({*line.risks} - _HOUSEHOLD):
        yield f"{line.place}: unknown risk {risk}"
    for label in sorted({*line.also} - _LABELS):
        yield f"{line.place}: unknown label {label}"
    if line.variety not in VARIETIES:
        yield f"{line.place}: unknown variety {line.variety}"
    elif not line.normal:
        yield f"{line.place}: nothing is left of it in normal form"
    elif foreign(line.normal, line.variety):
        yield f"{line.place}: not the script of {line.variety}"


def foreign(normal: str, variety: str) -> bool:
    """Tell whether *normal* is written in another script than *variety* is."""
    arabic, latin = len(_ARABIC.findall(normal)), len(_LATIN.findall(normal))
    if variety in {"darija", "msa"}:
        return latin > arabic
    return variety != "mixed" and arabic > 0


def misfiled(lines: Iterable[Line]) -> Iterator[str]:
    """Phrases in the file of another label: ``greet.yml`` holds what is a greeting."""
    for line in lines:
        if line.file.rsplit("/", 1)[-1] != f"{line.label}.yml":
            yield f"{line.place}: {line.label} in a file of another name"


def repeated(lines: Iterable[Line]) -> Iterator[str]:
    """Phrases of the same words as an earlier one, under whatever label."""
    first: dict[tuple[str, ...], Line] = {}
    for line in lines:
        known = first.setdefault(spoken(line.normal), line)
        if known is not line:
            yield f"{line.place}: says the same as {known.place} ({known.label})"


def spoiled(lines: Iterable[Line], heldout: Iterable[Line]) -> Iterator[str]:
    """Phrases that are held out: what is learned by heart proves nothing."""
    kept = {spoken(line.normal): line for line in heldout}
    for line in lines:
        if found := kept.get(spoken(line.normal)):
            yield f"{line.place}: is held out in {found.place}"


def monotonous(lines: Sequence[Line]) -> Iterator[str]:
    """Signs that a machine or a template wrote a file: name the first line of each."""
    rows = [spoken(line.normal) for line in lines]
    openings: dict[tuple[str, ...], list[int]] = defaultdict(list)
    templates: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        if len(row) > OPENING:
            openings[row[:OPENING]].append(at)
        if len(row) >= SLOT:
            for slot in range(len(row)):
                templates[(*row[:slot], "…", *row[slot + 1 :])].append(at)
    for said, found in (
        ("begin", openings),
        ("are one sentence with one word changed", templates),
    ):
        for places in found.values():
            if many(len(places), len(lines)):
                how = f'begin "{" ".join(rows[places[0]][:OPENING])}"' if said == "begin" else said
                yield f"{lines[places[0]].place}: {len(places)} of {len(lines)} phrases {how}"
    every = -(-len(lines) // LOOKED_AT)
    shelf = Shelf([line.normal for line in lines])
    twins = sorted({other for _, other in shelf.pairs(ALIKE, every)})
    if many(len(twins) * every, len(lines)):
        yield (
            f"{lines[twins[0]].place}: {len(twins) * every} of {len(lines)} phrases"
            " are nearly an earlier one"
        )


def many(alike: int, phrases: int) -> bool:
    """Tell whether so many of a file's phrases are too many to be chance."""
    return alike > FEW and alike > MONOTONOUS * phrases


def unbalanced(lines: Iterable[Line]) -> Iterator[str]:
    """Labels with too few phrases, or with too few or too many of one variety."""
    by_label: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_label[line.label].append(line)
    for label in (*SITUATIONS, *INTENTS):
        mine = by_label[label]
        least = SITUATION if is_situation(label) else INTENT
        if len(mine) < least:
            where = mine[0].place if mine else f"{label}.yml:1"
            yield f"{where}: {label} has {len(mine)} phrases, {least} are needed"
            continue
        counted = Counter(line.variety for line in mine)
        for variety in VARIETIES:
            share = counted[variety] / len(mine)
            if not RAREST <= share <= COMMONEST:
                where = next((line.place for line in mine if line.variety == variety), label)
                yield (
                    f"{where}: {label} is {share:.0%} {variety};"
                    f" between {RAREST:.0%} and {COMMONEST:.0%} is balanced"
                )


def by_file(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """Return *lines* by the file they stand in."""
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.file].append(line)
    return found


def spoken(normal: str) -> tuple[str, ...]:
    """Return the words of *normal* without its marks: what makes two phrases the same."""
    words = split(normal)
    return tuple(word for word in words if word not in ENDS) or tuple(words)
