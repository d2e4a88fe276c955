# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad run`` on both messengers at DEBUG, as a process: what it printed, what lies on its disk.

Beside the conversations of test_traces, which look from inside, this one goes over real HTTP
and through everything that can fail on the way.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.vault import receipt
from tests.faults.cast import plain, shown_receipt
from tests.faults.process import (
    ALARMED,
    SANAD,
    SECRET,
    House,
    Telegram,
    free_port,
    housed,
    start,
    telegram,
)  # fmt: skip
from tests.faults.skies import WORD, OverWhatsApp, over_whatsapp, reached
from tests.golden.traces import Needles, places
from tests.standins.graph_people import Person

CHAT, UPDATE = 700_654_321, 912_345_678  # long enough to stand nowhere by chance
NUMBER, USER_ID = "212698765432", "MA.13579246801357"
STORY = "salam Zanbqouqa kayhdedni b tsawri f instagram, smiytou {}"
CAMPAIGN = "zitouna-2031"
TALKERS = (sys.executable, "-m", "tests.faults.mutants", "talkative")


@dataclass(slots=True)
class Scene:
    """Both platforms, one bot between them, and everything that nobody may find again."""

    telegram: Telegram
    meta: OverWhatsApp
    folder: Path
    secret: dict[str, str] = field(default_factory=dict, repr=False)  # what it is -> as written
    _number: int = UPDATE

    def house(self) -> House:
        """A bot for both, at its loudest."""
        graph, port = self.meta.graph, free_port()
        self.telegram.fresh()
        home = self.meta.house(self.folder)
        told = {
            **{k: v for k, v in home.environment.items() if k.startswith("SANAD_WHATSAPP")},
            "SANAD_TELEGRAM_TOKEN": self.telegram.control.token,
            "SANAD_TELEGRAM_API": self.telegram.control.url, "SANAD_TELEGRAM_MODE": "webhook",
            "SANAD_TELEGRAM_SECRET": SECRET, "SANAD_PORT": str(port),
            "SANAD_PUBLIC_URL": f"http://127.0.0.1:{port}", "SANAD_LOG": "debug",
        }  # fmt: skip
        home = housed(self.folder, told, alarms=[f"telegram:{ALARMED}"])
        centre = Path(home.environment["SANAD_CENTRE"])
        centre.write_text(f"{centre.read_text('utf-8')}campaigns: [{CAMPAIGN}]\n", "utf-8")
        self.secret |= {
            "Telegram's token": self.telegram.control.token, "Telegram's secret": SECRET,
            "Meta's token": graph.token, "Meta's secret": graph.secret, "Meta's word": WORD,
            "a chat": str(CHAT), "a number": NUMBER, "its end": NUMBER[3:], "a user id": USER_ID,
        }  # fmt: skip
        return home

    def writes(self, words: str) -> None:
        """Somebody on Telegram."""
        self._number += 1
        who = {"id": CHAT, "is_bot": False, "first_name": "Unread", "username": "unread_name"}
        content = {
            "message_id": self._number, "date": int(time.time()), "from": who, "text": words,
            "chat": {"id": CHAT, "type": "private"},
        }  # fmt: skip
        if words.startswith("/"):
            length = len(words.split(maxsplit=1)[0])
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        self.telegram.control.update({"message": content}, self._number)
        self.secret[f"update {self._number - UPDATE}"] = str(self._number)

    def says(self, person: Person, words: str) -> None:
        """Somebody on WhatsApp."""
        ident = str(person.says(words)["id"])
        self.secret |= {f"a wamid, {len(self.secret)}": ident[6:]}

    def heard(self) -> list[str]:
        """Every bubble on either."""
        both = (*self.telegram.look(), *self.meta.tape.look())
        return [text for event in both if (text := _text(event))]

    def receipts(self) -> set[str]:
        """The receipt of each, once both have been shown: WhatsApp's waits for its pace."""
        until = time.monotonic() + 60
        while True:
            found = {d for bubble in self.heard() if (d := shown_receipt(plain(bubble)))}
            if len(found) > 1 or time.monotonic() > until:
                return found
            time.sleep(0.1)

    def quiet(self) -> None:
        """Return when nothing more comes."""
        seen, since, until = -1, time.monotonic(), time.monotonic() + 90
        while time.monotonic() - since < 1.5:
            events = len(self.telegram.look()) + len(self.meta.tape.look())
            pending = len(self.telegram.control.pending()) + self.meta.pending()
            if events != seen or pending:
                seen, since = events, time.monotonic()
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    place = tmp_path_factory.mktemp
    with telegram(place("telegram")) as sky, over_whatsapp(place("meta")) as meta:
        yield Scene(sky, meta, place("bot"))


