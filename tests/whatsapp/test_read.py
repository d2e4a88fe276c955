# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading a webhook: tables of payloads, and any JSON at all."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Address, FileRef, Inbound
from bot.channels.whatsapp_read import fates, read

OURS = "106540352242922"
TABLES = Path(__file__).parents[1] / "payloads" / "whatsapp"
ROWS = [
    pytest.param(row, id=f"{table.stem}: {row['name']}")
    for table in sorted(TABLES.glob("*.json"))
    for row in json.loads(table.read_text(encoding="utf-8"))
]
SAMPLES = [row.values[0]["update"] for row in ROWS]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(OURS)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def _expected(wanted: dict[str, Any]) -> Inbound:
    file = FileRef(**wanted["file"]) if "file" in wanted else None
    rest = {key: value for key, value in wanted.items() if key not in {"to", "file", "aliases"}}
    aliases = tuple(wanted.get("aliases", ()))
    return Inbound(sender=Address("whatsapp", wanted["to"]), file=file, aliases=aliases, **rest)


def test_there_are_enough_of_them():
    assert len(ROWS) >= 60
    assert len({row.id for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_every_payload_reads_as_its_row_says(row):
    heard = [heard.inbound for heard in read(row["update"], OURS)]
    assert heard == [_expected(wanted) for wanted in row["read"]]
    told = [
        [fate.token, fate.fault and type(fate.fault).__name__, fate.fault and str(fate.fault)]
        for fate in fates(row["update"], OURS)
    ]
    assert told == row["fates"]


def test_nothing_of_another_number_is_read():
    for update in SAMPLES:
        assert read(update, "999000") == []
        assert fates(update, "999000") == []


def test_no_name_of_anybody_gets_through():
    for update in SAMPLES:
        words = json.dumps([asdict(heard.inbound) for heard in read(update, OURS)])
        assert "unread" not in words.lower()


def test_no_repr_shows_words_addresses_or_tokens():
    for update in SAMPLES:
        shown = f"{read(update, OURS)!r} {fates(update, OURS)!r}"
        for word in ("700001", "2126", "salam", "wamid", "t0ken"):
            assert word not in shown


def test_a_fault_of_one_message_shows_nothing_of_its_neighbours():
    [batch] = [row.values[0] for row in ROWS if row.id == "batches: two people in one change"]
    first, second = read(batch["update"], OURS)
    assert "jouj" not in json.dumps(first.raw)
    assert "wahd" not in json.dumps(second.raw)


@given(anything)
def test_any_json_is_read_without_raising(update):
    read(update, OURS)
    fates(update, OURS)


@given(st.data())
def test_a_real_webhook_with_anything_anywhere_is_read_without_raising(data):
    update = copy.deepcopy(data.draw(st.sampled_from(SAMPLES)))
    at = update
    while isinstance(at, dict | list) and at:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], dict | list) or data.draw(st.booleans()):
            at[key] = data.draw(anything)
            break
        at = at[key]
    fates(update, OURS)
    for heard in read(update, OURS):
        said = heard.inbound
        json.dumps(asdict(said), ensure_ascii=False).encode()  # whole characters only
        assert said.sender.to
        assert said.id
        assert said.sender.to not in said.aliases
        assert (said.kind == "file") <= (said.file is not None)
