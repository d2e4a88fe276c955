# SPDX-License-Identifier: AGPL-3.0-or-later
"""What holds of the held-out phrases today; run by `make floors`, it writes that down anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import yaml

import nlu
from nlu.evaluate import Outcome, outcomes
from nlu.figures import figures
from nlu.labels import DANGER, DANGERS, RISKS
from nlu.phrases import Phrase, read, within

HERE = Path(__file__).parent
HELDOUT = HERE / "heldout"
PERILS = HERE / "perils"  # hard, plain, fresh, in one breath, on weak themes: dangers or none
BLIND = HERE / "blind"  # first messages, by somebody who had seen none of our phrases
FLOORS = HERE / "floors.yml"
KNOWN = HERE / "known.yml"
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
LICENCE = "# SPDX-License-Identifier: AGPL-3.0-or-later\n"
HEADS = {
    FLOORS: "# Written by `make floors`: right of how many, and how often a risk was missed or"
    " imagined.\n# A figure that falls is a loss that the review of this file must accept.\n",
    KNOWN: "# Written by `make floors`: held-out phrases that are read wrong today, by variety"
    " and true label.\n# One that is read right makes its test fail until it is unlisted here.\n",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A held-out phrase, under a name that holds none of its words."""

    name: str
    phrase: Phrase


def held() -> tuple[Held, ...]:
    counted: Counter[str] = Counter()
    found = []
    for phrase in read(within(HELDOUT)):
        stem = f"{phrase.variety}-{phrase.label}"
        counted[stem] += 1
        found.append(Held(f"{stem}-{counted[stem]}", phrase))
    return tuple(found)


def measured(found: tuple[Outcome, ...]) -> dict[str, Any]:
    """The floors that hold of *found*."""
    told = figures(found)
    cells: dict[str, dict[str, str]] = {}
    for (label, variety), share in told.cells.items():
        cells.setdefault(label, {})[variety] = f"{share.hits}/{share.n}"
    risks = {
        risk: {"missed": each.heard.n - each.heard.hits, "imagined": each.false_alarms.hits}
        for risk, each in told.risks.items()
    }
    return {"cells": cells, "risks": risks}


def failing(found: tuple[Outcome, ...]) -> dict[str, dict[str, list[str]]]:
    """The phrases of *found* that are read wrong."""
    listed: dict[str, dict[str, list[str]]] = {}
    for each in found:
        if not each.right:
            of_variety = listed.setdefault(str(each.phrase.variety), {})
            of_variety.setdefault(each.phrase.label, []).append(each.phrase.text)
    return listed


def alarmed(reader: nlu.Reader) -> dict[str, dict[str, dict[str, int]]]:
    """Of each kind of messages in their folders: how many are heard as danger."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for folder in sorted(PERILS.glob("*/*")):
        phrases = read(within(folder))
        heard = [reader.read(phrase.text, NOW).risks for phrase in phrases]
        alarms = sum(not DANGERS.isdisjoint(risks) for risks in heard)
        kinds = counts.setdefault(folder.parent.name, {})
        kinds[folder.name] = {"of": len(phrases), "heard": alarms}
    return counts


def balanced(reader: nlu.Reader) -> dict[str, float]:
    """The F1 of each risk that is no danger, over the plain messages."""
    counted: dict[str, Counter[str]] = {risk: Counter() for risk in RISKS if risk not in DANGERS}
    for phrase in read(within(PERILS / "plain")):
        heard = reader.read(phrase.text, NOW).risks
        for risk, counts in counted.items():
            counts[f"{risk in phrase.risks} {risk in heard}"] += 1
    return {risk: _f1(counts) for risk, counts in counted.items()}


def _f1(counts: Counter[str]) -> float:
    hits = 2 * counts["True True"]
    return hits / (hits + counts["True False"] + counts["False True"])


def kept(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}


def known() -> set[tuple[str, str, str]]:
    """The listed failures as variety, label, text."""
    return {
        (variety, label, text)
        for variety, labels in kept(KNOWN).items()
        for label, texts in labels.items()
        for text in texts
    }


def fallen(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """What is worse in *now*: whoever renews the floors sees it."""
    for label, row in now["cells"].items():
        for variety, share in row.items():
            was = before.get("cells", {}).get(label, {}).get(variety, share)
            if wrong(share) > wrong(was):
                yield f"{label} in {variety}: {was} -> {share}"
    for how, kinds in now["perils"].items():
        for kind, counts in kinds.items():
            was = before.get("perils", {}).get(how, {}).get(kind, counts)["heard"]
            if counts["heard"] < was if kind == DANGER else counts["heard"] > was:
                yield f"{how} {kind} heard as danger: {was} -> {counts['heard']}"
    for risk, counts in now["risks"].items():
        for what, times in counts.items():
            was = before.get("risks", {}).get(risk, {}).get(what, times)
            if times > was:
                yield f"{risk} {what}: {was} -> {times}"


def wrong(share: str) -> int:
    hits, n = map(int, share.split("/"))
    return n - hits


def renew() -> None:
    phrases = [each.phrase for each in held()]
    reader = nlu.load()
    found = outcomes(reader, phrases, perf_counter)
    now, before = {**measured(found), "perils": alarmed(reader)}, kept(FLOORS)
    for path, told in ((FLOORS, now), (KNOWN, failing(found))):
        body = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=10_000)
        path.write_text(LICENCE + HEADS[path] + body, "utf-8")
    right = sum(each.right for each in found)
    print(f"{right} of {len(found)} read right")  # noqa: T201 - what make shows
    for line in fallen(before, now):
        print(f"fallen: {line}")  # noqa: T201


if __name__ == "__main__":
    renew()
