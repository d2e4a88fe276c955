# SPDX-License-Identifier: AGPL-3.0-or-later
"""The running bot: alone on its folder, missed when it was away, silent in its log."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest

from bot import config
from bot.clock import wall
from bot.config import Config
from bot.ledger import set_mark
from bot.service import ALIVE, SILENCE, AlreadyRunning, only_one, serve
from bot.vault import receipt
from bot.vault.service import ServiceKey
from tests.golden.watch import at_debug
from tests.service.house import RING, SECRET, TEAM, picture
from tests.service.stories import DANGER, THREAT, lodged
from tests.standins.serving import listen

pytestmark = pytest.mark.anyio


def free_port():
    with listen() as taken:
        return taken.getsockname()[1]


@asynccontextmanager
async def running(house, mode="polling"):
    """``sanad run`` in this process, until it is told to stop as an operator would."""
    port = free_port()
    told = config.Telegram(house.control.token, mode, SECRET if mode == "webhook" else "")
    setting = Config(
        data=house.data, port=port, web=mode == "webhook", telegram=told,
        public_url=f"http://127.0.0.1:{port}",
    )  # fmt: skip
    task = asyncio.create_task(serve(house.app, setting, house.telegram))
    try:
        yield
    finally:
        while signal.getsignal(signal.SIGTERM) is signal.SIG_DFL and not task.done():  # noqa: ASYNC110 a handler wakes nobody
            await asyncio.sleep(0)  # never before somebody listens for it
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(20):
            await task


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_running_bot_answers_and_stops_when_it_is_told(idle, mode):
    house = idle(alarms=(RING,))
    async with running(house, mode):
        sara = house.visitor()
        sara.writes(THREAT)
        await asyncio.to_thread(house.control.until, "acknowledged")
        await asyncio.to_thread(house.control.until, "sendMessage", 2)
    assert house.text("threat_to_publish.hear") in sara.heard()[0]
    assert house.words("story") == [THREAT]
    assert float(house.app.ledger.mark(ALIVE)) == int(house.clock())
    assert house.rows("select count(*) from outbox where kind = 'retention'") == [(1,)]


async def test_the_webhook_is_announced_again_until_telegram_has_heard(idle):
    house = idle()
    house.control.fault("setWebhook", "html", status=502)
    async with running(house, "webhook"):
        [call] = await asyncio.to_thread(house.control.until, "setWebhook")
    assert call["params"]["secret_token"] == SECRET
    assert call["params"]["drop_pending_updates"] is False
    assert "message" in call["params"]["allowed_updates"]


def silent_for(house, seconds):
    last = house.clock() - seconds
    house.app.store.write_now(lambda run: set_mark(run, ALIVE, str(int(last)).encode()))
    return last


async def test_the_centre_is_told_when_the_bot_was_down(idle):
    house = idle(alarms=(RING,))
    last = silent_for(house, SILENCE + 600)
    async with running(house):
        await asyncio.to_thread(house.control.until, "sendMessage")
    [told] = house.alarms_sent()
    for when in (last, house.clock()):
        assert wall(when).strftime("%d/%m %H:%M") in told
    assert house.rows("select count(*) from outbox where kind = 'notice'") == [(0,)]


@pytest.mark.parametrize("silence", [None, SILENCE - 2])
async def test_a_short_silence_or_a_first_start_disturbs_nobody(idle, silence):
    house = idle(alarms=(RING,))
    if silence is not None:
        silent_for(house, silence)
    sara = house.visitor()
    sara.writes("Bonjour")
    async with running(house):
        await asyncio.to_thread(house.control.until, "sendMessage")
    assert house.alarms_sent() == []


async def test_a_notice_that_does_not_get_through_is_tried_again(idle):
    house = idle(alarms=(RING,))
    silent_for(house, SILENCE * 2)
    house.control.fault("sendMessage", "html", status=502, chat=TEAM)
    async with running(house):
        await house.app.relay.drain()
        assert house.alarms_sent() == []
    await house.app.relay.drain()
    assert house.rows("select kind, attempts from outbox where kind = 'notice'") == [("notice", 1)]


def test_two_bots_never_share_a_folder(tmp_path):
    with only_one(tmp_path), pytest.raises(AlreadyRunning), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


def test_a_second_sanad_run_says_so_in_one_line_and_ends(idle, tmp_path):
    house = idle()
    (tmp_path / "service.key").write_text(ServiceKey.spell(house.secret))
    (tmp_path / "centre.yaml").write_text(
        f"team: {{salma: {house.centre.team['salma']}}}\nrecovery: {house.centre.recovery}\n"
    )
    env = {
        "PATH": os.environ["PATH"],
        "SANAD_SERVICE_KEY_FILE": str(tmp_path / "service.key"),
        "SANAD_CENTRE": str(tmp_path / "centre.yaml"),
        "SANAD_DATA": str(house.data),
        "SANAD_PORT": str(free_port()),
    }
    with only_one(house.data):
        second = subprocess.run(
            [sys.executable, "-m", "bot", "run"],
            env=env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert second.returncode == 1
    assert second.stderr == "Error: another sanad run holds this data folder\n"


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_the_log_at_its_loudest_holds_no_token_no_word_and_no_address(idle, mode):
    printed = io.StringIO()
    with at_debug(printed):
        house = idle(alarms=(RING,), mode=mode)
        async with house.receiving():
            sara = house.visitor()
            digits = await lodged(sara)
            house.control.fault("sendMessage", "html", status=502)
            house.control.fault("getFile", "lost")
            await sara.sends(picture("Zmerroukech"))
            await sara.presses("file_clean")
            await sara.says(DANGER)
            house.control.fault("download", "cut")
            await house.later(0.1)
            house.control.rotate("1:another")
            await house.app.relay.drain()
    log = printed.getvalue()
    assert "turn telegram" in log
    secrets = [house.control.token, house.telegram._wire.token, SECRET, str(sara.chat), str(TEAM)]
    words = [THREAT, DANGER, "Zmerroukech", "menace", "mourir", "Unread", digits]
    words += [receipt.shown(digits), house.case().id, house.counsellor]
    for trace in secrets + words + [secret.partition(":")[2] for secret in secrets[:2]]:
        assert trace not in log
    assert "Traceback" not in log
