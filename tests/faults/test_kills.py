# SPDX-License-Identifier: AGPL-3.0-or-later
"""`sanad run` is killed from outside at moments of chance; nothing is lost or done twice.

``SANAD_KILLS`` says how often (10 in each way of receiving), ``SANAD_SEED`` repeats a run.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.account import account, bubbles
from tests.faults.cast import cast
from tests.faults.process import Mode, Telegram, house
from tests.faults.storm import Crowd, Weather, rage, replay
from tests.faults.verdict import Verdict, judge

STORMS = 5
KILLS = int(os.environ.get("SANAD_KILLS", "10"))
SEED = os.environ.get("SANAD_SEED") or secrets.token_hex(4)
ANSWERS_FIRST = (sys.executable, "-m", "tests.faults.mutants", "answer-first")


@pytest.mark.parametrize("mode", ["polling", "webhook"])
def test_a_bot_killed_again_and_again_keeps_every_promise(
    mode: Mode, sky: Telegram, tmp_path: Path
) -> None:
    verdict = storm(sky, tmp_path, mode, Weather(KILLS))
    show(mode, verdict)
    assert not verdict.faults
    assert verdict.figures["with either"] * 2 >= KILLS  # else the storm proved too little


def test_the_storm_finds_a_bot_that_answers_before_it_has_kept(
    sky: Telegram, tmp_path: Path
) -> None:
    lost: list[str] = []
    for storms in range(STORMS):  # a kill finds the gap by chance: several storms, not one
        folder = tmp_path / str(storms)
        folder.mkdir()
        weather = Weather(3, 1, 3, ANSWERS_FIRST)
        verdict = storm(sky, folder, "webhook", weather, salt=f" {storms}")
        show("mutant: 200 before the commit", verdict)
        if lost := [fault for fault in verdict.faults if fault.startswith("lost")]:
            break
    assert lost


def storm(sky: Telegram, folder: Path, mode: Mode, weather: Weather, *, salt: str = "") -> Verdict:
    seed = f"{SEED} {mode}{salt}"
    home = house(folder / "storm", sky.fresh(), mode)
    crowd = Crowd(sky, cast(seed), random.Random(seed))  # noqa: S311
    raged = rage(sky, home, crowd, weather)
    after, confirmed = account(bubbles(sky), home), sky.control.acknowledged()
    home = house(folder / "peace", sky.fresh(), "polling")
    replay(sky, home, Crowd(sky, cast(seed), random.Random(seed)), raged.said)  # noqa: S311
    return judge(raged, confirmed, after, account(bubbles(sky), home))


def show(name: str, verdict: Verdict) -> None:
    lines = [f"  {figure:34}{value:7}" for figure, value in verdict.figures.items()]
    lines += [f"  found: {fault}, {times} x" for fault, times in Counter(verdict.faults).items()]
    print("\n".join(["", f"{name} (SANAD_SEED={SEED})", *lines]))  # noqa: T201 the report
