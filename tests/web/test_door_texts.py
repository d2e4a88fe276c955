# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every sentence that the sealing page names is written, and every one written for it is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import content
from bot import door
from bot.app import script_of

WEB = Path(__file__).parents[2] / "web"
KEY = re.compile(r'"((?:door|receipt|complaint|label|danger)\.[a-z_]+)"')
STANDINGS = ("stored", "delivered", "taken", "closed")


@pytest.fixture(scope="module")
def named():
    """The keys that page and script name, and those that the script puts together."""
    sources = [WEB / "door.html", *(WEB / "src").glob("door*.ts")]
    found = {key for file in sources for key in KEY.findall(file.read_text("utf-8"))}
    situations = script_of(content.load()).situations
    return (
        found
        | {f"receipt.status_{one}" for one in STANDINGS}
        | {f"label.sit_{one}" for one in situations}
    )


def test_what_the_page_names_comes_with_its_start(named):
    catalog = content.load()
    told = {*door.TEXTS, *(key for key in catalog.keys if key.startswith("door."))}
    assert {key for key in named if not key.startswith("label.sit_")} <= told
    assert all(catalog.has(key) for key in named)


def test_nothing_is_written_for_the_page_that_it_never_says(named):
    written = {key for key in content.load().keys if key.startswith("door.")}
    assert written == {key for key in named if key.startswith("door.")}
    assert set(door.TEXTS) <= named


def test_no_number_is_typed_into_the_page():
    facts = content.load().facts
    numbers = {
        value
        for fact in facts.values()
        if fact.kind == "number"
        for value in fact.values["fr"].values()
    }
    assert "177" in numbers
    page = (WEB / "door.html").read_text("utf-8")
    assert not numbers & set(
        re.findall(r"(?<![\w-])\d+(?![\w-])", re.sub(r"<!--.*?-->", "", page))
    )
