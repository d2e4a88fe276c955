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

UNLABELLED: Final = "unlabelled"  # the "intent" of phrases that teach risks alone
LANGUAGES: Final = ("ar", "fr")

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadPhrases(Exception):
    """A file of phrases is not in Rasa's format; names each file and what is wrong in it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of phrases in Rasa 3's format; *variety* is what all of it is written in."""

    file: Traversable | Path
    variety: Variety | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """One example, its label, and what the file's metadata say holds for it besides."""

    text: str = field(repr=False)
    label: str
    variety: Variety | None = None
    risks: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()  # further labels that hold, best not confused with wrong


def packaged() -> tuple[Source, ...]:
    """Return the product's own labelled files in a fixed order: language, variety, label."""
    data = files("nlu").joinpath("data")
    folders = [data.joinpath(lang, variety) for lang in LANGUAGES for variety in VARIETIES]
    return tuple(source for folder in folders for source in _inside(folder))


def packaged_risks() -> tuple[Source, ...]:
    """Return the product's own files of phrases that teach risks alone, a folder a variety."""
    return within(files("nlu").joinpath("data", "risks"))


def packaged_network() -> tuple[Source, ...]:
    """Return the product's own files of phrases that only the convolution learns risks from."""
    return within(files("nlu").joinpath("data", "network"))


def within(place: Traversable | Path) -> tuple[Source, ...]:
    """Return *place* if it is a file, else every file of phrases in that folder and below.

    A file or a folder that is named like a variety is written in it.
    """
    if not place.is_dir():
        return (Source(place, _named(place.name.removesuffix(".yml"))),)
    found = sorted((child.name, child) for child in place.iterdir())
    sources = (
        Source(source.file, source.variety or _named(place.name))
        for name, child in found
        if child.is_dir() or name.endswith(".yml")
        for source in within(child)
    )
    return tuple(sources)


def read(sources: Sequence[Source]) -> tuple[Phrase, ...]:
    """Return the phrases of *sources*, without repetitions; raise :class:`BadPhrases`."""
    faults: list[str] = []
    phrases: dict[Phrase, None] = {}
    for source in sources:
        try:
            phrases.update(dict.fromkeys(_phrases(source)))
        except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as fault:
            faults.append(f"{source.file.name}: {_reason(fault)}")
    if faults:
        raise BadPhrases("; ".join(faults))
    return tuple(phrases)


def _named(name: str) -> Variety | None:
    return cast("Variety", name) if name in VARIETIES else None


def _inside(folder: Traversable) -> Iterator[Source]:
    if folder.is_dir():
        found = sorted((file.name, file) for file in folder.iterdir())
        variety = cast("Variety", folder.name)
        yield from (Source(file, variety) for name, file in found if name.endswith(".yml"))


def _phrases(source: Source) -> Iterator[Phrase]:
    document = cast("dict[str, Any]", yaml.load(source.file.read_text("utf-8"), Loader=_LOADER))  # noqa: S506 - a safe loader, the C one where there is one
    for entry in document["nlu"]:
        if "intent" not in entry:
            continue
        told = entry.get("metadata") or {}
        variety = told.get("variety", source.variety)
        risks, also = frozenset(told.get("risks", ())), frozenset(told.get("also", ()))
        for text in _examples(entry["examples"]):
            yield Phrase(text, str(entry["intent"]), variety, risks, also)


def _examples(block: str | list[str]) -> Iterable[str]:
    lines = block if isinstance(block, list) else block.splitlines()
    for line in lines:
        text = line.strip().removeprefix("-").strip()
        if text:
            yield text


def _reason(fault: Exception) -> str:
    mark = getattr(fault, "problem_mark", None)
    return f"line {mark.line + 1}" if mark else type(fault).__name__
