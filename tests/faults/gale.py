# SPDX-License-Identifier: AGPL-3.0-or-later
"""A crowd writes at a steady pace, the platform misbehaves, the bot is killed all the while."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.app import DATABASE
from bot.ledger import PERSON_FACING
from tests.faults.plot import Burst
from tests.faults.process import SANAD, House, start
from tests.faults.skies import CUT, Sky, reached
from tests.faults.storm import Kill

RATE = 25.0  # messages a second, all people together
LIVES = (0.2, 4.0)  # seconds between being reached and the kill
BLIND = 0.1  # share of the kills that fall into a start
PEACE = 2.0  # seconds without an event: nothing more is to come
_WAITS = (
    f"select count(*) from outbox where parked is null and kind in {(*PERSON_FACING, 'alarm')}"
    " and (due <= ? or attempts > 0 or handed = 1)"
)


@dataclass(slots=True)
class Gale:
    """What happened: who said what under which id, the kills, and what never came to rest."""

    said: dict[str, tuple[int, str]] = field(default_factory=dict, repr=False)
    people: dict[int, str] = field(default_factory=dict, repr=False)  # person -> address
    kills: list[Kill] = field(default_factory=list)
    stranded: int = 0
    exit_code: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Force:
    """How hard it blows, on what."""

    seed: str
    kills: int
    command: Sequence[str] = SANAD
    cut: float = CUT
    patience: float = 900  # seconds for everything to come to rest, at the end


def blow(sky: Sky, house: House, plot: Sequence[Burst], force: Force) -> Gale:
    """Let everybody write and kill the bot all the while; then let it come to rest."""
    seed, command = force.seed, force.command
    gale, began = Gale(), time.monotonic()
    gale.people = {who: sky.joins(who) for who in sorted({burst.person for burst in plot})}
    sky.rough(seed, force.cut)
    writing = threading.Thread(target=_write, args=(sky, plot, gale, random.Random(seed)))  # noqa: S311
    writing.start()
    chance = random.Random(f"{seed} kills")  # noqa: S311
    try:
        for _ in range(force.kills):
            gale.kills.append(_life(sky, house, chance, command))
    finally:
        writing.join()
    bot = start(house, command)
    try:
        reached(sky, house)
        gale.stranded = _rest(sky, house, gale, force.patience)
        sky.calm()
    finally:
        gale.exit_code = bot.end()
    gale.seconds = time.monotonic() - began
    return gale


def _write(sky: Sky, plot: Sequence[Burst], gale: Gale, chance: random.Random) -> None:
    due = time.monotonic()
    for burst in plot:
        time.sleep(max(0.0, due - time.monotonic()))
        for words in burst.words:
            gale.said[sky.says(burst.person, words)] = (burst.person, words)
            due += chance.expovariate(RATE)


def _life(sky: Sky, house: House, chance: random.Random, command: Sequence[str]) -> Kill:
    bot = start(house, command)
    try:
        if chance.random() < BLIND:
            time.sleep(chance.uniform(0, 1.5))
        else:
            reached(sky, house)
            time.sleep(chance.uniform(*LIVES))
        transaction = bot.writes()
    finally:
        dead = bot.kill()
    time.sleep(0.1)  # what the platform was doing is done and journaled by now
    sky.loses()
    return Kill(dead, time.time(), transaction, 0)


def _rest(sky: Sky, house: House, gale: Gale, patience: float) -> int:
    """Wait until nothing is to come; returns how much is still under way after *patience*."""
    until, seen, since = time.monotonic() + patience, -1, time.monotonic()
    while True:
        events = len(sky.tape.look())
        left = len(gale.said.keys() - sky.confirmed()) + sky.pending() + _waiting(house)
        if events != seen or left:
            seen, since = events, time.monotonic()
        if time.monotonic() - since > PEACE:
            return 0
        if time.monotonic() > until:
            return left
        time.sleep(0.2)


def _waiting(house: House) -> int:
    """Rows that are due, tried, or whose fate nobody has told."""
    db = sqlite3.connect(f"file:{house.data / DATABASE}?mode=ro", uri=True)
    try:
        return int(db.execute(_WAITS, (time.time(),)).fetchone()[0])
    finally:
        db.close()
