# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad holdings``: how much is held and how old it is; never what it says or whose it is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from bot.cli import setting
from bot.cli.options import DATA, plainly
from bot.clock import HOUR, HOUR_BITS
from bot.store import Store
from bot.vault.archive import FILES

MADE = f"(min(id) >> {HOUR_BITS}) * {HOUR}"  # a row's number tells the hour it was made in

# what -> a select of what it is called, how many, and when the oldest was made, in seconds
COUNTS: Mapping[str, str] = {
    "contacts": "select null, count(*), min(touched) from contact",
    "references": "select null, count(*), null from alias",
    "subscriptions": "select tips, count(*), min(touched) from contact"
    " where tips is not null group by tips",
    "drafts": "select null, count(*), min(opened) from cases where stage = 'draft' and open = 0",
    "cases": "select iif(stage = 'draft', 'alarmed', stage) s, count(*), min(opened) from cases"
    " where stage <> 'draft' or open = 1 group by s",
    "entries": "select null, count(*), min(at) from entry",
    "answers": "select iif(read is null, 'unread', 'read') s, count(*), min(at) from answer"
    " group by s",
    "waiting files": "select null, count(*), min(at) from waiting",
    "outbox": f"select kind, count(*), {MADE} from outbox where parked is null group by kind",
    "parked": f"select kind || ': ' || parked s, count(*), {MADE} from outbox"
    " where parked is not null group by s",
    "seen": "select null, count(*), min(at) from seen",
    "sent": "select null, count(*), min(at) from sent",
}


@dataclass(frozen=True, slots=True)
class Held:
    """So many of one thing, the oldest so many hours old (None: there is none)."""

    what: str
    kind: str | None
    count: int
    oldest_hours: int | None = None
    bytes: int | None = None


@click.command(epilog="Example: sanad holdings --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@DATA
def command(as_json: bool, data: Path | None) -> None:  # noqa: FBT001 - click passes it so
    """Count what is held and how old it is, never content."""
    with plainly(), setting.opened(data) as (here, ledger):
        lines = list(held(ledger.store, here.config.data / FILES, time.time()))
    for line in lines:
        click.echo(json.dumps(asdict(line)) if as_json else _line(line))


def held(store: Store, files: Path, now: float) -> Iterator[Held]:
    """Everything the data folder holds, by kind."""
    for what, sql in COUNTS.items():
        rows = store.read(sql)
        if not rows:
            yield Held(what, None, 0)
        for kind, count, oldest in rows:
            yield Held(what, kind, count, _age(oldest, now))
    found = [path.stat() for path in files.iterdir()] if files.is_dir() else []
    oldest = min((stat.st_mtime for stat in found), default=None)
    yield Held("files", None, len(found), _age(oldest, now), sum(s.st_size for s in found))


def _age(oldest: float | None, now: float) -> int | None:
    return None if oldest is None else max(0, int(now - oldest) // HOUR)


def _line(line: Held) -> str:
    what = f"{line.what} ({line.kind})" if line.kind else line.what
    size = f"  {line.bytes} bytes" if line.bytes is not None else ""
    age = f"  oldest {line.oldest_hours} h" if line.oldest_hours is not None else ""
    return f"{what:<24} {line.count:>7}{size}{age}"
