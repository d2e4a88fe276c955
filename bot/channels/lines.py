# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lines of text as messengers count, split and turn them; pure, and shared by their shapers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

RLM = "\u200f"
_RIGHT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})
# Best border first: paragraph, line, sentence (Latin and Arabic stops), clause, word.
_BORDERS = tuple(
    re.compile(border)
    for border in (r"\n\s*\n", r"\n", r"[.!?…؟۔][»”\"')\u200f]*\s", r"[,;:،؛]\s", r"\s")
)
_GLUE = frozenset("\u200d\ufe0e\ufe0f\u20e3") | {chr(tone) for tone in range(0x1F3FB, 0x1F400)}


def units(text: str) -> int:
    """Return the length of ``text`` in UTF-16 units, as messengers count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def whole(text: str) -> str:
    """Return the text without half characters, which no request could carry."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def towards(text: str, *, right: bool) -> str:
    """Return the text with every line of an Arabic one told to read from the right."""
    return "\n".join(map(_marked, text.split("\n"))) if right else text


def _marked(line: str) -> str:
    """Put a right-to-left mark before a line of an Arabic text that begins otherwise.

    Messengers know no direction attribute: the first strong letter decides, so "Facebook"
    or a digit at the beginning would turn the line around. A line that is all Latin (a
    link) keeps its own direction.
    """
    start = line.lstrip()
    if not start or unicodedata.bidirectional(start[0]) in _RIGHT:
        return line
    kinds = {unicodedata.bidirectional(letter) for letter in line}
    return line if "L" in kinds and kinds.isdisjoint(_RIGHT) else RLM + line


def split(text: str, limit: int) -> Iterator[str]:
    """Yield parts that leave room for one more mark; only white space is lost between them."""
    rest = text.strip()
    while units(rest) > limit - 1:
        cut = _cut(head(rest, limit - 1), rest)
        if part := rest[:cut].strip():
            yield part
        rest = rest[cut:].strip()
    if inked(rest):
        yield rest


def inked(text: str) -> bool:
    """Tell whether anything of the text can be seen."""
    return bool(text.strip(RLM + " \n"))


def head(text: str, room: int) -> str:
    """Return as much of the beginning as fits in ``room`` units, no character halved."""
    return text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")


def _cut(begin: str, text: str) -> int:
    """Return where to end a part: after the best border of its second half, or between words."""
    for border in _BORDERS:
        ends = [found.end() for found in border.finditer(begin)]
        if ends and ends[-1] > len(begin) // 2:
            return ends[-1]
    cut = len(begin)
    for back in range(cut, max(cut - 32, 1), -1):  # an emoji family, a letter with its marks
        if not _glued(text[back - 1], text[back]):
            return back
    return cut


def _glued(left: str, right: str) -> bool:
    return left == "\u200d" or right in _GLUE or unicodedata.combining(right) > 0
