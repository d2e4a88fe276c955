# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a bot is well, looked at from outside while it runs; nothing is written, no content."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlite_utils import Database

from bot import transcriber
from bot.beside import Rasa
from bot.centre import Centre
from bot.channels.whatsapp_account import FIELDS, Account, AccountFault
from bot.clock import HOUR, HOUR_BITS
from bot.ledger import WINDOW
from bot.service import ALIVE, SILENCE
from bot.store.schema import migrations
from bot.templates import standings
from bot.vault import x25519
from bot.vault.archive import FILES
from bot.vault.faults import BadKey, Unreadable
from bot.vault.service import ServiceKey
from content import Catalog

DATABASE = "sanad.db"
ROOM = 500_000_000  # bytes of free disk
LATE = HOUR + 600  # seconds after which a row that is due should have gone; due is an hour
_FINE = ("GREEN", "UNKNOWN")  # unknown: too few messages yet; yellow and red: people block us
PATIENCE = 2 * HOUR  # seconds an alarm may stay untaken; its age is known to the hour


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    well: bool
    what: str
    said: str


def installation() -> list[Finding]:
    """What must have been built."""
    model, pages = files("nlu") / "model", files("bot") / "static" / "index.html"
    trained = model.is_dir() and any(each.is_file() for each in model.iterdir())
    return [
        Finding(trained, "model", "trained" if trained else "missing: sanad nlu train"),
        Finding(pages.is_file(), "pages", "built" if pages.is_file() else "missing: make pages"),
    ]


def centre(profile: Centre) -> list[Finding]:
    """Whether cases can be sealed to the team, and somebody can be alarmed."""
    found = []
    for who, recipient in {**profile.team, "recovery": profile.recovery}.items():
        try:
            x25519.recipient(recipient)
        except BadKey:
            found.append(Finding(False, "team", f"{who}: no valid age recipient"))
    if not found:
        found.append(Finding(True, "team", f"{len(profile.team)} to read, and the recovery key"))
    count = len(profile.alarms)
    said = f"{count} to alarm" if count else "nobody can be alarmed: alarms in the profile"
    return [*found, Finding(bool(count), "targets", said)]


def rasa(engine: Rasa) -> Finding:
    """Whether the engine beside the embedded one answers; without it messages are read too."""
    name = engine.model()
    said = f"serves {name}" if name else "does not answer: the embedded engine reads"
    return Finding(name is not None, "rasa", said)


def ears(name: str) -> Finding:
    """Whether the transcriber that is configured can be had."""
    try:
        transcriber.load(name)
    except transcriber.NoTranscriber as fault:
        return Finding(False, "transcriber", str(fault))
    return Finding(True, "transcriber", "installed, and starts")


def whatsapp(account: Account, catalog: Catalog) -> Iterator[Finding]:
    """Whether the number may write, how people take it, and which templates can be sent."""
    try:
        told = account.number()
    except AccountFault as fault:
        yield Finding(False, "whatsapp", str(fault))
        return
    quality, most, status = (told[name] for name in FIELDS)
    well = status == "CONNECTED" and quality in _FINE
    said = f"{status.lower()}, quality {quality.lower()}, templates to {_tier(most)} a day"
    yield Finding(well, "whatsapp", said)
    if not account.business:
        yield Finding(False, "templates", "not looked at: SANAD_WHATSAPP_BUSINESS is not set")
        return
    try:
        stands = list(standings(catalog, account.templates()))
    except AccountFault as fault:
        yield Finding(False, "templates", str(fault))
        return
    for one in stands:
        if not one.usable:
            yield Finding(False, "templates", f"{one.name} {one.lang}: {one.said}")
    usable = sum(one.usable for one in stands)
    if stands and usable == len(stands):
        yield Finding(True, "templates", f"{usable} approved")


def _tier(most: str) -> str:
    """How many people may be written to first: TIER_2K, as Meta says it."""
    bare = most.removeprefix("TIER_").lower()
    return "any number of people" if bare == "unlimited" else f"{bare} people"


def database(folder: Path, key: ServiceKey | None, now: float) -> list[Finding]:
    """Everything that a look into the data folder tells."""
    path = folder / DATABASE
    if not path.is_file():
        return [Finding(False, "database", f"no bot has run in {folder} yet")]
    found = [_room(folder), _closed(path)]
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            found.append(_sound(db))
            found.append(_schema(db))
            if found[-1].well:
                found += _rows(db, folder / FILES, key, now)
    except sqlite3.OperationalError:
        found.append(Finding(False, "database", "busy or unreadable"))
    except sqlite3.DatabaseError:
        found.append(Finding(False, "database", "damaged: restore a backup"))
    return found


