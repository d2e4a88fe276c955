# SPDX-License-Identifier: AGPL-3.0-or-later
"""A static site of everything the bot can say, for a lawyer or a counsellor: no script, no tool.

It is written from the same catalog, flows, shapes and dossier that the bot itself uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from bot.papers.pages import Pages
from bot.papers.pdf import draw
from bot.papers.told import Proof, Told
from bot.preview.diagram import svg
from bot.preview.facts import Shown, shown
from bot.preview.flow import Scene, scenes
from bot.preview.texts import Text, groups
from content import Catalog
from flows import graph
from flows.script import Script

STYLE = "style.css"
SENTENCES = 12  # words: fewer are no text to measure
# A made-up case: it shows every line that a dossier can have.
EXAMPLE = {
    "situation": "threat_to_publish", "threat": "yes", "demand": "both", "amount": "2000 MAD",
    "platform": "instagram", "deadline_sure": "no", "paid": "yes", "published": "yes",
    "minor": "no", "since": "week",
}  # fmt: skip


def write(to: Path, catalog: Catalog, script: Script, now: datetime) -> int:
    """Write the site into *to*; returns how many pages it has."""
    to.mkdir(parents=True, exist_ok=True)
    pages = dict(_pages(catalog, script, now))
    for name, page in pages.items():
        (to / name).write_text(page, encoding="utf-8")
    (to / STYLE).write_bytes((files("bot.preview") / STYLE).read_bytes())
    for lang in catalog.languages:
        (to / f"dossier.{lang}.pdf").write_bytes(_dossier(catalog, script, lang, now.timestamp()))
    return len(pages)


def _pages(catalog: Catalog, script: Script, now: datetime) -> Iterator[tuple[str, str]]:
    house = Environment(
        loader=PackageLoader("bot.preview", "pages"), autoescape=select_autoescape(["html"]),
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    texts, facts = groups(catalog), shown(catalog, now.date())
    common = {
        "languages": [(lang, "rtl" if catalog.rtl(lang) else "ltr") for lang in catalog.languages],
        "words": _words(), "today": now.strftime("%d/%m/%Y"), "flows": graph.flow_names(script),
        "groups": list(texts), "facts": facts, "labels": catalog.texts,
        "approved": {one.key: one for one in catalog.templates.values()},
    }  # fmt: skip

    def page(template: str, **more: Any) -> str:
        return house.get_template(template).render(**common, **more)

    yield (
        "index.html",
        page("index.html", texts=texts, longest=_longest(texts), waits=_waits(facts)),
    )
    yield "facts.html", page("facts.html", used=_used(catalog))
    for name, group in texts.items():
        yield f"texts-{name}.html", page("texts.html", name=name, group=group)
    for flow in graph.flow_names(script):
        told: list[Scene] = scenes(script, catalog, flow)
        drawing = Markup(svg(script, flow))  # noqa: S704 - our own drawing, its names are escaped
        yield f"flow-{flow}.html", page("flow.html", flow=flow, scenes=told, drawing=drawing)


def _words() -> Any:
    raw = (files("bot.preview") / "words.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(raw)


def _longest(texts: dict[str, list[Text]]) -> list[Text]:
    """The hardest texts first: where a reviewer begins."""
    every = [text for group in texts.values() for text in group if _enough(text)]
    return sorted(every, key=lambda text: -max(r.lix for r in text.readings.values()))[:12]


def _enough(text: Text) -> bool:
    """Of a few words the measure says nothing."""
    return all(reading.words >= SENTENCES for reading in text.readings.values())


def _waits(facts: list[Shown]) -> list[Shown]:
    return [fact for fact in facts if fact.waits]


def _used(catalog: Catalog) -> dict[str, list[str]]:
    used: dict[str, list[str]] = {ident: [] for ident in catalog.facts}
    for key in sorted(catalog.keys):
        for ident in catalog.facts_of(key):
            used[ident].append(key)
    return used


def _dossier(catalog: Catalog, script: Script, lang: str, now: float) -> bytes:
    seen = {**EXAMPLE, "deadline_at": str(int(now) + 40_000)}
    proofs = (Proof("F1", "photo", int(now), "0123456789abcdef" * 4),)
    told = Told(now, seen, int(now), int(now), proofs)
    made = Pages(script, catalog, lang, told, "")
    return draw(made.parts(), rtl=made.rtl)
