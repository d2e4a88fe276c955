# SPDX-License-Identifier: AGPL-3.0-or-later
"""The flow files as their authors wrote them: whatever nobody could read is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Any

import yaml

Raw = Mapping[str, Any]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # five times as fast
_NODE = frozenset((
    "say", "ask", "options", "text", "then", "do", "note", "unless", "if", "fills",
    "hears_situation", "situations", "missed", "once", "end",
))  # fmt: skip
_OPTION = frozenset(("label", "to", "if", "note", "do", "hears"))
_TEXT = frozenset(("keep", "to", "note"))
_MISSED = frozenset(("to", "note"))


def read(root: Traversable, found: list[str]) -> dict[str, Any]:
    """What each ``*.yaml`` of *root* holds, by its first name; faults into *found*."""
    raw = {}
    for file in sorted(root.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".yaml"):
            continue
        try:
            body = yaml.load(file.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - a safe loader, the C one where there is one
        except (yaml.YAMLError, UnicodeDecodeError) as cause:
            mark = getattr(cause, "problem_mark", None)
            line = f" in line {mark.line + 1}" if mark else ""
            found.append(f"{file.name}: unreadable{line}")
            continue
        raw[file.name.removesuffix(".yaml")] = body
    return raw


def nodes(flow: str, body: Any, found: list[str]) -> Iterator[tuple[str, Raw]]:
    """The nodes of one file, by name; what is no node is a fault."""
    specs = body.get("nodes") if isinstance(body, dict) else None
    if not isinstance(specs, dict):
        found.append(f"{flow}.yaml: holds no nodes")
        return
    for name, spec in specs.items():
        if spec is None or isinstance(spec, dict):
            found += [f"{flow}.{name}: {fault}" for fault in _unknown(spec or {})]
            yield str(name), spec or {}
        else:
            found.append(f"{flow}.{name}: is no node")


def _unknown(spec: Raw) -> Iterator[str]:
    """Words that nobody would ever read: a slip of the pen, most of the time."""
    yield from _strange(spec, _NODE, "")
    options = spec.get("options")
    for ident, option in options.items() if isinstance(options, dict) else ():
        yield from _strange(option, _OPTION, f" in option {ident}")
    yield from _strange(spec.get("text"), _TEXT, " in text")
    yield from _strange(spec.get("missed"), _MISSED, " in missed")


def _strange(spec: Any, known: frozenset[str], where: str) -> Iterator[str]:
    if isinstance(spec, dict):
        yield from (f"unknown field {field!r}{where}" for field in spec if field not in known)
