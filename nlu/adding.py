# SPDX-License-Identifier: AGPL-3.0-or-later
"""A new phrase on its way into a file: why it may not go in, and the file with it in."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from nlu.alike import Shelf
from nlu.corpus import malformed, repeated, spoiled
from nlu.features import split
from nlu.located import Line
from nlu.phrases import UNLABELLED

TOO_LIKE: Final = 0.75

_NAMING: Final = re.compile(r"\d[\d .-]{7,}\d|@\w|https?:|www\.")


def clean(text: str) -> str:
    """Return *text* as one line without a dash in front."""
    return " ".join(text.split()).removeprefix("- ").strip()


def refusals(new: Line, known: Sequence[Line], heldout: Sequence[Line]) -> Iterator[str]:
    """Return why *new* may not join *known*: nothing when it may."""
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in new.text):
        yield "it holds a control character"
    if _NAMING.search(new.normal):
        yield "it holds a number, an address or a link that may be somebody's: leave it out"
    found = [*malformed(new), *repeated((*known, new)), *spoiled((new,), heldout)]
    yield from (fault.partition(": ")[2] for fault in found if fault.startswith(f"{new.place}:"))
    if not found:
        yield from (
            f"too like {each.place} ({each.text})" for each in twins(new, known, same=True)
        )


def twins(new: Line, known: Sequence[Line], *, same: bool) -> list[Line]:
    """Return the phrases nearly like *new*, of the *same* label or of the others."""
    rivals = [
        line for line in known if line.label != UNLABELLED and (line.label == new.label) == same
    ]
    if len(split(new.normal)) < 2 or not rivals:  # noqa: PLR2004 - single words are alike by chance
        return []
    likeness = Shelf([line.normal for line in rivals]).likeness(new.normal)
    return [rivals[at] for at in (likeness >= TOO_LIKE).nonzero()[0].tolist()]


def inserted(text: str, lines: Sequence[Line], new: Line) -> str:
    """Return the file *text*, whose phrases are *lines*, with *new* among those of its risks."""
    rows = text.splitlines(keepends=True) or ['version: "3.1"\n', "nlu:\n"]
    rows[-1] = rows[-1].rstrip("\n") + "\n"
    fitting = [line.number for line in lines if {*line.risks} == {*new.risks} and not line.also]
    if fitting:
        last = max(fitting)
        indent = rows[last - 1][: len(rows[last - 1]) - len(rows[last - 1].lstrip())]
        rows.insert(last, f"{indent}- {new.text}\n")
    else:
        told = f"    metadata: {{risks: [{', '.join(new.risks)}]}}\n" if new.risks else ""
        rows.append(f"  - intent: {new.label}\n{told}    examples: |\n      - {new.text}\n")
    return "".join(rows)
