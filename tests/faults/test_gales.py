# SPDX-License-Identifier: AGPL-3.0-or-later
"""Duplicates, disorder, refusals, cut connections and kills at once, on both messengers.

``SANAD_UPDATES`` and ``SANAD_GALE_KILLS`` say how much, ``SANAD_SEED`` repeats a run. Unless
told it is a small gale over a bot whose pauses are short; `make faults` lets the bot as it
ships go through 2,000 updates and 20 kills.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.audit import Audit, audit
from tests.faults.gale import Force, blow
from tests.faults.plot import bursts
from tests.faults.process import SANAD, Telegram
from tests.faults.skies import OverTelegram, OverWhatsApp, Sky, over_whatsapp

WHOLE = "SANAD_UPDATES" in os.environ
UPDATES = int(os.environ.get("SANAD_UPDATES", "300"))
KILLS = int(os.environ.get("SANAD_GALE_KILLS", "4"))
SEED = os.environ.get("SANAD_SEED") or secrets.token_hex(4)
SKIES = ("telegram", "whatsapp")
HURRIED = (sys.executable, "-m", "tests.faults.hurried")


@pytest.fixture(scope="session")
def meta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OverWhatsApp]:
    with over_whatsapp(tmp_path_factory.mktemp("meta")) as sky:
        yield sky


@pytest.fixture
def skies(sky: Telegram, meta: OverWhatsApp) -> dict[str, Sky]:
    return {"telegram": OverTelegram(sky), "whatsapp": meta}


@pytest.mark.parametrize("name", SKIES)
def test_in_a_gale_everything_is_kept_once_and_answered_in_order(
    name: str, skies: dict[str, Sky], tmp_path: Path
) -> None:
    command = SANAD if WHOLE else HURRIED
    found = gale(skies[name], tmp_path, Force(SEED, KILLS, command), UPDATES)
    show(name, found)
    assert not found.faults
    figures = found.figures
    assert figures["confirmed"] == UPDATES
    assert figures["kills"] == KILLS
    assert figures["duplicates posted"] > UPDATES * 0.05
    assert min(figures[f"cut {when} the deed"] for when in ("before", "after")) > 0
    assert figures["refused with 429"] > 0


MUTANTS = (
    ("telegram", "forgets", "a story is kept twice"),
    ("whatsapp", "forgets", "a story is kept twice"),
    ("whatsapp", "impatient", "doubled for no reason"),
)


@pytest.mark.parametrize("wrong", MUTANTS, ids=lambda wrong: " ".join(wrong[:2]))
def test_a_bot_that_is_wrong_on_purpose_is_found(
    wrong: tuple[str, str, str], skies: dict[str, Sky], tmp_path: Path
) -> None:
    name, mutant, fault = wrong
    command = (sys.executable, "-m", "tests.faults.mutants", mutant)
    # So many lost answers that no seed leaves what is wrong without its chance.
    found = gale(skies[name], tmp_path, Force(SEED, 0, command, cut=0.3), 120)
    show(f"{name}: {mutant}", found)
    assert fault in found.faults


def gale(sky: Sky, folder: Path, force: Force, updates: int) -> Audit:
    force = replace(force, seed=f"{force.seed} {sky.name}")
    home = sky.house(folder / "gale")
    raged = blow(sky, home, bursts(force.seed, updates), force)
    return audit(sky, home, raged, folder / "peace")


def show(name: str, found: Audit) -> None:
    lines = [f"  {figure:34}{count:7}" for figure, count in found.figures.items()]
    lines += [f"  found: {fault}, {times} x" for fault, times in Counter(found.faults).items()]
    print("\n".join(["", f"gale on {name} (SANAD_SEED={SEED})", *lines]))  # noqa: T201 the report