def _rows(
    db: sqlite3.Connection, sealed: Path, key: ServiceKey | None, now: float
) -> Iterator[Finding]:
    if key is not None:
        yield _fits(db, key)
    yield _kept(db, sealed)
    yield _alive(db, now)
    yield from _parked(db)
    yield _unsent(db, now)
    yield from _alarms(db, now)


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    return Finding(free >= ROOM, "disk", f"{free / 1e9:.1f} GB free")


def _closed(path: Path) -> Finding:
    open_to_others = bool(path.stat().st_mode & 0o077)
    said = "others may read it: chmod 600" if open_to_others else "for its owner alone"
    return Finding(not open_to_others, "permissions", said)


def _sound(db: sqlite3.Connection) -> Finding:
    sound = db.execute("pragma quick_check(1)").fetchall() == [("ok",)]
    return Finding(sound, "database", "sound" if sound else "damaged: restore a backup")


def _schema(db: sqlite3.Connection) -> Finding:
    looked = Database(db)
    done = [each.name for each in migrations.applied(looked)]
    pending = [each.name for each in migrations.pending(looked)]
    ours = {each.name for each in migrations._migrations}  # noqa: SLF001 - it has no other name
    if newer := [name for name in done if name not in ours]:
        return Finding(False, "schema", f"newer than this program: {', '.join(newer)}")
    if pending:
        return Finding(False, "schema", f"the bot brings it up to date at its start: {pending[0]}")
    return Finding(True, "schema", f"version {len(done)}")


def _fits(db: sqlite3.Connection, key: ServiceKey) -> Finding:
    """Whether the key is the one that this database was written with."""
    for table, column in (("contact", "state"), ("cases", "triage"), ("outbox", "body")):
        sql = f"select id, {column} from {table} where {column} is not null limit 1"
        for row, blob in db.execute(sql):
            try:
                key.open(blob, table=table, column=column, row=str(row))
            except Unreadable:
                return Finding(False, "service key", "another one than this database's")
            return Finding(True, "service key", "opens this database")
    return Finding(True, "service key", "nothing is there yet to try it on")


def _kept(db: sqlite3.Connection, sealed: Path) -> Finding:
    named = [n for (n,) in db.execute("select file from entry where file is not null")]
    lost = sum(not (sealed / name).is_file() for name in named)
    said = f"{lost} of {len(named)} are not on the disk" if lost else f"all {len(named)} there"
    return Finding(not lost, "sealed files", said)


def _alive(db: sqlite3.Connection, now: float) -> Finding:
    rows = db.execute("select value from mark where name = ?", (ALIVE,)).fetchall()
    if not rows:
        return Finding(False, "bot", "no sign of life yet: sanad run")
    silent = now - float(rows[0][0])
    return Finding(silent < SILENCE, "bot", f"last sign of life {_ago(silent)} ago")


def _parked(db: sqlite3.Connection) -> Iterator[Finding]:
    sql = (
        "select kind, parked, count(*) from outbox"
        " where parked is not null and parked <> ? group by 1, 2"
    )
    rows = db.execute(sql, (WINDOW,)).fetchall()  # those wait for their person, not for us
    for kind, reason, count in rows:
        yield Finding(False, "parked", f"{count} of kind {kind}: {reason}")
    if not rows:
        yield Finding(True, "parked", "none")


def _unsent(db: sqlite3.Connection, now: float) -> Finding:
    """What waits for a page or a terminal to ask for it is not late."""
    sql = (
        "select kind, due from outbox where parked is null and due <= ?"
        " and (channel is null or channel not in ('web', 'terminal', 'nowhere'))"
        " order by due limit 1"
    )
    for kind, due in db.execute(sql, (now,)):
        late = now - due
        return Finding(late < LATE, "outbox", f"oldest unsent: kind {kind}, due {_ago(late)} ago")
    return Finding(True, "outbox", "nothing is late")


def _alarms(db: sqlite3.Connection, now: float) -> Iterator[Finding]:
    sql = (
        "select count(distinct cases.id), min(outbox.id), sum(cases.alarm = 'queued')"
        " from outbox join cases on cases.id = outbox.case_id"
        " where outbox.kind = 'alarm' and cases.taken is null"
    )
    count, oldest, queued = db.execute(sql).fetchone()
    if not count:
        yield Finding(True, "alarms", "all taken")
        return
    age = now - (oldest >> HOUR_BITS) * HOUR  # a row's number tells the hour it was made in
    yield Finding(age < PATIENCE, "alarms", f"{count} not taken, the oldest for {_ago(age)}")
    if queued and age > LATE:
        yield Finding(False, "alarms", "one has not got through to anybody")


def _ago(seconds: float) -> str:
    minutes = max(0, int(seconds)) // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004 - two hours
