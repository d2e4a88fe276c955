# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all tests share: the switch that rewrites transcripts, the conversations played once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.golden.scenes import Scene
from tests.golden.stage import Played
from tests.golden.watch import watched

Play = Callable[[Scene, str], Played]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden transcripts")


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Plays a conversation on a fresh bot, once for all tests that look at it."""
    known: dict[tuple[str, str], Played] = {}

    def play(scene: Scene, lang: str) -> Played:
        if (scene.name, lang) not in known:
            place = tmp_path_factory.mktemp(f"{scene.name}-{lang}")
            known[scene.name, lang] = watched(scene, lang, place)
        return known[scene.name, lang]

    return play
