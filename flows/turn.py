# SPDX-License-Identifier: AGPL-3.0-or-later
"""One turn in the making: where it goes, what it says, what it wants done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flows.model import (
    Allow,
    Confirmed,
    DropPapers,
    Effect,
    Erase,
    Escalate,
    Fetch,
    FileCase,
    HandOff,
    Lang,
    Papers,
    QuickExit,
    ReadAnswers,
    Recall,
    RefuseFile,
    Remind,
    Say,
    ShredFiles,
    State,
    Step,
    Subscribe,
    Tell,
    Unlink,
    Unremind,
    Unsubscribe,
    Wipe,
    Withdraw,
    World,
)  # fmt: skip
from flows.script import BACK, START, Line, Node, Script
from flows.view import holds, urgency, view

BUDGET = 30  # nodes one turn may pass through; sanad check proves that no flow needs more
BUBBLES = 3  # what a frightened person reads at once
DEEP = frozenset(("coach", "complaint", "guide", "human", "media", "receipt", "repair"))
SHUT, KEPT = "talk.kept", "talk.kept_short"  # nobody can open it: true until an alarm
HUB, PING, DEADLINE = "guide.menu", "human.ping", "guide.deadline"

PLAIN: Mapping[str, Effect] = {
    "hand_off": HandOff(),
    "file_case": FileCase(),
    "confirmed": Confirmed(),
    "read_answers": ReadAnswers(),
    "allow_now": Allow("now"),
    "allow_after9": Allow("after9"),
    "allow_no": Allow("no"),
    "withdraw": Withdraw(),
    "unlink": Unlink(),
    "erase": Erase(),
    "quick_exit": QuickExit(),
    "fetch": Fetch(),
    "refuse_minor": RefuseFile("minor"),
    "refuse_intimate": RefuseFile("intimate"),
    "refuse_dropped": RefuseFile("dropped"),
    "subscribe": Subscribe(),
    "unsubscribe": Unsubscribe(),
    "papers": Papers(),
    "drop_papers": DropPapers(),
    "tell": Tell(),
    "remind_tonight": Remind(0, 20),
    "remind_morning": Remind(1, 10),
    "remind_evening": Remind(1, 20),
    "remind_later": Remind(2, 10),
    "unremind": Unremind(),
    "wipe": Wipe(),
}
SPECIAL = ("escalate", "recall", "switch_language", "deadline_part")
DEEDS = frozenset((*PLAIN, *SPECIAL))  # what a flow file may name under ``do``


@dataclass(slots=True)
class Turn:
    """Collects one answer; :meth:`done` hands it over."""

    script: Script
    world: World
    state: State
    effects: list[Effect] = field(default_factory=list)
    bubbles: list[tuple[str, ...]] = field(default_factory=list)
    over: str | None = None  # the last text of a conversation that ends
    silent: bool = False  # nothing is asked again
    values: dict[str, str] = field(default_factory=dict)  # shown by this turn's texts
    extra: dict[str, str] = field(default_factory=dict)  # seen by conditions in this turn only
    _seen: Mapping[str, str] = field(default_factory=dict)
    _seen_of: State | None = None

    @property
    def node(self) -> Node:
        """Where the conversation stands."""
        return self.script.nodes[self.state.at]

    @property
    def seen(self) -> Mapping[str, str]:
        """What conditions can see; worked out once for each state."""
        if self._seen_of is not self.state:
            seen = {**view(self.script, self.state, self.world), **self.extra}
            self._seen, self._seen_of = seen, self.state
        return self._seen

    @property
    def heard(self) -> str:
        """The words that show a situation was heard: to the person, or to who writes for them."""
        own = self.state.notes.get("for") != "other"
        return "{situation}.hear" if own else "{situation}.hear_other"

    def note(self, **notes: str) -> None:
        """Remember picked answers; an empty value forgets one. Late minority shreds media."""
        if not notes:
            return
        late = notes.get("age_band") == "minor" and self.state.notes.get("age_band") != "minor"
        if late and (self.world.files or self.world.waiting):
            self.effects.append(ShredFiles())
            self.say(*(["media.shredded"] if self.world.files else []))
        merged = {**self.state.notes, **notes}
        self.state = replace(self.state, notes={k: v for k, v in merged.items() if v})

    def say(self, *templates: str) -> None:
        """Add a bubble of these texts; what this answer says already is not said again."""
        situation, platform = (self.state.notes.get(n) for n in ("situation", "platform"))
        channel = self.world.channel
        keys = [self.script.key(t, situation, channel, platform) for t in templates]
        said = {key for texts in self.bubbles for key in texts}
        if new := tuple(key for key in keys if key not in said):
            self.bubbles.append(new)

    def do(self, *names: str) -> None:
        """Want these deeds done."""
        for name in names:
            match name:
                case "escalate":
                    self.escalate()
                case "recall":
                    self.note(escalated="recalled")
                    self.effects.append(Recall())
                case "switch_language":
                    self.state = replace(self.state, lang=self._next_language())
                case "deadline_part":
                    self._deadline_part()
                case _:
                    self.effects.append(PLAIN[name])

    def _next_language(self) -> Lang:
        """The language after this one: of two, the other."""
        spoken = self.script.languages
        place = spoken.index(self.state.lang) if self.state.lang in spoken else -1
        return spoken[(place + 1) % len(spoken)]

    def escalate(self) -> None:
        """Put the case in front of a human, as urgently as triage says.

        What this turn said before of a draft that nobody can open has become untrue.
        """
        self.note(escalated="yes")
        self.bubbles = [
            tuple(KEPT if text == SHUT else text for text in texts) for texts in self.bubbles
        ]
        self.effects.append(Escalate(urgency(self.script, self.state, self.world)))

    def enter(self, name: str) -> None:
        """Walk from *name* to the next node that waits."""
        for _ in range(BUDGET):
            name = self._resolve(name)
            node = self.script.nodes[name]
            if not self.passed_over(node):
                self._visit(node)
                if node.waits or node.end:
                    self.state = replace(self.state, at=name)
                    channel = self.world.channel
                    self.over = self.script.key(node.end, None, channel) if node.end else None
                    return
            name = self._next(node)
        self.state = replace(self.state, at=START)  # unreachable while sanad check is green

    def _visit(self, node: Node) -> None:
        self.do(*node.do)
        self.say(*self.keys(node.say))
        if not node.waits:
            self.note(**dict(node.note))

    def _resolve(self, name: str) -> str:
        if name == BACK:
            name = self.state.back or START
            self.state = replace(self.state, back=None)
        return name if name in self.script.nodes else START

    def passed_over(self, node: Node) -> bool:
        """Whether what the node asks is known already, or not for this person."""
        seen = self.seen
        return bool(node.skip and holds(node.skip, seen)) or not holds(node.only, seen)

    def _next(self, node: Node) -> str:
        seen = self.seen
        return next((way.to for way in node.then if holds(way.when, seen)), START)

    def keys(self, lines: tuple[Line, ...]) -> list[str]:
        """The templates of the lines that hold now."""
        seen = self.seen
        return [line.key for line in lines if holds(line.when, seen)]

    def _deadline_part(self) -> None:
        part, due = self.state.notes.get("deadline_part"), self.state.notes.get("deadline_at")
        if due and self.state.notes.get("deadline_sure") == "no":
            later = 12 * 3600 if part == "evening" else 0
            self.note(deadline_at=str(int(due) + later), deadline_sure="yes")

    def done(self) -> Step:
        """The finished answer: the case's urgency attended to, at most three bubbles."""
        if self.over:
            last = self.script.key(self.over, None, self.world.channel)
            return Step(self.state, (*self.effects, Say((last,))))
        if not self.silent:
            self._settle()
        says = self._says()
        return Step(self.state, (*self.effects, *says))

    def _settle(self) -> None:
        """An urgency learned on the way alarms a human at once; open questions come next."""
        notes, flow = self.state.notes, self.state.at.partition(".")[0]
        deep = flow in DEEP
        urgent = self.seen["urgency"] == "urgent"
        if deep and urgent and "escalated" not in notes:
            self.escalate()
            self.say("human.urgent", "human.status_now")
        notes = self.state.notes
        if self.state.at == HUB and self._unsure_deadline():
            self.state = replace(self.state, at=DEADLINE)
        elif self.state.at == HUB and notes.get("escalated") == "yes" and "ping" not in notes:
            self.state = replace(self.state, at=PING)

    def _unsure_deadline(self) -> bool:
        notes = self.state.notes
        return notes.get("deadline_sure") == "no" and "deadline_part" not in notes

    def _says(self) -> list[Say]:
        question = [] if self.silent else self._question()
        room = BUBBLES - len(question)
        bubbles = self.bubbles
        if self.state.notes.get("danger"):  # the numbers stand before everything else
            bubbles = sorted(bubbles, key=lambda texts: not texts[0].startswith("danger."))
        while len(bubbles) > room:
            bubbles = [(*bubbles[0], *bubbles[1]), *bubbles[2:]]
        values = tuple(sorted(self._values().items()))
        return [*(Say(texts, values=values) for texts in bubbles), *question]

    def _question(self) -> list[Say]:
        node, seen = self.node, self.seen
        texts = tuple(self.script.key(t, None, self.world.channel) for t in self.keys(node.ask))
        if not texts:
            return []
        options = [(c.id, c.label) for c in node.choices if holds(c.when, seen)]
        if node.situations:
            options = [(f"sit_{s}", f"label.sit_{s}") for s in self.script.situations]
        if self.state.at == "welcome.doubt":
            options = [*self._candidates(), *options]
        self.note(**dict(node.note))
        values = tuple(sorted(self._values().items()))
        return [Say(texts, tuple(options), values, self.state.at)]

    def first_candidate(self) -> str:
        """The likelier of two readings, as its button."""
        return next((option for option, _ in self._candidates()), "list")

    def _candidates(self) -> list[tuple[str, str]]:
        names = [self.state.notes.get(n) for n in ("doubt_a", "doubt_b")]
        kind = {name: "sit" if name in self.script.situations else "want" for name in names}
        return [(f"{kind[n]}_{n}", f"label.{kind[n]}_{n}") for n in names if n]

    def _values(self) -> dict[str, str]:
        notes = self.state.notes
        situation = notes.get("situation")
        return {
            "situation": f"@label.sit_{situation}" if situation else "@talk.your_story",
            "amount": notes.get("amount", ""),
            **self.values,
        }
