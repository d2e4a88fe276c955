# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looks over a conversation's shoulder: at DEBUG, after every turn, wherever a word could lie."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot import journal
from bot.store import Store
from tests.golden.scenes import Scene
from tests.golden.stage import Played, Stage
from tests.golden.traces import Needles, distinctive, pieces, places

# What the bot itself writes into columns: channels and kinds of entries.
COLUMNS = frozenset(
    ("telegram", "terminal", "story", "message", "caption", "correction", "answer")
)
Mutant = Callable[[Stage], None]
DESTROYED = "a destroyed key"
LEAVING = frozenset(("erase", "quick_exit", "withdraw"))


@dataclass(slots=True)
class Watch:
    """Collects what is found where nothing may be."""

    folders: tuple[Path, ...]
    printed: io.StringIO = field(default_factory=io.StringIO)
    hits: list[str] = field(default_factory=list)
    keys: dict[str, set[bytes]] = field(default_factory=dict, repr=False)  # case -> wrapped keys
    mutant: Mutant | None = None
    _looked: int = 0

    def __call__(self, stage: Stage) -> None:
        """After a turn: its own words; at the end all of them. Keys once they are destroyed."""
        if self.mutant:
            self.mutant(stage)
        new = stage.said[self._looked :]
        self._looked = len(stage.said)
        self.look(stage, new, f"turn {len(stage.readings)}")
        self._keys(stage)

    def look(self, stage: Stage, said: list[str], when: str) -> None:
        """Search everything for these words."""
        needles = Needles()
        needles.add(own(said))
        needles.add_bytes(stage.key_bytes, "the service key")
        everything = [*places(*self.folders), ("the log", self.printed.getvalue().encode())]
        for place, data in everything:
            self.hits += [f"{when}: {word} in {place}" for word in sorted(needles.found(data))]

    def _keys(self, stage: Stage) -> None:
        """Destroyed cases' wrapped keys, with and without the outer wrapping, are carved for."""
        ledger, held = stage.app.ledger, set()
        for (ident,) in ledger.store.read("select id from cases"):
            case = ledger.case(ident)
            if case is not None and case.wrapped is not None:
                held.add(ident)
                both = {case.wrapped, ledger.unwrap_draft(case)}
                self.keys.setdefault(ident, set()).update(both)
        if LEAVING.intersection(stage.effects):
            gone = [blob for case in self.keys.keys() - held for blob in self.keys[case]]
            self.hits += [f"{DESTROYED} in {place}" for place in carved(stage.data, gone)]


def own(said: list[str]) -> set[str]:
    """The distinctive words among *said*: those of the database's own vocabulary are none."""
    return set().union(*map(distinctive, said), set()) - vocabulary()


@functools.cache
def vocabulary() -> frozenset[str]:
    """The words of a database in which nobody has said anything."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "empty.db")
        rows = store.read("select sql from sqlite_master where sql is not null")
        store.close()
    return COLUMNS | distinctive("\n".join(sql for (sql,) in rows))


def carved(data: Path, keys: list[bytes]) -> Iterator[str]:
    """The database files in which a piece of one of these keys can still be found."""
    needles = Needles()
    for key in keys:
        for piece in pieces(key):
            needles.add_bytes(piece, "key")
    for path in sorted(data.glob("sanad.db*")):
        if keys and needles.found(path.read_bytes()):
            yield path.name


def watched(scene: Scene, lang: str, place: Path, mutant: Mutant | None = None) -> Played:
    """Play a scene with everything it might leave behind inside *place*, and search that.

    *mutant* spoils the stage after every turn: a test of the search itself.
    """
    data, temporary, working = (place / name for name in ("data", "tmp", "cwd"))
    for folder in (temporary, working):
        folder.mkdir()
    watch = Watch((data, temporary, working), mutant=mutant)
    with somewhere(temporary, working), at_debug(watch.printed):
        stage = Stage(scene, lang, place, watch)
        played = asyncio.run(_to_the_end(stage, watch))
    played.traces.extend(dict.fromkeys(watch.hits))
    return played


async def _to_the_end(stage: Stage, watch: Watch) -> Played:
    played = await stage.play(lambda: watch.look(stage, stage.said, "at the end"))
    watch.look(stage, stage.said, "afterwards")
    return played


@contextlib.contextmanager
def somewhere(temporary: Path, working: Path) -> Iterator[None]:
    """Temporary files and the working directory go where they can be searched."""
    before, told = tempfile.tempdir, {n: os.environ.get(n) for n in ("TMPDIR", "SQLITE_TMPDIR")}
    os.environ |= dict.fromkeys(told, str(temporary))
    tempfile.tempdir = None
    try:
        with contextlib.chdir(working):
            yield
    finally:
        tempfile.tempdir = before
        for name, value in told.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextlib.contextmanager
def at_debug(printed: io.StringIO) -> Iterator[None]:
    """The log as the bot starts it, at its loudest, with everything printed besides."""
    names = (None, *journal.TALKATIVE)
    loggers = [logging.getLogger(name) for name in names]
    before = [(x.handlers[:], x.level, x.propagate) for x in loggers]
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        journal.start("debug")
        try:
            yield
        finally:
            for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
                logger.handlers[:], logger.propagate = handlers, propagate
                logger.setLevel(level)
