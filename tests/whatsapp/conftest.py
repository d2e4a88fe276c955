# SPDX-License-Identifier: AGPL-3.0-or-later
"""A fresh bot for every test, before one stand-in of Meta that begins anew each time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.standins.graph import StandIn
from tests.standins.graph_people import Control
from tests.whatsapp.line import Caller, Line


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def meta() -> Iterator[Control]:
    with StandIn() as control:
        yield control


@pytest.fixture
def graph(meta: Control) -> Control:
    meta.reset()
    meta.retry_after(0.02)
    meta.statuses()
    return meta


@pytest.fixture
def idle(graph: Control, tmp_path: Path) -> Iterator[Callable[..., Line]]:
    """Makes bots that receive nothing by themselves."""
    built: list[Line] = []

    def make(**how: object) -> Line:
        built.append(Line(control=graph, data=tmp_path / f"data{len(built)}", **how))
        return built[-1]

    yield make
    for line in built:
        line.app.close()


@pytest.fixture
async def line(idle: Callable[..., Line]) -> AsyncIterator[Line]:
    async with idle().receiving() as line:
        yield line


@pytest.fixture
def caller(line: Line) -> Caller:
    """Somebody with a number and a user id."""
    return line.caller(user_id="MA.700001")
