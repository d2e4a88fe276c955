# SPDX-License-Identifier: AGPL-3.0-or-later
"""One stand-in of Telegram for all storms: slow to start, quick to forget."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.process import Telegram, telegram


@pytest.fixture(scope="session")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telegram]:
    with telegram(tmp_path_factory.mktemp("sky")) as sky:
        yield sky
