# SPDX-License-Identifier: AGPL-3.0-or-later
"""A stand-in of Telegram and our channel connected to it, fresh for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.channels.telegram import Telegram
from tests.standins.telegram import StandIn
from tests.standins.telegram_people import Control, Person

KEPT_GROUP = -1009000000077


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def stand_in() -> Iterator[Control]:
    with StandIn() as control:
        yield control


@pytest.fixture
def control(stand_in: Control) -> Control:
    stand_in.reset()
    return stand_in


@pytest.fixture
def person(control: Control) -> Person:
    return control.person(700001)


@pytest.fixture
async def telegram(control: Control) -> AsyncIterator[Telegram]:
    telegram = Telegram(
        control.token,
        base_url=control.base_url,
        base_file_url=control.base_file_url,
        ours=[str(KEPT_GROUP)],
    )
    yield telegram
    await telegram.close()
