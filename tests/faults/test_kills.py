# SPDX-License-Identifier: AGPL-3.0-or-later
"""`sanad run` is killed from outside at moments of chance; nothing is lost or done twice.

``SANAD_KILLS`` says how often (10 in each way of receiving), ``SANAD_SEED`` repeats a run.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
from pathlib import Path

import pytest

from tests.faults.cast import cast
from tests.faults.process import SANAD, Mode, Telegram, house
from tests.faults.storm import Crowd, rage, replay
from tests.faults.verdict import Verdict, account, judge

KILLS = int(os.environ.get("SANAD_KILLS", "10"))
SEED = os.environ.get("SANAD_SEED") or secrets.token_hex(4)
ANSWERS_FIRST = (sys.executable, "-m", "tests.faults.mutants", "answer-first")


@pytest.mark.parametrize("mode", ["polling", "webhook"])
def test_a_bot_killed_again_and_again_keeps_every_promise(
    mode: Mode, sky: Telegram, tmp_path: Path
) -> None:
    verdict = storm(sky, tmp_path, mode, KILLS, SANAD)
    show(mode, verdict)
    assert not verdict.faults
    assert verdict.figures["with either"] * 2 >= KILLS  # else the storm proved too little


def test_the_storm_finds_a_bot_that_answers_before_it_has_kept(
    sky: Telegram, tmp_path: Path
) -> None:
    verdict = storm(sky, tmp_path, "webhook", 4, ANSWERS_FIRST, aimed=1, patience=3)
    show("mutant: 200 before the commit", verdict)
    assert [fault for fault in verdict.faults if fault.startswith("lost")]


def storm(
    sky: Telegram, folder: Path, mode: Mode, kills: int, command: tuple[str, ...], **how: float
) -> Verdict:
    seed = f"{SEED} {mode}"
    home = house(folder / "storm", sky.fresh(), mode)
    crowd = Crowd(sky, cast(seed), random.Random(seed))  # noqa: S311
    raged = rage(sky, home, crowd, kills, command, **how)
    after, confirmed = account(sky, home), sky.control.acknowledged()
    home = house(folder / "peace", sky.fresh(), "polling")
    replay(sky, home, Crowd(sky, cast(seed), random.Random(seed)), raged.said)  # noqa: S311
    return judge(raged, confirmed, after, account(sky, home))


def show(name: str, verdict: Verdict) -> None:
    print(f"\n{name} (SANAD_SEED={SEED})")
    for figure, value in verdict.figures.items():
        print(f"  {figure:34}{value:7}")
    for fault in verdict.faults[:20]:
        print("  FAULT", fault)
