# SPDX-License-Identifier: AGPL-3.0-or-later
"""From ``pages.yaml`` and what was told to the parts of a dossier, in one language; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from bot.clock import wall
from bot.papers.told import Told
from content import Catalog
from flows.script import Script
from flows.view import holds

LRM = "\u200e"  # a fingerprint keeps its order inside an Arabic line
SPARE = {"timeline": 6, "evidence": 5}  # empty rows for what is added by hand
SINCE = ("today", "week", "month", "longer")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing on a page: title, heading, say, list, small, blank, lines, page."""

    kind: str
    text: str = field(default="", repr=False)
    count: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; ``widths`` are shares of the page."""

    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)


@cache
def plan() -> tuple[Mapping[str, Any], ...]:
    """The lines of ``pages.yaml``."""
    raw = (files("bot.papers") / "pages.yaml").read_text(encoding="utf-8")
    return tuple(yaml.safe_load(raw))


def keys(script: Script) -> Iterator[str]:
    """Every content key a dossier can show, for ``sanad check``."""
    for line in _flat(plan()):
        for kind, value in line.items():
            if kind not in {"if", "lines", "table", "rows", "page", "list"}:
                yield from (script.key(value, s) for s in (None, *script.situations))


def _flat(lines: tuple[Mapping[str, Any], ...]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        yield line
        yield from line.get("list", ()) or line.get("rows", ())


class Pages:
    """The dossier of one person in one language."""

    def __init__(
        self, script: Script, catalog: Catalog, lang: str, told: Told, centre: str
    ) -> None:
        self._script, self._catalog, self._lang, self._told = script, catalog, lang, told
        self._centre = centre
        self.rtl = catalog.rtl(lang)
        self.seen = self._known(dict(told.seen))
        self._values = self._shown()

    def parts(self) -> list[Part | Table]:
        """Everything, in order."""
        return [part for line in plan() if self._applies(line) for part in self._parts(line)]

    def _parts(self, line: Mapping[str, Any]) -> Iterator[Part | Table]:
        match line:
            case {"page": _}:
                yield Part("page")
            case {"lines": count}:
                yield Part("lines", count=count)
            case {"list": items}:
                said = [self._line(item["say"]) for item in items if self._applies(item)]
                yield Part("say", "\n".join(f"• {text}" for text in said))
            case {"table": "doors", "rows": rows}:
                yield self._doors([row["say"] for row in rows if self._applies(row)])
            case {"table": "timeline"}:
                yield self._timeline()
            case {"table": "evidence"}:
                yield self._evidence()
            case {"blank": "papers.b_centre"} if self._centre:
                yield Part("say", self._centre)
            case _:
                kind = next(k for k in line if k != "if")
                yield Part(kind, self._line(line[kind]))

    def _applies(self, line: Mapping[str, Any]) -> bool:
        raw = line.get("if", {})
        test = tuple(
            (note, tuple(map(str, value)) if isinstance(value, list) else (str(value),))
            for note, value in raw.items()
        )
        return holds(test, self.seen)

    def _line(self, template: str) -> str:
        return self._say(self._script.key(template, self.seen.get("situation")))

    def _say(self, key: str, **more: str) -> str:
        return self._catalog.text(self._lang, key, **{**self._values, **more})

    def _known(self, seen: dict[str, str]) -> dict[str, str]:
        """Without answers that only say that the question was asked."""
        if not self._catalog.has(f"papers.on_{seen.get('platform')}"):
            seen.pop("platform", None)
        if len(seen.get("amount", "").split()) < 2:  # noqa: PLR2004 - a number and its currency
            seen.pop("amount", None)
        return seen

    def _shown(self) -> dict[str, str]:
        values = {"date": self._day(self._told.now), "hash": "SHA-256"}
        if platform := self.seen.get("platform"):
            values["platform"] = self._catalog.text(self._lang, f"papers.on_{platform}")
        if amount := self.seen.get("amount"):
            values["amount"] = self._catalog.money(self._lang, amount)
        if due := self.seen.get("deadline_at"):
            values["deadline"] = self._about(float(due))
        return values

    def _day(self, seconds: float) -> str:
        return wall(seconds).strftime("%d/%m/%Y")

    def _about(self, seconds: float) -> str:
        moment = wall(seconds)
        date, time = moment.strftime("%d/%m/%Y"), moment.strftime("%H:%M")
        return self._catalog.text(self._lang, "papers.t_about", date=date, time=time)

    def _head(self, *names: str) -> tuple[str, ...]:
        return tuple(self._say(f"papers.{name}_column") for name in names)

    def _doors(self, doors: list[str]) -> Table:
        today = datetime.fromtimestamp(self._told.now, UTC).date()
        rows = [self._head("door", "checked")]
        for key in doors:
            facts = [self._catalog.facts[ident] for ident in self._catalog.facts_of(key)]
            oldest = min(fact.checked_on for fact in facts)
            checked = oldest.strftime("%d/%m/%Y")
            if any(fact.stale(today) for fact in facts):
                checked = f"{checked}, {self._say('papers.stale')}"
            rows.append((self._say(key), checked))
        return Table((76, 24), tuple(rows))

    def _timeline(self) -> Table:
        unsure = "_unsure" if self.seen.get("deadline_sure") == "no" else ""
        dated = [
            (self._told.opened, "papers.t_opened", ""),
            *((proof.at, "papers.t_file", proof.reference) for proof in self._told.proofs),
            (self._told.filed, "papers.t_filed", ""),
            (self.seen.get("deadline_at"), f"papers.t_deadline{unsure}", ""),
        ]
        known = [(float(at), key, ref) for at, key, ref in dated if at is not None]
        rows = [(self._about(at), self._say(key, reference=ref))
                for at, key, ref in sorted(known, key=lambda event: event[0])]  # fmt: skip
        if (since := self.seen.get("since")) in SINCE:
            begin = self._say(f"papers.t_since_{since}"), self._say("papers.t_begin")
            rows.insert(0, begin)
        spare = [("", "")] * SPARE["timeline"]
        return Table((30, 70), (self._head("when", "what"), *rows, *spare))

    def _evidence(self) -> Table:
        head = self._head("number", "kind", "received", "hash", "shows")
        rows = [
            (
                proof.reference,
                self._say(f"papers.kind_{proof.kind}"),
                self._day(proof.at),
                _grouped(proof.sha256),
                "",
            )
            for proof in self._told.proofs
        ]
        spare = [("", "", "", "", "")] * SPARE["evidence"]
        return Table((8, 13, 16, 34, 29), (head, *rows, *spare))


def _grouped(digest: str) -> str:
    """Four lines of sixteen, so that eyes can compare."""
    return "\n".join(f"{LRM}{digest[i : i + 16]}" for i in range(0, len(digest), 16))
