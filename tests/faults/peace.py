# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an undisturbed bot keeps and answers when it hears the same words in the same order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path

from bot import centre
from bot.app import build
from bot.channels import Address, Channel, Inbound, Limits, Message
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.clock import wall_clock
from bot.vault.demo import is_demo
from tests.faults.account import Account, Bubble, account
from tests.faults.process import House

_LIKE: Mapping[str, Channel] = {
    "telegram": Telegram("1:nobody"), "whatsapp": WhatsApp("nobody", "1"),
}  # fmt: skip


@dataclass(slots=True)
class Listener:
    """A channel that takes each reply by itself and at once, and writes it down."""

    name: str
    heard: dict[str, list[Bubble]] = field(default_factory=lambda: defaultdict(list))

    @property
    def limits(self) -> Limits:
        return replace(_LIKE[self.name].limits, pace=0.0, fates=False)

    def parts(self, message: Message) -> Sequence[Message]:
        return _LIKE[self.name].parts(message)

    async def send(self, to: str, message: Message, token: str = "") -> Sequence[str]:  # noqa: ARG002 - nothing travels along
        self.heard[to].append(Bubble(message.text, 0.0))
        return ()


def peace(name: str, house: House, folder: Path, said: Mapping[str, Sequence[str]]) -> Account:
    """Tell a fresh bot on channel *name*, like that of *house*, each address's words in turn."""
    profile = centre.load(Path(house.environment["SANAD_CENTRE"]), demo=is_demo)
    ears, home = Listener(name), replace(house, data=folder)
    app = build(folder, house.key, profile, {name: ears}, wall_clock)

    async def tell() -> None:
        for number, together in enumerate(zip_longest(*said.values())):
            batch = [
                Inbound(Address(name, to), f"{number} {to}", "text", text=words)
                for to, words in zip(said, together, strict=True)
                if words is not None
            ]
            await app.runtime.receive_batch(batch)
            await app.relay.drain()

    try:
        asyncio.run(tell())
    finally:
        app.close()
    return account(ears.heard, home)
