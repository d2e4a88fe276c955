# SPDX-License-Identifier: AGPL-3.0-or-later
"""What journal and counsellor find after a storm, beside the same words in peace."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import content
from tests.faults.account import TOKEN, Account, Bubble
from tests.faults.cast import FIRST, KEEPERS, plain, shown_receipt
from tests.faults.process import ALARMED
from tests.faults.storm import Kill, Storm

_DATE = re.compile(r"\d\d/\d\d/\d{4}")
_ALARM = re.compile(r"sanad cases take (\w+)")
MUTE = 0.5  # seconds: what is journaled so soon after a start was sent in the life before it
_FIRST_KEYS = ("human.status_now", "receipt.status_taken")


@dataclass(slots=True)
class Verdict:
    """Faults by name, none of which quotes anybody; figures for the reader."""

    faults: list[str] = field(default_factory=list)
    doubled: int = 0
    doubled_alarms: int = 0
    broke_off: set[Kill] = field(default_factory=set)  # with a send under way, certainly
    figures: dict[str, int] = field(default_factory=dict)


def judge(storm: Storm, acknowledged: Iterable[int], after: Account, peace: Account) -> Verdict:
    """Compare a storm with the same words in peace."""
    verdict = Verdict()
    found = verdict.faults
    found += [f"exit code {storm.exit_code}"] * (storm.exit_code != 0)
    confirmed = set(acknowledged)
    found += [f"update {u} was never confirmed" for u in storm.updates if u not in confirmed]
    _words(storm, after, peace, found)
    _told(storm, after, peace, verdict)
    found += ["a receipt opens nothing"] * after.receipts["opens nothing"]
    if after.contacts != peace.contacts:
        found.append(f"{after.contacts} contacts are remembered instead of {peace.contacts}")
    found += ["a row is parked"] * after.parked
    _alarms(storm, after, verdict)
    under_way = verdict.broke_off | {kill for kill in storm.kills if kill.sends}
    verdict.figures |= {
        "kills": len(storm.kills),
        "with an open transaction": sum(k.transaction for k in storm.kills),
        "with a send under way": sum(k in under_way for k in storm.kills),
        "with either": sum(k.transaction or k in under_way for k in storm.kills),
        "messages confirmed": len(confirmed & storm.updates.keys()),
        "bubbles": sum(map(len, after.bubbles.values())),
        "stories kept": sum(len(case.tokens) for case in after.cases),
        "receipts shown": after.receipts.total(),
        "receipts that open their case": after.receipts["opens"],
        "sends doubled": verdict.doubled,
        "alarms doubled": verdict.doubled_alarms,
    }
    return verdict


def _words(storm: Storm, after: Account, peace: Account, found: list[str]) -> None:
    """Every story of a confirmed message once, in its case, in order; nothing that was erased."""
    kept = Counter(token for case in after.cases for token in case.tokens)
    found += [f"a story is kept {n} times" for n in kept.values() if n > 1]
    faulty = sum(kind == "faulty" for case in after.cases for kind, _ in case.entries)
    found += ["an update could not be handled"] * faulty
    for chat, words in storm.updates.values():
        if chat < FIRST + KEEPERS:
            found += ["lost: a confirmed story" for t in TOKEN.findall(words) if t not in kept]
    for case in after.cases:
        if case.tokens != sorted(case.tokens):
            found.append("stories of a case out of order")
    left, right = Counter(after.cases), Counter(peace.cases)
    found += [f"lost or changed: a {c.stage} case of {len(c.entries)}" for c in right - left]
    found += [f"not as in peace: a {c.stage} case of {len(c.entries)}" for c in left - right]


def _told(storm: Storm, after: Account, peace: Account, verdict: Verdict) -> None:
    """Everybody heard what they would have heard in peace; a kill may double a bubble."""
    names = Names()
    for chat in storm.said:
        is_, should = _runs(after.bubbles[chat], names), _runs(peace.bubbles[chat], names)
        if difference := _difference([name for name, _ in is_], [name for name, _ in should]):
            verdict.faults.append(f"lost or changed: chat {chat - FIRST} heard {difference}")
            continue
        for (_, heard), (_, wanted) in zip(is_, should, strict=True):
            extra = len(heard) - len(wanted)
            verdict.doubled += max(0, extra)
            if len(wanted) == 1:
                verdict.broke_off |= _proved(storm.kills, heard)
            if extra < 0:
                verdict.faults.append(f"lost: a bubble of chat {chat - FIRST}")
            elif extra > _kills_within(storm.kills, heard):
                verdict.faults.append(f"doubled without a try behind it: chat {chat - FIRST}")


def _difference(heard: Sequence[str], wanted: Sequence[str]) -> str:
    """Where two sequences part, in the bot's own words; empty where they do not."""
    pairs = itertools.zip_longest(heard, wanted, fillvalue="nothing")
    parted = ((n, is_, should) for n, (is_, should) in enumerate(pairs) if is_ != should)
    return next((f"{is_[:60]!r} for {should[:60]!r} at {n}" for n, is_, should in parted), "")


def _alarms(storm: Storm, after: Account, verdict: Verdict) -> None:
    """Every lodged case was put before a human; again only where a kill broke it off."""
    raised: dict[str, list[Bubble]] = defaultdict(list)
    for bubble in after.bubbles[ALARMED]:
        raised[bubble.text].append(bubble)
    cases = {found[1] for text in raised if (found := _ALARM.search(text))}
    lodged = sum(case.stage == "filed" for case in after.cases)
    if len(cases) < lodged:
        verdict.faults.append(f"lost: {lodged - len(cases)} alarms")
    for bubbles in raised.values():
        verdict.doubled_alarms += len(bubbles) - 1
        if len(bubbles) - 1 > _kills_within(storm.kills, bubbles):
            verdict.faults.append("an alarm doubled without a kill")


def _kills_within(kills: Sequence[Kill], bubbles: Sequence[Bubble]) -> int:
    """How many kills can have doubled one of these: one was sent before each, and one after."""
    first, last = bubbles[0].at, bubbles[-1].at
    return sum(first < kill.again + MUTE and kill.dead < last for kill in kills)


def _proved(kills: Sequence[Kill], copies: Sequence[Bubble]) -> set[Kill]:
    """The kills that made a bubble be said again: alone between two copies of it."""
    proved: set[Kill] = set()
    for one, other in itertools.pairwise(copies):
        between = {kill for kill in kills if one.at < kill.again < other.at}
        proved |= between if len(between) == 1 else set()
    return proved


class Names:
    """Bubbles without what may differ between two runs: a receipt, a date, how far an alarm is."""

    def __init__(self) -> None:
        catalog = content.load()
        self._status: dict[str, str] = {}
        for lang, first in itertools.product(catalog.languages, _FIRST_KEYS):
            key: str | None = first
            while key:
                self._status[plain(catalog.text(lang, key, time=""))] = first
                promise = catalog.promise(key)
                key = promise.otherwise if promise else None

    def of(self, text: str) -> str:
        """The bubble's name."""
        if shown_receipt(text):
            return "a receipt"
        name = _DATE.sub("a date", plain(text))
        for status, first in self._status.items():
            name = name.replace(status, first)
        return name


def _runs(bubbles: Sequence[Bubble], names: Names) -> list[tuple[str, list[Bubble]]]:
    """Equal neighbours together: among them nobody can say which is the doubled one."""
    runs = itertools.groupby(bubbles, lambda bubble: names.of(bubble.text))
    return [(name, list(run)) for name, run in runs]