def test_a_run_on_both_messengers_leaves_no_trace_in_log_or_on_disk(scene: Scene) -> None:
    log, disk = played(scene, SANAD)
    assert "turn telegram" in log
    assert "turn whatsapp" in log
    assert "Traceback" not in log
    assert traces(scene, log.encode()) == set()
    assert len(scene.secret) > 20
    assert {name for name, _ in disk} >= {"data/sanad.db", "data/sanad.db-wal"}
    del scene.secret["a campaign"]  # a tally by day keeps it, and nobody beside it
    for name, content in disk:
        assert traces(scene, content) == set(), name


def test_a_bot_that_lets_its_libraries_talk_is_found_out(scene: Scene) -> None:
    log, _ = played(scene, TALKERS)
    assert {"Telegram's token", "a number"} & traces(scene, log.encode())


def played(scene: Scene, command: Sequence[str]) -> tuple[str, list[tuple[str, bytes]]]:
    """Both tell, lodge, come back by receipt; much fails; the bot is killed, its log kept."""
    scene.secret.clear()
    scene.folder = scene.folder / secrets.token_hex(4)
    home, control, graph = scene.house(), scene.telegram.control, scene.meta.graph
    bot = start(home, command)
    try:
        reached(scene.meta, home)
        control.until("setWebhook", wait=60)
        control.person(CHAT)
        person = graph.person(1, NUMBER, USER_ID)
        for word in ("qzbcdfghj", "qzklmbcdf"):
            scene.secret[f"a word, {word[2]}"] = word
        scene.secret |= {"a name": "Zanbqouqa", "a campaign": CAMPAIGN}
        control.fault("sendMessage", "error", status=429, retry_after=1)
        control.fault("sendMessage", "html", skip=1)
        control.fault("sendMessage", "lost", skip=2)
        graph.fault("messages", "error", code=130429)
        graph.fault("messages", "null", skip=2)
        graph.fault("read", "cut")
        scene.writes(f"/start ar_c-{CAMPAIGN}")
        _both(scene, person, STORY)
        for label in ("شكاية مختومة", "إرسال"):
            _both(scene, person, label)
        for digits in scene.receipts():
            scene.secret[f"a receipt, {len(scene.secret)}"] = digits
            scene.secret[f"as shown, {len(scene.secret)}"] = receipt.shown(digits)
            scene.writes(digits)
        _strangers(home)
        scene.quiet()
    finally:
        bot.kill()
    log = (home.data.parent / "bot.log").read_text("utf-8", "replace")
    return log, list(places(home.data))


def _both(scene: Scene, person: Person, words: str) -> None:
    scene.writes(words.format("qzbcdfghj"))
    scene.says(person, words.format("qzklmbcdf"))
    scene.quiet()


def _strangers(home: House) -> None:
    """Wrong secrets and wrong signatures, with words in them."""
    base = f"http://127.0.0.1:{home.environment['SANAD_PORT']}"
    body = json.dumps({"update_id": UPDATE, "message": {"text": "qzbcdfghj"}}).encode()
    with httpx.Client(base_url=base, trust_env=False) as stranger:
        wrong = {"X-Telegram-Bot-Api-Secret-Token": "no"}
        assert stranger.post("/telegram", content=body, headers=wrong).status_code == 403
        assert stranger.post("/telegram", content=body).status_code == 403
        wrong = {"X-Hub-Signature-256": "sha256=00"}
        assert stranger.post("/whatsapp", content=body, headers=wrong).status_code == 403
        assert stranger.post("/whatsapp", content=body).status_code == 401


def traces(scene: Scene, content: bytes) -> set[str]:
    """What of all that is secret stands in *content*, in any spelling; by what it is."""
    needles = Needles()
    needles.add(scene.secret.values())
    what = {written: name for name, written in scene.secret.items()}
    return {what[written] for written in needles.found(content)}


def _text(event: dict[str, Any]) -> str:
    params = event.get("params") or {}
    match event.get("method"), params:
        case "sendMessage", {"text": str(text)}:
            return text
        case "messages", {"text": {"body": str(text)}} | {"interactive": {"body": {"text": text}}}:
            return str(text)
    return ""
