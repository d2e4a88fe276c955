# SPDX-License-Identifier: AGPL-3.0-or-later
"""Labelled phrases out of Rasa-format files: read in one order, every fault named at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, cast

import yaml

from nlu.labels import VARIETIES, Variety

Source = Traversable | Path

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadPhrases(Exception):
    """A file of phrases is not in Rasa's format; names each file and what is wrong in it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One example and its label; *variety* comes from the file's name where that says it."""

    text: str = field(repr=False)
    label: str
    variety: Variety | None = None


def packaged() -> tuple[Traversable, ...]:
    """Return the product's own training files, whatever their number, in a fixed order."""
    data = files("nlu").joinpath("data")
    folders = (data.joinpath("ar"), data.joinpath("fr"))
    found = [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
    return tuple(sorted((file for file in found if _is_yaml(file)), key=lambda file: file.name))


def read(sources: Sequence[Source]) -> tuple[Phrase, ...]:
    """Return the phrases of *sources*, without repetitions; raise :class:`BadPhrases`."""
    faults: list[str] = []
    phrases: dict[Phrase, None] = {}
    for source in sources:
        try:
            phrases.update(dict.fromkeys(_phrases(source)))
        except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as fault:
            faults.append(f"{source.name}: {_reason(fault)}")
    if faults:
        raise BadPhrases("; ".join(faults))
    return tuple(phrases)


def _phrases(source: Source) -> Iterator[Phrase]:
    document = cast("dict[str, Any]", yaml.load(source.read_text("utf-8"), Loader=_LOADER))  # noqa: S506 - a safe loader, the C one where there is one
    variety = _variety(source.name)
    for entry in document["nlu"]:
        if "intent" in entry:
            for text in _examples(entry["examples"]):
                yield Phrase(text, str(entry["intent"]), variety)


def _examples(block: str | list[str]) -> Iterable[str]:
    lines = block if isinstance(block, list) else block.splitlines()
    for line in lines:
        text = line.strip().removeprefix("-").strip()
        if text:
            yield text


def _variety(name: str) -> Variety | None:
    first = name.split(".", 1)[0]
    return cast("Variety", first) if first in VARIETIES else None


def _is_yaml(file: Traversable) -> bool:
    return file.name.endswith((".yml", ".yaml"))


def _reason(fault: Exception) -> str:
    mark = getattr(fault, "problem_mark", None)
    return f"line {mark.line + 1}" if mark else type(fault).__name__
