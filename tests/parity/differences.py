# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table of what channels may show otherwise, and what two phones showed made comparable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml

from bot.channels import Message
from content import Catalog
from tests.golden.scenes import Scene
from tests.parity.told import Heard

TABLE = Path(__file__).with_suffix(".yaml")
_MARKS = re.compile("[\u200e\u200f\u2066-\u2069]")
_HOLE = re.compile(r"\\\{\w+\\\}")
KINDS = ("text", "only", "option", "question", "ends", "turn")


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One line of the table."""

    channel: str
    kind: str
    what: str
    why: str
    becomes: str = ""  # text: the channel's key
    answer: str = ""  # question: the option that is tapped
    instead: Any = None  # option: what is tapped where it is missing, or written in a language
    notes: tuple[str, ...] = ()  # what only one of the two remembers


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as it is compared: words, what can be tapped under which of them, what it did."""

    turn: str
    read: tuple[str | tuple[tuple[str, str], ...], ...]
    files: tuple[tuple[str, str], ...]
    effects: tuple[str, ...]
    alarms: int
    standing: str


@cache
def table() -> tuple[Difference, ...]:
    """Every difference that is meant."""
    raw = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(_line(channel, line) for channel, lines in raw.items() for line in lines)


def _line(channel: str, line: Mapping[str, Any]) -> Difference:
    [kind] = [name for name in KINDS if name in line]
    becomes = line.get("becomes", f"{line[kind]}_{channel}") if kind == "text" else ""
    answer, notes = line.get("answer", ""), tuple(line.get("notes", ()))
    return Difference(
        channel, kind, line[kind], line["why"], becomes, answer, line.get("instead"), notes
    )


def of(channel: str, kind: str) -> list[Difference]:
    return [line for line in table() if (line.channel, line.kind) == (channel, kind)]


def without(scene: Scene, channel: str) -> Scene:
    """The scene as somebody can play it there."""
    lacking = {line.what for line in of(channel, "turn")}
    return replace(scene, turns=tuple(t for t in scene.turns if not lacking & t.keys()))


def instead(channel: str) -> dict[str, Mapping[str, Any]]:
    """The turns in place of a press on options that are not on this channel."""
    return {
        line.what: {"choose": line.instead} if isinstance(line.instead, str) else line.instead
        for line in of(channel, "option")
        if line.instead
    }


@dataclass
class Glass:
    """Makes what was heard on one of two phones comparable; notes which lines it needed."""

    catalog: Catalog
    channel: str  # the other one: what it may do is undone on both
    used: set[Difference] = field(default_factory=set)

    def both(
        self, there: Sequence[Heard], here: Sequence[Heard]
    ) -> Iterator[tuple[Turn | None, Turn | None]]:
        """Turn by turn what the two showed."""
        for seen, wanted in zip_longest(there, here):
            if seen and self._ends(seen):
                return
            yield self._turn(seen), self._turn(wanted)

    def _ends(self, heard: Heard) -> bool:
        said = " ".join(" ".join(_plain(bubble.text) for bubble in heard.bubbles).split())
        for line in of(self.channel, "ends"):
            if any(
                pattern(texts[line.what]).search(said) for texts in self.catalog.texts.values()
            ):
                self.used.add(line)
                return True
        return False

    def _turn(self, heard: Heard | None) -> Turn | None:
        if heard is None:
            return None
        files = [(f.kind, f.name) for bubble in heard.bubbles for f in bubble.attachments]
        return Turn(
            str(dict(heard.turn)), tuple(self._read(heard.bubbles)), tuple(sorted(files)),
            heard.effects, heard.alarms, self._standing(heard.standing),
        )  # fmt: skip

    def _read(self, bubbles: Sequence[Message]) -> Iterator[str | tuple[tuple[str, str], ...]]:
        """Words up to what can be tapped, however many bubbles they came in."""
        words: list[str] = []
        for bubble in bubbles:
            words += _plain(bubble.text).split()
            asked = any(line.answer in _ids(bubble) for line in of(self.channel, "question"))
            options = tuple(self._options(bubble))
            if options and not asked:
                yield self._said(" ".join(words))
                yield options
                words = []
        if words:
            yield self._said(" ".join(words))

    def _options(self, bubble: Message) -> Iterator[tuple[str, str]]:
        left_out = {line.what: line for line in of(self.channel, "option")}
        for option in bubble.options:
            whole, short = option.id, option.id.partition("@")[0]
            if line := left_out.get(whole) or left_out.get(short):
                self.used.add(line)
            else:
                yield option.id, _plain(option.label)

    def _said(self, words: str) -> str:
        """What is meant to differ has one name on both phones, or none, in whatever language."""
        for line in of(self.channel, "text"):
            words = self._named(line, words, line.becomes, f"‹{line.what}›")
            words = self._named(line, words, line.what, f"‹{line.what}›", counts=False)
        for line in (*of(self.channel, "only"), *of(self.channel, "question")):
            words = self._named(line, words, line.what, "")
        return " ".join(words.split())

    def _named(
        self, line: Difference, words: str, key: str, name: str, *, counts: bool = True
    ) -> str:
        for texts in self.catalog.texts.values():
            words, count = pattern(texts[key]).subn(name, words)
            if count and counts:
                self.used.add(line)
        return words

    def _standing(self, standing: str) -> str:
        notes = {note for line in table() if line.channel == self.channel for note in line.notes}
        return " ".join(w for w in standing.split(" ") if w.partition("=")[0] not in notes)


@cache
def pattern(text: str) -> re.Pattern[str]:
    """What finds this text among words that stand one blank apart."""
    return re.compile(
        _HOLE.sub(".*?", re.escape(" ".join(_plain(text).split()))).replace("\\ ", " ")
    )


def _plain(text: str) -> str:
    return _MARKS.sub("", text)


def _ids(bubble: Message) -> set[str]:
    return {option.id for option in bubble.options}
