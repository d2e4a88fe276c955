# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pattern files of the package, compiled into one net that every message passes once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

import yaml

from nlu.grammar import Rule
from nlu.net import Net

HINT: Final = "?"  # after a name: signs that are not enough alone
CRY: Final = "!"  # after a name: words that no score may silence
FILES: Final = (
    *("dangers", "risks", "signs", "questions", "guides", "journeys", "papers"),
    "practical",
)

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a pattern file: what it finds, why, and words on both sides of its edge.

    What *cries* match is believed, whatever the classifier makes of it; what *find* matches is,
    unless the classifier is clearly against it; what *hints* match, where it leans so too.
    """

    group: int
    file: str
    name: str
    reason: str
    cries: tuple[str, ...] = field(repr=False)
    find: tuple[str, ...] = field(repr=False)
    hints: tuple[str, ...] = field(repr=False)
    void: tuple[str, ...] = field(repr=False)
    needs: str | None
    without: str | None
    examples: tuple[str, ...] = field(repr=False)
    counter: tuple[str, ...] = field(repr=False)

    def rules(self) -> Iterator[Rule]:
        """Return the rules of this entry; its guards hold within it, and only there."""
        for mark, patterns in ((CRY, self.cries), ("", self.find), (HINT, self.hints)):
            for pattern in patterns:
                yield Rule(self.name + mark, pattern, self.needs, self.without, group=self.group)
        for pattern in self.void:
            yield Rule(self.name, pattern, voids=True, group=self.group)


@cache
def entries() -> tuple[Entry, ...]:
    """Return the entries of every pattern file, in the order of the files."""
    raws = ((name, raw) for name in FILES for raw in _document(name)["rules"])
    return tuple(_entry(name, raw, group) for group, (name, raw) in enumerate(raws))


@cache
def net() -> Net:
    """Return all patterns of the package as one net."""
    lists: dict[str, Sequence[str]] = {}
    for name in FILES:
        lists |= _document(name).get("lists", {})
    return Net((rule for entry in entries() for rule in entry.rules()), lists)


@cache
def _document(name: str) -> Mapping[str, Any]:
    source = files("nlu").joinpath("data", f"{name}.yml").read_text("utf-8")
    return cast("Mapping[str, Any]", yaml.load(source, Loader=_LOADER))  # noqa: S506 - a safe loader, the C one where there is one


def _entry(file: str, raw: Mapping[str, Any], group: int) -> Entry:
    (name,) = (raw[kind] for kind in ("risk", "sign") if kind in raw)
    return Entry(
        group=group,
        file=f"{file}.yml",
        name=name,
        reason=raw.get("reason", ""),
        cries=tuple(raw.get("cries", ())),
        find=tuple(raw.get("find", ())),
        hints=tuple(raw.get("hints", ())),
        void=tuple(raw.get("void", ())),
        needs=raw.get("needs"),
        without=raw.get("without"),
        examples=tuple(raw.get("examples", ())),
        counter=tuple(raw.get("counter", ())),
    )
