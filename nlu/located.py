# SPDX-License-Identifier: AGPL-3.0-or-later
"""Phrases with the file and line where they stand, for whoever must find one that is wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final, cast

import yaml

from nlu.normalize import normalize
from nlu.phrases import Source

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Line:
    """One phrase as its file has it; *normal* is its normal form."""

    file: str
    number: int
    text: str = field(repr=False)
    normal: str = field(repr=False)
    label: str
    variety: str | None
    risks: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Return file and line, as an editor opens them."""
        return f"{self.file}:{self.number}"


class Unreadable(Exception):
    """A file is not in Rasa's format; the text says where."""


def place_of(source: Source) -> str:
    """Return the end of a file's path: ``ar/darija/greet.yml``."""
    return "/".join(PurePath(str(source.file)).parts[-3:])


def located(sources: Sequence[Source]) -> Iterator[Line]:
    """Return every phrase of *sources*, repetitions included; raise :class:`Unreadable`."""
    for source in sources:
        try:
            yield from _lines(source)
        except yaml.MarkedYAMLError as fault:
            number = fault.problem_mark.line + 1 if fault.problem_mark else 1
            raise Unreadable(f"{place_of(source)}:{number}: not YAML") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unreadable(f"{place_of(source)}:1: not in Rasa's format") from None


def _lines(source: Source) -> Iterator[Line]:
    root = yaml.compose(source.file.read_text("utf-8"), Loader=_LOADER)
    for entry in _pairs(root)["nlu"].value:
        parts = _pairs(entry)
        if "intent" not in parts:
            continue
        told = _plain(parts["metadata"]) if "metadata" in parts else {}
        for number, text in _examples(parts["examples"]):
            yield Line(
                file=place_of(source),
                number=number,
                text=text,
                normal=normalize(text),
                label=str(parts["intent"].value),
                variety=told.get("variety", source.variety),
                risks=tuple(told.get("risks", ())),
                also=tuple(told.get("also", ())),
            )


def _examples(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.SequenceNode):
        rows = [(item.start_mark.line + 1, str(item.value)) for item in node.value]
    else:  # a literal block: its text begins on the line after its mark
        first = node.start_mark.line + 2
        rows = list(enumerate(str(node.value).splitlines(), first))
    for number, row in rows:
        if text := row.strip().removeprefix("-").strip():
            yield number, text


def _pairs(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise TypeError("a mapping is needed here")
    return {str(key.value): value for key, value in node.value}


def _plain(node: yaml.Node) -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load(yaml.serialize(node)))
