# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a gale did: journal and counsellor beside an undisturbed bot that heard the same."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bot.app import DATABASE
from bot.store import Store
from bot.vault import receipt
from tests.faults.account import Account, Bubble, account
from tests.faults.gale import Gale
from tests.faults.hearing import heard
from tests.faults.peace import peace
from tests.faults.process import ALARMED, House
from tests.faults.skies import Sky
from tests.faults.storm import Kill
from tests.faults.verdict import MUTE, Names

CLOSING = 2.0  # seconds at most from a send to the note that it is done
_ALARM = re.compile(r"sanad cases take (\w+)")


@dataclass(slots=True)
class Audit:
    """Faults by name, none of which quotes anybody; figures for the reader."""

    faults: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)


def audit(sky: Sky, house: House, gale: Gale, folder: Path) -> Audit:
    """Compare; the order in which the bot took messages is its own to choose, nothing else."""
    found, bubbles = Audit(), sky.bubbles()
    confirmed = sky.confirmed()
    left = gale.said.keys() - confirmed
    found.faults += ["an update was never confirmed"] * len(left)
    found.faults += ["stranded: under way when all should be done"] * bool(gale.stranded)
    found.faults += [f"exit code {gale.exit_code}"] * (gale.exit_code != 0)
    after, order = account(bubbles, house), _order(sky, house, gale)
    before = peace(sky.name, house, folder, order)
    unkept = len(confirmed & gale.said.keys()) - sum(map(len, order.values()))
    found.faults += ["an update was confirmed and never kept"] * unkept
    found.faults += ["a row is parked"] * after.parked
    found.faults += ["a receipt opens nothing"] * after.receipts["opens nothing"]
    if after.contacts != before.contacts:
        found.faults.append("contacts: not as many as in peace")
    _kept(after, before, found)
    explained = _reasons(sky, gale)
    _told(gale, bubbles, before, explained, found)
    _alarms(after, bubbles, explained, found)
    repeated = sum(event["event"] == "repeated" for event in sky.tape.look())
    struck = Counter(e["kind"] for e in sky.tape.look() if e["event"] == "struck")
    found.figures |= {
        "updates": len(gale.said), "confirmed": len(gale.said.keys() & confirmed),
        "duplicates posted": repeated, "kills": len(gale.kills),
        "kills with an open transaction": sum(kill.transaction for kill in gale.kills),
        "refused with 429": struck["error"], "cut before the deed": struck["cut"],
        "cut after the deed": struck["lost"], "bubbles": sum(map(len, bubbles.values())),
        "stories kept": sum(len(case.tokens) for case in after.cases),
        "receipts that open their case": after.receipts["opens"],
        "stranded": gale.stranded, "seconds": round(gale.seconds),
    }  # fmt: skip
    return found


def _order(sky: Sky, house: House, gale: Gale) -> dict[str, list[str]]:
    """Each address's words in the order in which the bot first took them."""
    store = Store(house.data / DATABASE)
    taken = {ident: n for n, ident in store.read("select rowid, id from seen")}
    store.close()
    said: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for ident, (person, words) in gale.said.items():
        number = taken.get(house.key.seen(f"{sky.name}:{ident}"))
        if number is not None:
            said[gale.people[person]].append((number, words))
    return {to: [words for _, words in sorted(all_)] for to, all_ in said.items()}


def _kept(after: Account, before: Account, found: Audit) -> None:
    """Every story once, in its case, in order."""
    kept = Counter(token for case in after.cases for token in case.tokens)
    wanted = Counter(token for case in before.cases for token in case.tokens)
    found.faults += ["lost: a story"] * (wanted - kept).total()
    found.faults += ["a story is kept twice"] * (kept - wanted).total()
    faulty = sum(kind == "faulty" for case in after.cases for kind, _ in case.entries)
    found.faults += ["an update could not be handled"] * faulty
    unlike = Counter(after.cases) - Counter(before.cases)
    found.faults += [f"not as in peace: a {case.stage} case" for case in unlike]


Explained = Callable[[str, Bubble, Bubble], str]


def _reasons(sky: Sky, gale: Gale) -> Explained:
    """Why a bubble may have been said again: a kill before its note, an answer that was lost."""
    lost: dict[str, list[float]] = defaultdict(list)
    for to, at in sky.lost():
        lost[to].append(at)

    def why(to: str, first: Bubble, again: Bubble) -> str:
        if any(_broke_off(kill, first, again) for kill in gale.kills):
            return "kill"
        if sky.resends and any(first.at - CLOSING < at < again.at for at in lost[to]):
            return "lost"
        return ""

    return why


def _broke_off(kill: Kill, first: Bubble, again: Bubble) -> bool:
    return kill.dead - CLOSING < first.at < kill.again + MUTE and kill.dead < again.at


def _told(
    gale: Gale, bubbles: Mapping[str, Sequence[Bubble]], before: Account,
    why: Explained, found: Audit,
) -> None:  # fmt: skip
    """Everybody heard what they would have heard in peace, in that order."""
    names, doubled = Names(), Counter[str]()
    for to in gale.people.values():
        is_ = bubbles.get(to, [])
        said = [_neutral(names, bubble.text) for bubble in is_]
        wanted = [_neutral(names, bubble.text) for bubble in before.bubbles.get(to, [])]

        def reason(number: int, to: str = to, is_: Sequence[Bubble] = is_) -> bool:
            return bool(why(to, is_[number - 1], is_[number]))

        cost = heard(said, wanted, reason)
        if cost is None:
            found.faults.append("lost, odd or out of order: what somebody heard")
            continue
        doubled["all"] += cost.doubled
        doubled["for no reason"] += cost.unexplained
    found.faults += ["doubled for no reason"] * doubled["for no reason"]
    found.figures["sends doubled"] = doubled["all"]
    found.figures["doubled outside their window"] = doubled["for no reason"]


def _alarms(
    after: Account, bubbles: Mapping[str, Sequence[Bubble]], why: Explained, found: Audit
) -> None:
    """Every lodged case was put before a human, where there is a group of humans."""
    raised: dict[str, list[Bubble]] = defaultdict(list)
    for bubble in bubbles.get(str(ALARMED), ()):
        if case := _ALARM.search(bubble.text):  # it stands there once in each language
            raised[case[1]].append(bubble)
    lodged = sum(case.stage == "filed" for case in after.cases)
    if str(ALARMED) in bubbles:
        found.faults += ["lost: an alarm"] * (lodged - len(raised))
    for copies in raised.values():
        for first, again in pairwise(copies):
            if not why(str(ALARMED), first, again):
                found.faults.append("an alarm doubled for no reason")
    found.figures["alarms doubled"] = sum(len(copies) - 1 for copies in raised.values())


def _neutral(names: Names, text: str) -> str:
    """A bubble without what differs between two runs: the receipt and the words beside it."""
    return names.of("\n".join(_lines(text.splitlines())))


def _lines(lines: Iterable[str]) -> Iterable[str]:
    beside = False
    for line in lines:
        shown = receipt.find(line) is not None
        yield "a receipt" if shown else "its words" if beside else line
        beside = shown
