# SPDX-License-Identifier: AGPL-3.0-or-later
"""A fresh bot for every test, before one stand-in of Telegram that begins anew each time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.service.house import RING, House
from tests.standins.telegram import StandIn
from tests.standins.telegram_people import Control


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
    stand_in.retry_after(0.02)
    return stand_in


@pytest.fixture
def idle(control: Control, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Makes houses that receive nothing by themselves."""
    built: list[House] = []

    def make(**how: object) -> House:
        built.append(House(control, tmp_path / f"data{len(built)}", **how))
        return built[-1]

    yield make
    for house in built:
        house.app.close()


@pytest.fixture
async def opened(idle: Callable[..., House]) -> AsyncIterator[Callable[..., object]]:
    """Opens houses that receive until the test ends."""
    async with AsyncExitStack() as held:

        async def enter(**how: object) -> House:
            return await held.enter_async_context(idle(**how).receiving())

        yield enter


@pytest.fixture
async def house(opened: Callable[..., object]) -> House:
    """A bot that polls; a group of counsellors is alarmed."""
    return await opened(alarms=(RING,))


@pytest.fixture(params=["polling", "webhook"])
async def either(opened: Callable[..., object], request: pytest.FixtureRequest) -> House:
    """The same bot twice: once it polls, once Telegram posts."""
    return await opened(alarms=(RING,), mode=request.param)
