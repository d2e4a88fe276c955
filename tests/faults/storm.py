# SPDX-License-Identifier: AGPL-3.0-or-later
"""People write without a pause while the bot is killed again and again, then it has peace."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.faults.cast import LAST_WORD, Act, Actor, Says, TypesReceipt, plain, shown_receipt
from tests.faults.process import SANAD, Bot, House, Telegram, start
from tests.standins.telegram_people import Control

RATE = 20.0  # messages a second, all people together
AHEAD = 8  # messages of one person not confirmed yet: then they wait, or it were a flood
HOLD = 0.04  # seconds the stand-in keeps every sendMessage before it does it
BLIND = 0.12  # share of the kills that may fall into a start
AT_ONCE = 15  # words of one person that the bot answers without taking them for a flood
PEACE = 1.5  # seconds without an event: nothing more is to come


@dataclass(frozen=True, slots=True)
class Kill:
    """One SIGKILL: when the bot was dead, when its successor began, what was broken off."""

    dead: float
    again: float
    transaction: bool  # its write lock was held
    sends: int  # the stand-in was holding so many of its requests


@dataclass(slots=True)
class Crowd:
    """Feeds everybody's acts to the stand-in, each person's in order."""

    telegram: Telegram
    actors: Sequence[Actor]
    chance: random.Random
    said: dict[int, list[Act]] = field(default_factory=dict)
    updates: dict[int, tuple[int, str]] = field(default_factory=dict)  # update -> chat, words
    _acts: dict[int, Iterator[Act]] = field(default_factory=dict)
    _next: dict[int, Act] = field(default_factory=dict)
    _shown: dict[int, list[str]] = field(default_factory=dict)  # receipts
    _heard: dict[int, list[str]] = field(default_factory=dict)  # since their last words
    _seen: int = 0
    _confirmed: set[int] = field(default_factory=set)
    _open: dict[int, set[int]] = field(default_factory=dict)  # chat -> updates not confirmed

    def __post_init__(self) -> None:
        for actor in self.actors:
            self.telegram.control.person(actor.chat)
            self.said[actor.chat], self._shown[actor.chat], self._heard[actor.chat] = [], [], []
            self._acts[actor.chat], self._open[actor.chat] = actor.acts(), set()

    def write(self, control: Control, stop: threading.Event) -> None:
        """Go on until told to stop."""
        while not stop.wait(self.chance.expovariate(RATE)):
            self.look()
            chat = self.chance.choice(self.actors).chat
            self._open[chat] -= self._confirmed
            if len(self._open[chat]) < AHEAD:
                self.advance(control, chat)

    def look(self) -> None:
        """Learn the receipts and the confirmations from the journal."""
        events = self.telegram.look()
        for event in events[self._seen :]:
            if event["event"] == "acknowledged":
                self._confirmed.add(event["update_id"])
            if event.get("method") == "sendMessage":
                self._hears(int(event["params"]["chat_id"]), event["params"]["text"])
        self._seen = len(events)

    def _hears(self, chat: int, text: str) -> None:
        if chat not in self.said:
            return
        self._heard[chat].append(plain(text))
        digits = shown_receipt(text)
        if digits and digits not in self._shown[chat]:
            self._shown[chat].append(digits)

    def _has_heard(self, chat: int, key: str) -> bool:
        catalog = self.actors[0].catalog
        texts = [plain(catalog.texts[lang][key]).partition("{")[0] for lang in catalog.languages]
        return any(text in heard for text in texts for heard in self._heard[chat])

    def advance(self, control: Control, chat: int) -> bool:
        """Let one person do the next thing; False if they must hear something first."""
        act = self._next.pop(chat, None) or next(self._acts[chat])
        if not self.do(control, chat, act):
            self._next[chat] = act
            return False
        return True

    def do(self, control: Control, chat: int, act: Act) -> bool:
        """One act; False while it cannot be done yet."""
        match act:
            case Says(text=text, after=after) if not after or self._has_heard(chat, after):
                words = text
            case TypesReceipt(number=number) if number <= len(self._shown[chat]):
                words = self._shown[chat][number - 1]
            case _:
                return False
        self._heard[chat].clear()
        number = int(control.person(chat).says(words)["update_id"])
        self.updates[number] = (chat, words)
        self._open[chat].add(number)
        self.said[chat].append(act)
        return True

    def farewell(self, control: Control, patience: float) -> None:
        """Whoever waits for a text gets the time to hear it; then a last word of everybody."""
        until = time.monotonic() + patience
        waiting = list(self._next)
        while waiting and time.monotonic() < until:
            time.sleep(0.05)
            self.look()
            waiting = [chat for chat in waiting if not self.advance(control, chat)]
        for actor in self.actors:
            self.do(control, actor.chat, Says(LAST_WORD))


@dataclass(frozen=True, slots=True)
class Storm:
    """What happened."""

    said: dict[int, list[Act]]
    updates: dict[int, tuple[int, str]]
    kills: tuple[Kill, ...]
    exit_code: int


@dataclass(frozen=True, slots=True)
class Weather:
    """How hard a storm is."""

    kills: int
    aimed: float = 0.7  # share of the kills that wait for an open transaction
    patience: float = 60  # seconds for everybody to hear what they wait for, at the end
    command: Sequence[str] = SANAD


def rage(telegram: Telegram, house: House, crowd: Crowd, weather: Weather) -> Storm:
    """Kill the bot at moments of chance while everybody writes, then let it come to rest."""
    control = Control(telegram.control.url, telegram.control.token)
    control.fault("sendMessage", "delay", times=1_000_000_000, seconds=HOLD)
    stop, done = threading.Event(), []
    writing = threading.Thread(target=crowd.write, args=(control, stop))
    writing.start()
    try:
        for _ in range(weather.kills):
            bot = start(house, weather.command)
            try:
                done.append(_kill(telegram, bot, crowd.chance, weather.aimed))
            finally:
                bot.kill()
    finally:
        stop.set()
        writing.join()
    control.calm()
    bot = start(house, weather.command)
    try:
        crowd.farewell(control, weather.patience)
        quiet(telegram)
    finally:
        code = bot.end()
        control.close()
    return Storm(crowd.said, crowd.updates, tuple(done), code)


def replay(telegram: Telegram, house: House, crowd: Crowd, said: dict[int, list[Act]]) -> None:
    """The same words in peace; orderly restarts keep people below the pace of a flood."""
    left = {chat: list(acts) for chat, acts in said.items()}
    while any(left.values()):
        bot = start(house)
        some = {chat: acts[:AT_ONCE] for chat, acts in left.items()}
        left = {chat: acts[AT_ONCE:] for chat, acts in left.items()}
        try:
            _act(telegram, crowd, some)
            quiet(telegram, peace=PEACE if not any(left.values()) else 0.3)
        finally:
            bot.end()


def _act(telegram: Telegram, crowd: Crowd, left: dict[int, list[Act]]) -> None:
    until = time.monotonic() + 60
    while any(left.values()) and time.monotonic() < until:
        crowd.look()
        for chat, acts in left.items():
            while acts and crowd.do(telegram.control, chat, acts[0]):
                acts.pop(0)
        time.sleep(0.02)


def quiet(telegram: Telegram, most: float = 120, peace: float = PEACE) -> None:
    """Return when everything is confirmed and nothing has happened for a while."""
    until, seen, since = time.monotonic() + most, -1, time.monotonic()
    while time.monotonic() < until:
        events = len(telegram.look())
        if events != seen or telegram.control.pending():
            seen, since = events, time.monotonic()
        if time.monotonic() - since > peace:
            return
        time.sleep(0.05)
    raise TimeoutError


def _kill(telegram: Telegram, bot: Bot, chance: random.Random, aimed: float) -> Kill:
    seen = len(telegram.look())
    if chance.random() < BLIND:
        time.sleep(chance.uniform(0, 1.5))
    else:
        _until_awake(telegram, bot, seen)
        time.sleep(chance.uniform(0, 0.5))
    bot.stop_still()
    if chance.random() < aimed:
        _aim(bot, chance)
    writes = bot.writes()
    dead = bot.kill()
    time.sleep(1.5 * HOLD)  # what the stand-in was holding is done and journaled by now
    again = time.time()
    telegram.unhook()
    events = telegram.look()[seen:]
    sends = [e for e in events if e.get("method") == "sendMessage" and dead < e["at"] < again]
    return Kill(dead, again, writes, len(sends))


def _aim(bot: Bot, chance: random.Random) -> None:
    """Let a frozen bot go on for moments of chance until it is caught with a transaction open."""
    for _ in range(300):
        if bot.writes():
            return
        bot.go_on()
        time.sleep(chance.uniform(0.0005, 0.01))
        bot.stop_still()


def _until_awake(telegram: Telegram, bot: Bot, seen: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and bot.process.poll() is None:
        methods = {event.get("method") for event in telegram.look()[seen:]}
        if methods & {"getUpdates", "setWebhook", "sendMessage"}:
            return
        time.sleep(0.005)
    raise TimeoutError
