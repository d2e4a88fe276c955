# SPDX-License-Identifier: AGPL-3.0-or-later
"""Four phones on one event loop, opened once; each scene is played once on each."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import content
from content import Catalog
from tests.golden.scenes import Scene
from tests.parity.differences import instead, of, without
from tests.parity.page import Page
from tests.parity.phone import Phone, Screen
from tests.parity.telegram import TelegramPhone
from tests.parity.told import Heard, Told
from tests.parity.whatsapp import WhatsAppPhone

Tell = Callable[..., list[Heard]]
MEMORY = Path("/dev/shm")  # noqa: S108 - a disk's time is spent on other tests


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return content.load()


@pytest.fixture(scope="session")
def tell() -> Iterator[Tell]:
    """Plays a scene in a language on a phone, as somebody who sits at *channel* can play it."""
    phones: dict[str, Phone] = {
        phone.name: phone for phone in (Screen(), TelegramPhone(), WhatsAppPhone(), Page())
    }
    known: dict[tuple[object, ...], list[Heard]] = {}

    async def played(told: Told) -> None:
        await told.play()

    with asyncio.Runner() as runner:

        def play(scene: Scene, lang: str, phone: str, channel: str) -> list[Heard]:
            scene = without(scene, channel)
            swaps, aside = instead(channel), {line.answer for line in of(phone, "question")}
            own = scene.presses & {sent.partition("@")[0] for sent in swaps}
            which = (scene.name, lang, phone, len(scene.turns), channel if own else "")
            if which not in known:
                fast = MEMORY if MEMORY.is_dir() else None
                with tempfile.TemporaryDirectory(dir=fast) as place:
                    told = Told(
                        scene, lang, Path(place), phone=phones[phone],
                        aside=frozenset(aside), instead=swaps,
                    )  # fmt: skip
                    runner.run(played(told))
                known[which] = told.heard
            return known[which]

        held = AsyncExitStack()
        for phone in phones.values():
            runner.run(phone.open(held))
        yield play
        runner.run(held.aclose())
