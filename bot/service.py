# SPDX-License-Identifier: AGPL-3.0-or-later
"""The running bot: web server, relay and one receiver a channel, started and stopped together."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import uvicorn
from starlette.routing import BaseRoute

from bot import miniapp, web, webhook, webhook_whatsapp
from bot.app import App
from bot.channels import Address, Inbound
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.clock import wall
from bot.commands import menu
from bot.config import Config
from bot.ledger import set_mark
from bot.parking import park
from bot.poller import Poller
from bot.store import Run

log = logging.getLogger(__name__)

# The HTTP client imports this at every call; where it is missing, that searches the whole path.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment] # known to be missing

ALIVE = "alive"
BEAT = 60.0  # seconds between two signs of life
TURN = 0.0005  # seconds that one thread keeps the others waiting; see serve
RETRY, SLOWEST = 1.0, 60.0  # seconds until Telegram is told again where to post; doubled
COURTESIES = 5  # tries to show the menu
SILENCE = 900.0  # seconds without one after which the centre is told


class AlreadyRunning(RuntimeError):
    """Another process drains this outbox."""


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the folder: two relays would send twice, two pollers steal each other's updates."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield


async def serve(
    app: App, config: Config, telegram: Telegram | None, whatsapp: WhatsApp | None = None
) -> None:
    """Run until SIGTERM or SIGINT; what is under way is brought to its end."""
    # The writer's thread asks for its turn at every statement: by default, 5 ms each time.
    sys.setswitchinterval(TURN)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await _after_silence(app)
    routes: list[BaseRoute] = []
    work: list[Coroutine[Any, Any, None]] = [app.relay.run(stop), _beat(app, stop)]
    if telegram and config.telegram:
        work += _on_telegram(app, config, telegram, routes, stop)
    if whatsapp and (told := config.whatsapp):
        routes += webhook_whatsapp.routes(app, whatsapp, told.secret, told.verify)
    if config.web or routes:
        work.append(_web(app, config, routes, stop))
    try:
        async with asyncio.TaskGroup() as tasks:
            for coroutine in work:
                tasks.create_task(coroutine)
    finally:
        for channel in (telegram, whatsapp):
            if channel:
                await channel.close()


def _on_telegram(
    app: App, config: Config, telegram: Telegram, routes: list[BaseRoute], stop: asyncio.Event
) -> Iterator[Coroutine[Any, Any, None]]:
    """What a Telegram bot has to do besides; its routes are added to *routes*."""
    told = config.telegram
    if told is None:
        return
    for target in app.runtime.centre.alarms:
        if target.channel == telegram.name:
            telegram.stay(app.ledger.whereabouts(Address(target.channel, target.to)).to)
    if told.mode == "webhook":
        routes.append(webhook.route(app, telegram, told.secret))
        yield _listen(telegram, f"{config.public_url}{webhook.PATH}", told.secret, stop)
    else:
        yield poller(app, telegram).run(stop)
    yield _introduce(app, telegram, stop)
    if config.web:
        routes.append(miniapp.route(told.token, app.catalog.languages, app.runtime.clock))


def poller(app: App, telegram: Telegram) -> Poller:
    """Our own long poll: the offset moves only after the commit."""

    async def deliver(batch: Sequence[Inbound]) -> None:
        await app.runtime.receive_batch(batch)

    async def parked(update: Any) -> None:
        await park(app.runtime, telegram.read(update), update)

    return Poller(telegram, deliver, parked)


async def _web(app: App, config: Config, routes: Sequence[BaseRoute], stop: asyncio.Event) -> None:
    site = web.build(app, routes=routes)
    server = Server(
        uvicorn.Config(
            site, host=config.host, port=config.port, log_config=None, access_log=False,
            server_header=False, lifespan="off", timeout_graceful_shutdown=3,
        )
    )  # fmt: skip
    serving = asyncio.create_task(server.serve())
    halt = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, halt), return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stop.set()
    await serving


class Server(uvicorn.Server):
    """The web server; signals are the service's, which has more than a server to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


async def _introduce(app: App, telegram: Telegram, stop: asyncio.Event) -> None:
    """Show the commands; a courtesy, tried a few times and then left alone."""
    said = menu(app.catalog)
    for _ in range(COURTESIES):
        try:
            await telegram.introduce(said)
        except Exception as fault:  # noqa: BLE001 - the bot is there without a menu
            log.warning("telegram: no menu yet: %s", type(fault).__name__)
            await _rest(stop, SLOWEST)
        else:
            return
        if stop.is_set():
            return


async def _listen(telegram: Telegram, url: str, secret: str, stop: asyncio.Event) -> None:
    """Tell Telegram where to post, until it has heard."""
    pause = RETRY
    while not stop.is_set():
        try:
            await telegram.listen(url, secret)
        except Exception as fault:  # noqa: BLE001 - a network that is not there yet
            log.warning("telegram: webhook not set yet: %s", type(fault).__name__)
            await _rest(stop, pause)
            pause = min(SLOWEST, pause * 2)
        else:
            return


async def _beat(app: App, stop: asyncio.Event) -> None:
    """A sign of life every minute: the doctor and the next start look at it."""
    while not stop.is_set():
        now = str(int(app.runtime.clock())).encode()

        def write(run: Run, now: bytes = now) -> None:
            set_mark(run, ALIVE, now)

        await app.store.write(write)
        await _rest(stop, BEAT)


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _after_silence(app: App) -> None:
    """The centre is told when the bot was down: messages waited, and an alarm may have."""
    last, now = app.ledger.mark(ALIVE), app.runtime.clock()
    if last is None or now - float(last) < SILENCE:
        return
    values = {"since": wall(float(last)).strftime("%d/%m %H:%M"),
              "until": wall(now).strftime("%d/%m %H:%M")}  # fmt: skip
    for target in app.runtime.centre.alarms:
        body = {"to": target.to, "key": "human.was_down", "values": values}
        await app.store.write(_insert(app.ledger.row("notice", body, now, channel=target.channel)))


def _insert(row: tuple[str, dict[str, Any]]) -> Callable[[Run], None]:
    def write(run: Run) -> None:
        run.execute(*row)

    return write
