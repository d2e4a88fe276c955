# SPDX-License-Identifier: AGPL-3.0-or-later
"""A flow drawn as SVG: nodes in rows by how far they are from the beginning, arrows between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from flows import graph
from flows.script import Script

WIDTH, HEAD, LINE = 158, 26, 13  # of a box, pixels
GAP_X, GAP_Y, MARGIN = 26, 54, 14
NAMED = 22  # letters of a node of another flow that a box has room for
TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
    ' orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its place; ``leaves`` are the nodes of other flows that it leads to."""

    name: str
    kind: str
    leaves: tuple[str, ...]
    row: int
    x: int
    y: int

    @property
    def height(self) -> int:
        """Room for the name and a line for each way out."""
        return HEAD + LINE * len(self.leaves) + (6 if self.leaves else 0)


def svg(script: Script, flow: str) -> str:
    """Draw one flow; each box is a link to its node further down the page."""
    ways = list(graph.edges(script, flow))
    inner = [way for way in ways if graph.flow_of(way.to) == flow and way.to in script.nodes]
    boxes = _placed(script, flow, ways, inner)
    width = max(box.x for box in boxes.values()) + WIDTH + MARGIN
    height = max(box.y + box.height for box in boxes.values()) + MARGIN
    lines = [_arrow(boxes[way.start], boxes[way.to], way.label) for way in _once(inner)]
    drawn = [*lines, *map(_box, boxes.values())]
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
        f' aria-label="{escape(flow)}">{TIP}{"".join(drawn)}</svg>'
    )


def _once(ways: Sequence[graph.Edge]) -> Iterator[graph.Edge]:
    """One arrow for all ways between the same two nodes."""
    seen = set[tuple[str, str]]()
    for way in ways:
        if (way.start, way.to) not in seen and way.start != way.to:
            seen.add((way.start, way.to))
            yield way


def _placed(
    script: Script, flow: str, ways: Sequence[graph.Edge], inner: Sequence[graph.Edge]
) -> dict[str, Box]:
    names = [name for name in script.nodes if graph.flow_of(name) == flow]
    rows = _rows(names, inner)
    boxes: dict[str, Box] = {}
    y = MARGIN
    for number in sorted(set(rows.values())):
        row = sorted(
            (n for n in names if rows[n] == number), key=lambda n: _middle(n, inner, boxes)
        )
        placed = [
            Box(name, _kind(script, name), _leaves(name, flow, ways), number,
                MARGIN + place * (WIDTH + GAP_X), y)
            for place, name in enumerate(row)
        ]  # fmt: skip
        boxes |= {box.name: box for box in placed}
        y += max(box.height for box in placed) + GAP_Y
    return boxes


def _rows(names: Sequence[str], inner: Sequence[graph.Edge]) -> dict[str, int]:
    """How many steps a node is from the first one, or from one that nothing here leads to."""
    targets = {way.to for way in inner if way.to != way.start}
    rows: dict[str, int] = {}
    begin = [name for name in names if name not in targets] or [names[0]]
    todo = [(name, 0) for name in begin]
    while todo or len(rows) < len(names):
        if not todo:  # a circle that nothing leads into
            todo = [(next(name for name in names if name not in rows), 0)]
        name, row = todo.pop(0)
        if name in rows:
            continue
        rows[name] = row
        todo += [(way.to, row + 1) for way in inner if way.start == name]
    return rows


def _middle(name: str, inner: Sequence[graph.Edge], boxes: dict[str, Box]) -> float:
    above = [boxes[way.start].x for way in inner if way.to == name and way.start in boxes]
    return sum(above) / len(above) if above else 0.0


def _kind(script: Script, name: str) -> str:
    node = script.nodes[name]
    return "ends" if node.end else "waits" if node.waits else "passes"


def _leaves(name: str, flow: str, ways: Sequence[graph.Edge]) -> tuple[str, ...]:
    out = [way.to for way in ways if way.start == name and graph.flow_of(way.to) != flow]
    return tuple(dict.fromkeys(out))


def _box(box: Box) -> str:
    short = box.name.partition(".")[2]
    leaves = "".join(
        f'<text class="leaf" x="{box.x + 8}" y="{box.y + HEAD + LINE * place + 8}">'
        f"→ {escape(to[:NAMED])}</text>"
        for place, to in enumerate(box.leaves)
    )
    return (
        f'<a href="#{escape(short)}"><g class="box {box.kind}">'
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{box.height}" rx="7"/>'
        f'<text x="{box.x + 8}" y="{box.y + 17}">{escape(short)}</text>{leaves}</g></a>'
    )


def _arrow(start: Box, to: Box, label: str) -> str:
    x1, y1 = start.x + WIDTH // 2, start.y + start.height
    x2, y2 = to.x + WIDTH // 2, to.y
    if to.row > start.row:
        curve = f"M{x1},{y1} C{x1},{y1 + 30} {x2},{y2 - 30} {x2},{y2 - 2}"
        kind = "way"
    else:  # back up, or beside: around the right side, dashed
        x1, y1, x2, y2 = start.x + WIDTH, start.y + 14, to.x + WIDTH, to.y + 14
        curve = f"M{x1},{y1} C{x1 + 40},{y1} {x2 + 40},{y2} {x2 + 2},{y2}"
        kind = "way again"
    return f'<path class="{kind}" d="{curve}"><title>{escape(label)}</title></path>'
