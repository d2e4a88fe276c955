# SPDX-License-Identifier: AGPL-3.0-or-later
"""The flow files, read once into frozen nodes; nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from flows.files import nodes as nodes_of
from flows.files import read

START = "welcome.start"
BACK = "back"  # a target: the node that an aside interrupted
ANY, NONE = "any", "none"
GENERAL = "general"  # the text of whatever has no text of its own
SPEAKS = "node:"  # an aside may be what a node says: "node:guide.report"

T = TypeVar("T")
Test = tuple[tuple[str, tuple[str, ...]], ...]  # (note, accepted values); all must hold
Raw = Mapping[str, Any]


class ScriptError(ValueError):
    """The flow files contradict themselves; every fault is listed."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Line:
    """A content key, said when its test holds; "{situation}.steps", "coach.{platform}" are own."""

    key: str
    when: Test = ()


@dataclass(frozen=True, slots=True)
class Way:
    """Where to go when a test holds."""

    to: str
    when: Test = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A button, the words that mean the same, and what picking it leads to."""

    id: str
    label: str
    to: str
    when: Test = ()
    note: tuple[tuple[str, str], ...] = ()
    do: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Free words are an answer here: sealed as ``keep``, then on to ``to``."""

    keep: str
    to: str
    note: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """Where a question leads that was not answered twice: nobody is held by a form."""

    to: str
    note: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One place of a conversation: it says, perhaps does, then waits or goes on."""

    say: tuple[Line, ...] = ()
    ask: tuple[Line, ...] = ()
    choices: tuple[Choice, ...] = ()
    text: Text | None = None
    then: tuple[Way, ...] = ()
    do: tuple[str, ...] = ()
    note: tuple[tuple[str, str], ...] = ()
    skip: Test = ()  # ``unless``: passed over when it holds
    only: Test = ()  # ``if``: passed over when it does not
    fills: str | None = None  # "age", "phone": a number answers the question
    hears_situation: bool = False  # a new situation may be told here
    situations: bool = False  # one button a situation
    missed: Missed | None = None  # not answered twice: this note is taken and the way on
    once: str | None = None  # asked once; this note then says that nothing was answered
    end: str | None = None  # the last text; the conversation is over

    @property
    def waits(self) -> bool:
        """Whether the conversation stops here for an answer."""
        return bool(self.ask)


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a sign leads from everywhere: somebody with a need of their own, not with an answer.

    ``instead``: whoever writes is not the victim, so the message tells no situation of theirs.
    ``quiet``: a situation told beside it is remembered; the way itself has the words for it.
    ``danger``: where it leads while danger lasts; without it danger goes on as it does.
    """

    to: str
    instead: bool = False
    quiet: bool = False
    danger: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of triage."""

    urgency: str
    when: Test
    why: str


@dataclass(frozen=True, slots=True)
class Script:
    """All nodes, and what reaches them from everywhere."""

    nodes: Mapping[str, Node]
    anywhere: Mapping[str, str] = field(default_factory=dict)
    goes: Mapping[str, str] = field(default_factory=dict)
    asides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aside_minor: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aside_role: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    signs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recalls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leads: Mapping[str, Lead] = field(default_factory=dict)
    threats: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()  # of these, where an image or a secret is held or shown
    situations: tuple[str, ...] = ()
    triage: tuple[Rule, ...] = ()
    languages: tuple[str, ...] = ("ar", "fr")
    own: frozenset[str] = frozenset()  # content keys of situations that have their own text

    def key(
        self, template: str, situation: str | None, channel: str = "", platform: str | None = None
    ) -> str:
        """The content key: the situation's, app's or channel's own text, or the general one."""
        for hole, name in (("{situation}", situation), ("{platform}", platform)):
            if hole in template:
                own = template.replace(hole, name or GENERAL)
                return own if own in self.own else template.replace(hole, GENERAL)
        own = f"{template}_{channel}"
        return own if channel and own in self.own else template


