# SPDX-License-Identifier: AGPL-3.0-or-later
"""Four phones on one event loop, opened once; each scene is played once on each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.golden.scenes import Scene
from tests.parity.differences import instead, of, without
from tests.parity.page import Page
from tests.parity.phone import Phone, Screen
from tests.parity.telegram import TelegramPhone
from tests.parity.told import Told
from tests.parity.whatsapp import WhatsAppPhone

Tell = Callable[..., Told]


@pytest.fixture(scope="session")
def tell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tell]:
    """Plays a scene in a language on a phone, as somebody who sits at *channel* can play it."""
    phones: dict[str, Phone] = {
        phone.name: phone for phone in (Screen(), TelegramPhone(), WhatsAppPhone(), Page())
    }
    known: dict[tuple[object, ...], Told] = {}

    async def played(scene: Scene, lang: str, phone: str, channel: str, place: Path) -> Told:
        aside = frozenset(line.answer for line in of(phone, "question"))
        told = Told(
            scene, lang, place, phone=phones[phone], aside=aside, instead=instead(channel)
        )
        await told.play()
        return told

    with asyncio.Runner() as runner:

        def play(scene: Scene, lang: str, phone: str, channel: str) -> Told:
            scene = without(scene, channel)
            own = scene.presses & {sent.partition("@")[0] for sent in instead(channel)}
            which = (scene.name, lang, phone, len(scene.turns), channel if own else "")
            if which not in known:
                place = tmp_path_factory.mktemp("scene")
                known[which] = runner.run(played(scene, lang, phone, channel, place))
            return known[which]

        held = AsyncExitStack()
        for phone in phones.values():
            runner.run(phone.open(held))
        yield play
        runner.run(held.aclose())
