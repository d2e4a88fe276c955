# SPDX-License-Identifier: AGPL-3.0-or-later
"""`sanad run` and the stand-in as processes: started, looked at and killed from outside."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
import pyrage

from bot.vault.service import ServiceKey
from tests.faults.tape import Tape
from tests.standins.telegram_people import Control

Mode = Literal["polling", "webhook"]
ROOT = Path(__file__).parents[2]
ALARMED = 900_000_001  # the counsellors' chat
SANAD = (str(Path(sys.executable).with_name("sanad")), "run")
SECRET = "a-secret-of-nobody-0001"  # noqa: S105 - of the stand-in's webhook

# Where SQLite's writer holds its lock while a transaction is open (sqlite.org/walformat.html,
# "WAL locks": byte 120 of the -shm file).
_WRITE_LOCK = 120
_FLOCK = "hhqqi4x"


class EndedByItself(RuntimeError):
    """The bot is not there any more, and nobody killed it."""


@dataclass(slots=True)
class Telegram:
    """The stand-in: its control and its journal, read from the file that no kill takes along."""

    control: Control
    tape: Tape = field(repr=False)

    def look(self) -> list[dict[str, Any]]:
        """Everything journaled up to now."""
        return self.tape.look()

    def fresh(self) -> Telegram:
        """Forget everything and everybody but the counsellors' chat."""
        self.control.reset()
        self.control.act("joins", chat=ALARMED, kind="private")
        self.control.retry_after(0.05)
        self.tape.forget()
        return self

    def unhook(self) -> None:
        """Forget the webhook: when the bot sets it anew, what is pending is posted at once."""
        httpx.get(f"{self.control.base_url}{self.control.token}/deleteWebhook", trust_env=False)


@contextmanager
def telegram(folder: Path) -> Iterator[Telegram]:
    """A stand-in of Telegram as long as the block lasts."""
    with stand_in("telegram", folder) as (said, tape):
        control = Control(said["url"], said["token"])
        yield Telegram(control, tape)
        control.close()


@contextmanager
def stand_in(name: str, folder: Path) -> Iterator[tuple[dict[str, str], Tape]]:
    """A stand-in's process as long as the block lasts: what it says of itself, its journal."""
    journal = folder / "journal.jsonl"
    journal.touch()
    command = [sys.executable, "-m", f"tests.standins.{name}", "--journal", str(journal)]
    with (
        (folder / "stand-in.log").open("w") as log,  # it complains of requests that broke off
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        if process.stdout is None:
            raise RuntimeError
        try:
            yield json.loads(process.stdout.readline()), Tape(journal)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class House:
    """A data folder with its key, its centre and the one counsellor who can read."""

    data: Path
    environment: dict[str, str] = field(repr=False)
    key: ServiceKey = field(repr=False)
    counsellor: str = field(repr=False)


def house(folder: Path, telegram: Telegram, mode: Mode) -> House:
    """A bot's configuration for Telegram, with keys that nobody has used before."""
    told = {
        "SANAD_TELEGRAM_TOKEN": telegram.control.token,
        "SANAD_TELEGRAM_API": telegram.control.url, "SANAD_TELEGRAM_MODE": mode,
    }  # fmt: skip
    if mode == "webhook":
        port = free_port()
        told |= {
            "SANAD_TELEGRAM_SECRET": SECRET, "SANAD_PORT": str(port),
            "SANAD_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }  # fmt: skip
    return housed(folder, told, alarms=[f"telegram:{ALARMED}"])


def housed(folder: Path, told: Mapping[str, str], *, alarms: Sequence[str] = ()) -> House:
    """A folder with fresh keys and a centre, for a bot that is told this besides."""
    folder.mkdir(parents=True, exist_ok=True)
    counsellor, recovery = (pyrage.x25519.Identity.generate() for _ in range(2))
    centre = folder / "centre.yaml"
    centre.write_text(
        f"team: {{one: {counsellor.to_public()}}}\nrecovery: {recovery.to_public()}\n"
        f"alarms: {json.dumps([*alarms])}\n",
        encoding="utf-8",
    )
    key = ServiceKey.make()
    secret = folder / "service.key"
    secret.write_text(ServiceKey.spell(key), encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT),
        "SANAD_DATA": str(folder / "data"), "SANAD_CENTRE": str(centre),
        "SANAD_SERVICE_KEY_FILE": str(secret), "SANAD_WEB": "off", "SANAD_LOG": "warning", **told,
    }  # fmt: skip
    return House(folder / "data", environment, ServiceKey(key), str(counsellor))


@dataclass(slots=True)
class Bot:
    """One life of the bot, from its start to SIGKILL or SIGTERM."""

    house: House
    process: subprocess.Popen[bytes]
    began: float

    def stop_still(self) -> None:
        """Freeze it where it is."""
        self.process.send_signal(signal.SIGSTOP)
        stat = Path(f"/proc/{self.process.pid}/stat")
        while self.process.poll() is None:
            if stat.read_text().rpartition(")")[2].split()[0] in {"T", "t"}:
                return
            time.sleep(0.0005)
        raise EndedByItself

    def go_on(self) -> None:
        """Thaw it."""
        self.process.send_signal(signal.SIGCONT)

    def writes(self) -> bool:
        """Whether it holds SQLite's write lock: a transaction is open now."""
        try:
            with (self.house.data / "sanad.db-shm").open("rb+") as shared:
                ask = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, _WRITE_LOCK, 1, 0)
                kind, _, _, _, holder = struct.unpack(
                    _FLOCK, fcntl.fcntl(shared, fcntl.F_GETLK, ask)
                )
        except FileNotFoundError:
            return False
        return bool(kind != fcntl.F_UNLCK and holder == self.process.pid)

    def kill(self) -> float:
        """SIGKILL; returns when it is certainly dead: epoch seconds."""
        self.process.kill()
        self.process.wait()
        return time.time()

    def end(self) -> int:
        """SIGTERM; returns its exit code, or that of the SIGKILL it needed."""
        self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.returncode


def start(house: House, command: Sequence[str] = SANAD) -> Bot:
    """Start the bot; its own words go to a file beside its data."""
    with (house.data.parent / "bot.log").open("ab") as log:
        process = subprocess.Popen(
            command, env=house.environment, cwd=house.data.parent, stdout=log, stderr=log
        )
    return Bot(house, process, time.time())


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
