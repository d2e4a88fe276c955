# SPDX-License-Identifier: AGPL-3.0-or-later
"""docs/going-live.md is true: its variables, and no other, make a bot that answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.standins.graph import StandIn as GraphStandIn
from tests.standins.serving import listen
from tests.standins.telegram import StandIn as TelegramStandIn

ROOT = Path(__file__).parents[2]
PAPER = (ROOT / "docs" / "going-live.md").read_text(encoding="utf-8")
SANAD = Path(sys.executable).with_name("sanad")
WORD = "a word of our own, long"


def exported(heading: str) -> list[str]:
    """The variables of the first block below a heading that ends in ``sanad run``."""
    below = PAPER.partition(heading)[2]
    block = next(b for b in re.findall(r"```sh\n(.*?)```", below, re.DOTALL) if "sanad run" in b)
    return re.findall(r"^export (\w+)=", block, re.MULTILINE)


@pytest.fixture
def port():
    with listen() as listener:
        return listener.getsockname()[1]


@contextmanager
def running(env: dict[str, str], place: Path) -> Iterator[subprocess.Popen[str]]:
    """``sanad run`` with these variables and none else of ours, in a folder of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SANAD_")}
    log = place / "log"
    with log.open("w") as out:
        bot = subprocess.Popen(
            [str(SANAD), "run"], cwd=place, env={**clean, **env}, stdout=out,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    try:
        yield bot
    finally:
        bot.terminate()
        assert bot.wait(30) == 0, log.read_text()


def until(holds, wait=40.0):
    end = time.monotonic() + wait
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


def test_three_variables_make_a_bot_on_telegram(house, tmp_path, port):
    names = exported("## Telegram")
    assert len(names) == 3
    with TelegramStandIn() as telegram:
        (tmp_path / "telegram.token").write_text(f"{telegram.token}\n")
        (tmp_path / "centre.yaml").write_text(
            f"team: {{salma: {house.counsellor.recipient}}}\n"
            f"recovery: {house.recovery.recipient}\n"
        )
        known = {**house.env, "SANAD_TELEGRAM_TOKEN_FILE": str(tmp_path / "telegram.token")}
        env = {name: known[name] for name in names}
        # Not of the paper: the stand-in's address in Telegram's place, a port that is free here.
        env |= {"SANAD_TELEGRAM_API": telegram.url, "SANAD_PORT": str(port)}
        place = tmp_path / "place"
        place.mkdir()
        sara = telegram.person(7)
        with running(env, place):
            sara.says("salam")
            telegram.until("sendMessage", wait=40)
        assert (place / "sanad-data" / "sanad.db").is_file()


@pytest.mark.parametrize("missing", ["SANAD_CENTRE", "SANAD_SERVICE_KEY_FILE"])
def test_without_one_of_them_it_says_which(house, missing):
    del house.env[missing]
    result = house.sanad("run")
    assert result.exit_code == 1
    assert missing in result.output


def test_the_variables_of_whatsapp_make_a_number_that_answers(house, tmp_path, port):
    names = exported("### The webhook")
    with GraphStandIn() as graph:
        told = {"TOKEN": graph.token, "APP_SECRET": graph.secret, "VERIFY": WORD}
        told |= {"NUMBER": graph.number, "BUSINESS": graph.business}
        env = {name: value for name, value in house.env.items() if name != "SANAD_DATA"}
        (tmp_path / "centre.yaml").write_text(
            f"team: {{salma: {house.counsellor.recipient}}}\n"
            f"recovery: {house.recovery.recipient}\n"
        )
        for name in names:
            bare = name.removeprefix("SANAD_WHATSAPP_").removesuffix("_FILE")
            env[name] = told.pop(bare)
            if name.endswith("_FILE"):
                file = tmp_path / bare
                file.write_text(env[name])
                env[name] = str(file)
        assert told == {}
        env |= {"SANAD_WHATSAPP_API": graph.api, "SANAD_PORT": str(port)}
        place = tmp_path / "place"
        place.mkdir()
        sara = graph.person(7)
        with running(env, place):
            url = f"http://127.0.0.1:{port}/whatsapp"
            until(lambda: graph.subscribe(url, WORD)["verified"])
            sara.says("salam")
            graph.until("messages", wait=40)
        assert sara.sees()


def test_every_picture_of_the_papers_is_there_and_small():
    for paper in (ROOT / "docs").glob("*.md"):
        for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", paper.read_text(encoding="utf-8")):
            picture = paper.parent / name
            assert picture.read_bytes().startswith(b"\x89PNG")
            assert picture.stat().st_size < 200_000
