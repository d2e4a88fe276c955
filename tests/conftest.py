# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all tests share: the switch that rewrites transcripts, the conversations played once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.golden.scenes import Scene
from tests.golden.stage import Played
from tests.golden.watch import watched

Play = Callable[[Scene, str], Played]
DEAR = frozenset({"faults", "parity", "rasa"})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden transcripts")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is dear to make is made by one worker: conversations, storms, a Rasa."""
    for item in items:
        folder, params = item.path.parent.name, getattr(item, "callspec", None)
        if folder in DEAR:
            item.add_marker(pytest.mark.xdist_group(folder))
        elif params is not None and "scene" in params.params:
            item.add_marker(pytest.mark.xdist_group(params.params["scene"].name))


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
