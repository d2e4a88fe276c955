# SPDX-License-Identifier: AGPL-3.0-or-later
"""One flow as a reviewer sees it: a drawing, then each node with its bubbles and its ways on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.channels.telegram_shape import shape
from bot.message import Message, Option
from bot.preview import whatsapp
from bot.preview.texts import Text, text
from bot.preview.whatsapp import Screen
from content import Catalog
from flows import graph
from flows.script import Line, Node, Script, Test
from flows.view import holds

GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Bubble:
    """What one line of a node says; ``others`` are the texts it becomes in other situations."""

    text: Text
    when: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """One node: what it says, what it asks, the buttons as each channel lays them out."""

    name: str
    node: Node
    says: tuple[Bubble, ...]
    asks: tuple[Bubble, ...]
    rows: Mapping[str, tuple[tuple[str, ...], ...]]  # language -> Telegram's rows of labels
    whatsapp: Mapping[str, tuple[Screen, ...]]  # language -> its bubbles, buttons and lists
    ways: tuple[graph.Edge, ...]

    @property
    def kind(self) -> str:
        """A key of ``words.yaml``."""
        return "ends" if self.node.end else "waits" if self.node.waits else "passes"

    @property
    def skipped(self) -> str:
        """When the node is passed over."""
        return graph.told(self.node.skip)

    @property
    def only(self) -> str:
        """When it is not."""
        return graph.told(self.node.only)


def scenes(script: Script, catalog: Catalog, flow: str) -> list[Scene]:
    """The nodes of one flow, in the order of the file."""
    ways = list(graph.edges(script, flow))
    return [
        Scene(
            name, node,
            tuple(_bubbles(script, catalog, (*node.say, *([Line(node.end)] if node.end else [])))),
            tuple(_bubbles(script, catalog, node.ask)),
            {lang: _rows(catalog, _options(script, catalog, node, lang, "telegram"), lang)
             for lang in catalog.languages},
            {lang: _whatsapp(script, catalog, node, lang) for lang in catalog.languages},
            tuple(way for way in ways if way.start == name),
        )
        for name, node in script.nodes.items() if graph.flow_of(name) == flow
    ]  # fmt: skip


def _bubbles(script: Script, catalog: Catalog, lines: tuple[Line, ...]) -> Iterator[Bubble]:
    for line in lines:
        keys = sorted(_becomes(line.key, catalog))
        first = script.key(line.key, None)
        shown = first if catalog.has(first) else next(iter(keys), None)
        if shown is not None:
            others = tuple(key for key in keys if key != shown)
            yield Bubble(text(catalog, shown), graph.told(line.when), others)


def _becomes(template: str, catalog: Catalog) -> list[str]:
    """Every key that a template with a hole can turn into."""
    before, hole, rest = template.partition("{")
    if not hole:
        return [template]
    after = rest.partition("}")[2]
    return [
        key for key in catalog.keys
        if key.startswith(before) and key.endswith(after)
        and "." not in key[len(before) : len(key) - len(after)]
    ]  # fmt: skip


def _options(
    script: Script, catalog: Catalog, node: Node, lang: str, channel: str
) -> tuple[Option, ...]:
    """The buttons that a node can show on this channel, all at once."""
    labels = catalog.texts[lang]
    if node.situations:
        return tuple(Option(f"sit_{s}", labels[f"label.sit_{s}"]) for s in script.situations)
    return tuple(Option(c.id, labels[c.label]) for c in node.choices if _there(c.when, channel))


def _there(when: Test, channel: str) -> bool:
    """Whether a test lets this channel through, whatever else it asks."""
    return holds(tuple(line for line in when if line[0] == "channel"), {"channel": channel})


def _rows(catalog: Catalog, options: tuple[Option, ...], lang: str) -> tuple[tuple[str, ...], ...]:
    """The buttons in the rows that the Telegram channel makes of them."""
    if not options:
        return ()
    body = shape("1", Message("x", options, lang, _side(catalog, lang)))[-1]
    rows = body["reply_markup"]["inline_keyboard"]
    return tuple(tuple(button["text"] for button in row) for row in rows)


def _whatsapp(script: Script, catalog: Catalog, node: Node, lang: str) -> tuple[Screen, ...]:
    said = (*node.say, *node.ask, *([Line(node.end)] if node.end else []))
    lines = []
    for line in said:
        key = script.key(line.key, None, whatsapp.NAME)
        shown = key if catalog.has(key) else next(iter(sorted(_becomes(line.key, catalog))), None)
        if shown is not None and _there(line.when, whatsapp.NAME):
            lines.append(whatsapp.Line(text(catalog, shown), graph.told(line.when)))
    options = _options(script, catalog, node, lang, whatsapp.NAME)
    pick = catalog.texts[lang]["label.choose"]
    return whatsapp.screens(lines, options, lang, _side(catalog, lang), pick)


def _side(catalog: Catalog, lang: str) -> Literal["rtl", "ltr"]:
    return "rtl" if catalog.rtl(lang) else "ltr"
