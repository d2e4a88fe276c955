# SPDX-License-Identifier: AGPL-3.0-or-later
"""What could strand somebody: every fault of the flow files, all named at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flows.script import BACK, SPEAKS, START, Line, Node, Script
from flows.turn import BUDGET, DEADLINE, DEEDS, HUB, PING

# Nodes that the engine enters by name, besides those the flow files reach.
ENTERED = (
    "danger.unsafe",
    "receipt.only",
    START, HUB, PING, DEADLINE, "welcome.heard", "welcome.doubt", "welcome.unsure", "welcome.list",
    "welcome.minor_now", "welcome.age_known", "danger.self_harm", "danger.home",
    "danger.physical", "danger.here", "danger.what_now", "danger.listening", "danger.over",
    "human.danger", "media.gate", "media.voice", "complaint.typed",
    "receipt.found", "receipt.not_found", "receipt.mistyped", "receipt.door",
    "guide.deadline_done", "leave.exit",
)  # fmt: skip
# Texts that the engine says by itself.
SPOKEN = (
    "talk.back_again", "talk.unreadable", "talk.stale", "talk.lost", "talk.lost_human",
    "talk.corrected", "talk.edit_kept", "talk.noted", "talk.noted_deadline_at",
    "talk.noted_amount", "talk.noted_not_alone", "talk.danger_later", "talk.your_story",
    "danger.other_language", "danger.short", "danger.short_minor", "danger.story_kept",
    "human.urgent", "human.status_now", "media.kept", "media.compressed", "media.failed_empty",
    "media.failed_too_large", "media.failed_type", "media.failed_gone", "media.danger",
    "media.held", "media.shredded", "danger.abroad", "danger.help_coming",
    "talk.late", "talk.all_right", "talk.kept", "talk.kept_short", "talk.danger_word",
    "talk.slow", "talk.deadline_over", "general.hear", "general.hear_other",
    "minor.parent", "minor.first", "witness.report", "stopping.minor",
)  # fmt: skip


def faults(script: Script) -> list[str]:
    """Every contradiction of the flows, sorted; empty when nobody can be stranded."""
    found = [*_targets(script), *_deeds(script), *_dead_ends(script), *_loops(script)]
    return sorted({*found, *_unreached(script), *_always_near(script)})


def texts(script: Script) -> Iterable[tuple[str, str]]:
    """Every (node, content key) the script can say, the situations' own texts included."""
    templates = [(n, line.key) for n, node in script.nodes.items() for line in _lines(node)]
    templates += [(n, c.label) for n, node in script.nodes.items() for c in node.choices]
    templates += [("wants", t) for t in _asides(script) if not t.startswith(SPEAKS)]
    templates += [("engine", key) for key in SPOKEN]
    templates += [("situations", f"label.sit_{s}") for s in script.situations]
    templates += [("intents", f"label.want_{i}") for i in (*script.goes, *script.asides)]
    return [(n, key) for n, t in templates for key in _becomes(script, t)]


def _becomes(script: Script, template: str) -> Iterator[str]:
    """Every content key that a template can turn into."""
    yield script.key(template, None)
    if "{situation}" in template:
        yield from (script.key(template, s) for s in script.situations)
    before, hole, after = template.partition("{platform}")
    if hole:
        yield from (k for k in script.own if k.startswith(before) and k.endswith(after))


def _asides(script: Script) -> list[str]:
    owned: tuple[Mapping[str, tuple[str, ...]], ...] = (
        script.asides, script.aside_minor, script.signs, *script.aside_role.values(),
    )  # fmt: skip
    return [text for own in owned for texts in own.values() for text in texts]


def _led(script: Script) -> list[str]:
    leads = script.leads.values()
    return [*(lead.to for lead in leads), *(lead.danger for lead in leads if lead.danger)]


def _lines(node: Node) -> list[Line]:
    return [*node.say, *node.ask, *([Line(node.end)] if node.end else [])]


def _ways(node: Node) -> Iterator[str]:
    yield from (way.to for way in node.then)
    yield from (choice.to for choice in node.choices)
    if node.text:
        yield node.text.to
    if node.missed:
        yield node.missed.to


def _targets(script: Script) -> Iterator[str]:
    named = [(n, to) for n, node in script.nodes.items() for to in _ways(node)]
    named += [("wants.yaml", to) for to in (*script.anywhere.values(), *script.goes.values())]
    named += [("wants.yaml", to) for to in _led(script)]
    named += [("engine", to) for to in ENTERED]
    named += [("wants.yaml", t.removeprefix(SPEAKS)) for t in _asides(script) if SPEAKS in t]
    for where, to in named:
        if to != BACK and to not in script.nodes:
            yield f"{where}: goes to {to}, which does not exist"


def _deeds(script: Script) -> Iterator[str]:
    for name, node in script.nodes.items():
        for deed in (*node.do, *(d for c in node.choices for d in c.do)):
            if deed not in DEEDS:
                yield f"{name}: wants {deed!r} done, which nobody can do"


def _dead_ends(script: Script) -> Iterator[str]:
    for name, node in script.nodes.items():
        if not node.waits and not node.end and not node.then:
            yield f"{name}: dead end, it neither asks, ends nor goes on"
        if node.waits and not (_answers(node) or node.end):
            yield f"{name}: dead end, it asks and takes no answer"
        if not node.waits and (node.choices or node.text):
            yield f"{name}: waits for an answer without asking anything"
        if (node.skip or node.only) and not node.then:
            yield f"{name}: may be passed over and then has nowhere to go"
        if node.then and node.then[-1].when and not _covers(node):
            yield f"{name}: every way out has a condition; none may hold"


def _answers(node: Node) -> bool:
    """Whether anything that is pressed or written leads on from here."""
    return bool(
        node.choices or node.text or node.situations or node.hears_situation or node.missed
    )


def _covers(node: Node) -> bool:
    tests = [dict(way.when) for way in node.then if len(way.when) == 1]
    return any({"any"} == set(a.get(k, ())) and {"none"} == set(b.get(k, ()))
               for a in tests for b in tests for k in a)  # fmt: skip


def _loops(script: Script) -> Iterator[str]:
    for name in script.nodes:
        if _longest(script, name, frozenset()) > BUDGET:
            yield f"{name}: may pass through more than {BUDGET} nodes without asking"


def _longest(script: Script, name: str, seen: frozenset[str]) -> int:
    node = script.nodes.get(name)
    if node is None or (node.waits and not (node.skip or node.only)) or node.end:
        return 1
    if name in seen:
        return BUDGET + 1
    return 1 + max((_longest(script, w.to, seen | {name}) for w in node.then), default=0)


def _unreached(script: Script) -> Iterator[str]:
    todo, seen = [*ENTERED, *script.anywhere.values(), *script.goes.values()], set[str]()
    todo += _led(script)
    todo += [t.removeprefix(SPEAKS) for t in _asides(script) if t.startswith(SPEAKS)]
    while todo:
        name = todo.pop()
        if name not in seen and name in script.nodes:
            seen.add(name)
            todo.extend(_ways(script.nodes[name]))
    yield from (f"{name}: unreachable" for name in script.nodes if name not in seen)


def _always_near(script: Script) -> Iterator[str]:
    for want in ("human", "erase", "quick_exit"):
        if want not in script.anywhere:
            yield f"wants.yaml: {want!r} is not one step away from everywhere"