def load(
    own: Iterable[str],
    situations: Iterable[str],
    root: Traversable | None = None,
    languages: Iterable[str] = ("ar", "fr"),
) -> Script:
    """Read every ``*.yaml`` of *root*; *own* are the content keys that exist.

    Raises `ScriptError` naming every file and node that cannot be understood.
    """
    found: list[str] = []
    raw = read(root or files("flows"), found)
    wants, triage = raw.pop("wants", None), raw.pop("triage", None)
    told = {flow: dict(nodes_of(flow, body, found)) for flow, body in raw.items()}
    nodes = {
        f"{flow}.{name}": node
        for flow, specs in told.items()
        for name, spec in specs.items()
        if (node := _understood(f"{flow}.{name}", found, _node, flow, spec))
    }
    script = _understood("wants.yaml or triage.yaml", found, _script, nodes, wants, triage)
    if found or script is None:
        raise ScriptError(found)
    return replace(
        script,
        situations=tuple(situations),
        languages=tuple(languages),
        own=frozenset(own),
    )


def _understood(where: str, found: list[str], build: Callable[..., T], *told: Any) -> T | None:
    """What *build* makes of a part of a file; None and a fault if it is not as it should be."""
    try:
        return build(*told)
    except (AttributeError, KeyError, TypeError, ValueError) as cause:
        what = f", {cause} is missing" if isinstance(cause, KeyError) else ""
        found.append(f"{where}: not understood{what}")
        return None


def _script(nodes: Mapping[str, Node], wants: Raw, triage: Sequence[Raw]) -> Script:
    return Script(
        nodes=nodes,
        anywhere=wants["anywhere"],
        goes=wants["goes"],
        asides={k: tuple(v) for k, v in wants["asides"].items()},
        aside_minor={k: tuple(v) for k, v in wants["aside_minor"].items()},
        aside_role={
            role: {k: tuple(v) for k, v in own.items()}
            for role, own in wants["aside_role"].items()
        },
        signs={k: tuple(v) for k, v in wants["signs"].items()},
        recalls={k: tuple(v) for k, v in wants["recalls"].items()},
        leads={sign: _lead(spec) for sign, spec in wants["leads"].items()},
        threats=frozenset(wants["situations"]["threat"]),
        held=frozenset(wants["situations"]["held"]),
        triage=tuple(Rule(r["urgency"], _test(r["if"]), r["why"]) for r in triage),
    )


def _lead(spec: str | Raw) -> Lead:
    return Lead(spec) if isinstance(spec, str) else Lead(**spec)


def _node(flow: str, spec: Raw) -> Node:
    text = spec.get("text")
    return Node(
        say=_lines(spec.get("say", ())),
        ask=_lines(spec.get("ask", ())),
        choices=tuple(_choice(flow, i, o) for i, o in spec.get("options", {}).items()),
        text=Text(text["keep"], _full(flow, text["to"]), _note(text)) if text else None,
        then=_ways(flow, spec.get("then")),
        do=tuple(spec.get("do", ())),
        note=_note(spec),
        skip=_test(spec.get("unless")),
        only=_test(spec.get("if")),
        fills=spec.get("fills"),
        hears_situation=bool(spec.get("hears_situation")),
        situations=bool(spec.get("situations")),
        missed=_missed(flow, spec),
        once=spec.get("once"),
        end=spec.get("end"),
    )


def _choice(flow: str, ident: str, spec: Raw) -> Choice:
    return Choice(
        id=ident,
        label=spec["label"],
        to=_full(flow, spec["to"]),
        when=_test(spec.get("if")),
        note=_note(spec),
        do=tuple(spec.get("do", ())),
        hears=tuple(spec.get("hears", ())),
    )


def _missed(flow: str, spec: Raw) -> Missed | None:
    raw = spec.get("missed")
    return Missed(_full(flow, raw["to"]), _note(raw)) if raw else None


def _lines(spec: Any) -> tuple[Line, ...]:
    items = [spec] if isinstance(spec, str) else spec
    return tuple(
        Line(i) if isinstance(i, str) else Line(i["say"], _test(i.get("if"))) for i in items
    )


def _ways(flow: str, spec: Any) -> tuple[Way, ...]:
    if not spec:
        return ()
    items: list[Raw] = [{"to": spec}] if isinstance(spec, str) else spec
    return tuple(Way(_full(flow, i["to"]), _test(i.get("if"))) for i in items)


def _test(spec: Raw | None) -> Test:
    values = {k: v if isinstance(v, list) else [v] for k, v in (spec or {}).items()}
    return tuple((k, tuple(str(x) for x in v)) for k, v in values.items())


def _note(spec: Raw) -> tuple[tuple[str, str], ...]:
    return tuple((k, str(v)) for k, v in spec.get("note", {}).items())


def _full(flow: str, name: str) -> str:
    return name if "." in name or name == BACK else f"{flow}.{name}"
