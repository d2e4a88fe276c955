# SPDX-License-Identifier: AGPL-3.0-or-later
"""The flows as a graph: which node leads where and by what; also as Mermaid text. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.script import BACK, Script, Test


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a node to another: by a button, by words, or by itself."""

    start: str
    to: str
    by: str  # the button's id; "words", "unanswered", or empty when nobody is asked
    when: Test = ()

    @property
    def label(self) -> str:
        """What stands at the arrow."""
        return " · ".join(part for part in (self.by, told(self.when)) if part)


def told(test: Test) -> str:
    """A condition in one line, as authors write it."""
    return ", ".join(f"{note}: {'/'.join(values)}" for note, values in test)


def flow_of(node: str) -> str:
    """The file that a node stands in."""
    return node.partition(".")[0]


def flow_names(script: Script) -> list[str]:
    """Every flow, in the order of the files."""
    return list(dict.fromkeys(map(flow_of, script.nodes)))


def edges(script: Script, flow: str | None = None) -> Iterator[Edge]:
    """Every way of the script, or those that begin in one flow."""
    for name, node in script.nodes.items():
        if flow not in {None, flow_of(name)}:
            continue
        yield from (Edge(name, c.to, c.id, c.when) for c in node.choices)
        if node.text:
            yield Edge(name, node.text.to, "words")
        if node.missed:
            yield Edge(name, node.missed.to, "unanswered")
        if not node.waits or node.skip or node.only:
            yield from (Edge(name, way.to, "", way.when) for way in node.then)


def mermaid(script: Script, flow: str) -> str:
    """One flow as a Mermaid flowchart; nodes of other flows are rounded."""
    lines, seen = ["flowchart TD"], set[str]()
    for edge in edges(script, flow):
        for node in (edge.start, edge.to):
            if node not in seen:
                seen.add(node)
                lines.append(f"  {_ident(node)}{_shape(script, node, flow)}")
        arrow = f'-->|"{_quoted(edge.label)}"|' if edge.label else "-->"
        lines.append(f"  {_ident(edge.start)} {arrow} {_ident(edge.to)}")
    alone = [n for n in script.nodes if flow_of(n) == flow and n not in seen]
    lines += [f"  {_ident(node)}{_shape(script, node, flow)}" for node in alone]
    return "\n".join(lines) + "\n"


def overview(script: Script) -> str:
    """Which flow leads to which, as a Mermaid flowchart."""
    pairs = {(flow_of(e.start), flow_of(e.to)) for e in edges(script) if e.to != BACK}
    lines = [f"  {a} --> {b}" for a, b in sorted(pairs) if a != b]
    return "\n".join(["flowchart LR", *lines]) + "\n"


def _shape(script: Script, name: str, flow: str) -> str:
    node = script.nodes.get(name)
    if node is None or flow_of(name) != flow:
        return f'(["{name}"])'
    short = name.partition(".")[2]
    if node.end:
        return f'(("{short}"))'
    return f'{{"{short}"}}' if node.waits else f'["{short}"]'


def _ident(node: str) -> str:
    return node.replace(".", "__") if node != "end" else "end_"


def _quoted(label: str) -> str:
    return label.replace('"', "'")
