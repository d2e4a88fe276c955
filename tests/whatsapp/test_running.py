# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad run`` with a WhatsApp number: a process of its own, killed and started again."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import time

import pytest

from bot import config
from bot.vault import receipt
from bot.vault.service import ServiceKey
from tests.golden.watch import at_debug
from tests.service.house import picture
from tests.standins.serving import listen
from tests.whatsapp.line import THREAT, WORD

pytestmark = pytest.mark.anyio
TOLD = {
    "SANAD_WHATSAPP_TOKEN": "EAAtoken",
    "SANAD_WHATSAPP_NUMBER": "106540352242922",
    "SANAD_WHATSAPP_APP_SECRET": "0123456789abcdef",
    "SANAD_WHATSAPP_VERIFY": "a word of sixteen",
}


@pytest.fixture
def env(idle, tmp_path):
    """What an operator writes down."""
    line = idle()
    with listen() as free:
        port = free.getsockname()[1]
    (tmp_path / "service.key").write_text(ServiceKey.spell(line.secret))
    (tmp_path / "centre.yaml").write_text(
        f"team: {{salma: {line.centre.team['salma']}}}\nrecovery: {line.centre.recovery}\n"
    )
    for name, content in (("token", line.graph.token), ("secret", line.graph.secret)):
        (tmp_path / name).write_text(content + "\n")
    return {
        "PATH": os.environ["PATH"],
        "SANAD_SERVICE_KEY_FILE": str(tmp_path / "service.key"),
        "SANAD_CENTRE": str(tmp_path / "centre.yaml"),
        "SANAD_DATA": str(tmp_path / "data"),
        "SANAD_PORT": str(port),
        "SANAD_WEB": "off",
        "SANAD_LOG": "debug",
        "SANAD_WHATSAPP_TOKEN_FILE": str(tmp_path / "token"),
        "SANAD_WHATSAPP_NUMBER": line.graph.number,
        "SANAD_WHATSAPP_APP_SECRET_FILE": str(tmp_path / "secret"),
        "SANAD_WHATSAPP_VERIFY": WORD,
        "SANAD_WHATSAPP_API": line.graph.api,
    }


def started(env, graph):
    """A running bot that Meta has asked for its word."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"], env=env, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{env['SANAD_PORT']}/whatsapp"
    until = time.monotonic() + 60
    while not graph.subscribe(url, WORD)["verified"]:
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < until
        time.sleep(0.1)
    return process


def test_a_bot_answers_survives_a_kill_and_says_nothing_in_its_log(env, graph):
    process = started(env, graph)
    person = graph.person(1, user_id="MA.700001")
    person.says(THREAT)
    graph.until("messages", 1)
    graph.hold()
    process.kill()
    first = process.communicate(timeout=30)[0]
    person.says("bonjour")
    process = started(env, graph)
    graph.release()
    graph.until("messages", 2)
    process.send_signal(signal.SIGTERM)
    second = process.communicate(timeout=30)[0]
    assert process.returncode == 0
    assert person.sees()[0].startswith("Quelqu'un menace")
    assert "turn whatsapp" in first + second
    for trace in (
        graph.token,
        graph.secret,
        graph.number,
        WORD,
        "2126",
        "MA.7",
        "wamid",
        "menace",
    ):
        assert trace not in first + second
    assert "Traceback" not in first + second


async def test_the_log_at_its_loudest_holds_no_token_no_word_and_no_address(idle):
    printed = io.StringIO()
    with at_debug(printed):
        line = idle()
        async with line.receiving():
            caller = line.caller(user_id="MA.700001")
            await caller.says(THREAT)
            await caller.taps("safe_yes", "adult", "complaint")
            heard = await caller.taps("send")
            digits = next(d for bubble in heard if (d := receipt.find(bubble)))
            line.graph.fault("messages", "html", status=502)
            line.graph.fault("describe", "lost")
            await caller.sends(picture("Zmerroukech"))
            line.passes(60)
            await line.settled()
            await caller.taps("file_clean")
            line.graph.fault("download", "cut")
            await line.later(0.1)
            line.graph.rotate("another-token")
            await line.app.relay.drain()
            line.graph.posts(raw="{", signature="sha256=00")
            await asyncio.sleep(0.1)
    log = printed.getvalue()
    assert "turn whatsapp" in log
    traces = ["EAAstandin", "another-token", line.graph.secret, WORD, "2126", "MA.7", "wamid"]
    traces += [THREAT, "menace", "Zmerroukech", digits, line.case().id, line.graph.number]
    for trace in traces:
        assert trace not in log, trace
    assert "Traceback" not in log


def test_four_variables_are_a_whatsapp_bot(tmp_path):
    told = config.load(TOLD).whatsapp
    assert told is not None
    assert (told.token, told.number) == ("EAAtoken", "106540352242922")
    assert told.api == "https://graph.facebook.com/v25.0"
    assert "EAAtoken" not in repr(told)
    assert "0123456789abcdef" not in repr(told)
    assert config.load({}).whatsapp is None
    (tmp_path / "t").write_text("EAAfile\n")
    env = {**TOLD, "SANAD_WHATSAPP_TOKEN_FILE": str(tmp_path / "t")}
    del env["SANAD_WHATSAPP_TOKEN"]
    assert config.load(env).whatsapp.token == "EAAfile"  # noqa: S105 known to all


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("NUMBER", ""),
        ("NUMBER", "+212 600"),
        ("NUMBER", "١٢٣"),
        ("APP_SECRET", "short"),
        ("VERIFY", ""),
        ("BUSINESS", "my business"),
        ("API", "http://graph.facebook.com/v25.0"),
        ("API", "graph.facebook.com"),
        ("API", "https://[::1"),
        ("API", "https://user:word" + "@" + "example.net/v25.0"),
    ],
)
def test_every_fault_is_named_and_no_value_is(name, content):
    with pytest.raises(config.ConfigError) as caught:
        config.load({**TOLD, f"SANAD_WHATSAPP_{name}": content})
    assert [fault.partition(":")[0] for fault in caught.value.faults] == [f"SANAD_WHATSAPP_{name}"]
    assert not content or content not in str(caught.value)


@pytest.mark.parametrize("api", ["http://127.0.0.1:9/v25.0", "https://graph.example.net/v26.0/"])
def test_another_address_of_the_api_may_be_named(api):
    assert config.load({**TOLD, "SANAD_WHATSAPP_API": api}).whatsapp.api == api.rstrip("/")
