# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Rasa project in ``nlu/rasa``: trained and served by programs of its own environment.

Nothing that is said to it is written anywhere: its telemetry is off, it has no channel, its
output goes nowhere once it serves, and it listens to this machine alone.
"""

from __future__ import annotations

import resource
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Final

from bot.beside import Rasa

PROJECT: Final = Path(str(files("nlu"))) / "rasa"
ROOT: Final = PROJECT.parents[1]
PLACE: Final = ROOT / ".venv-rasa"
PYTHON: Final = PLACE / "bin" / "python"
PIPELINES: Final = ("light", "diet")
SUFFIX: Final = ".tar.gz"
PATIENCE: Final = 120.0  # seconds until it serves: an import of TensorFlow on a slow disk
LEAVING: Final = 10.0  # seconds


class NoWorkshop(Exception):
    """Rasa cannot be trained or served here; says why, and never what was said to it."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running parser."""

    url: str
    token: str = field(repr=False)
    model: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    def resident(self) -> int:
        """The bytes it holds in memory, as the kernel counts them."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        return pages * resource.getpagesize()


def train(sources: Sequence[Path], pipeline: str, to: Path) -> None:
    """Train *pipeline* on files and folders in Rasa's format; the model is *to*, a .tar.gz."""
    _ready()
    with tempfile.TemporaryDirectory(prefix="sanad-rasa-") as name:
        data = Path(name) / "data"
        data.mkdir()
        for number, source in enumerate(sources):
            (data / f"{number}{source.suffix}").symlink_to(source.resolve())
        command: list[str | Path] = [
            PYTHON, "-m", "rasa", "train", "nlu", "--quiet",
            "--config", PROJECT / f"{pipeline}.yml", "--nlu", data,
            "--out", Path(name) / "models", "--fixed-model-name", "model",
        ]  # fmt: skip
        done = subprocess.run(  # noqa: S603 - a program of ours
            command, cwd=name, env=_surroundings(), capture_output=True, check=False
        )
        made = Path(name) / "models" / f"model{SUFFIX}"
        if done.returncode or not made.is_file():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise NoWorkshop(f"training failed: {said[-1] if said else done.returncode}")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, to)


@contextmanager
def serve(model: Path, port: int = 0, token: str = "") -> Iterator[Served]:
    """Serve *model* on 127.0.0.1 while the block runs; any free port, a fresh token by default."""
    _ready()
    if not model.is_file():
        raise NoWorkshop("there is no such model")
    port, token = _free(port), token or secrets.token_urlsafe(32)
    command: list[str | Path] = [PYTHON, PROJECT / "serve.py", model.resolve(), str(port)]
    with subprocess.Popen(  # noqa: S603 - a program of ours
        command, cwd=PLACE, env=_surroundings(), stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            if process.stdin is None:
                raise NoWorkshop("it cannot be told its token")
            process.stdin.write(f"{token}\n".encode())
            process.stdin.flush()
            served = Served(f"http://127.0.0.1:{port}", token, model, process)
            _until_up(served)
            yield served
        finally:
            _stop(process)


def token_in(file: Path) -> str:
    """The token in *file*, made there for its owner alone when there is none."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
    return file.read_text(encoding="ascii").strip()


def _ready() -> None:
    if not PYTHON.is_file():
        raise NoWorkshop("its environment is not set up: make rasa")


def _surroundings() -> Mapping[str, str]:
    """What it sees of this machine: our code, and none of our variables."""
    home = PLACE / "home"
    home.mkdir(exist_ok=True)
    return {
        "PATH": f"{PLACE / 'bin'}:/usr/bin:/bin",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_MAX_CACHE_SIZE": "0",
        "LOG_LEVEL": "ERROR",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def _free(port: int) -> int:
    try:
        with socket.create_server(("127.0.0.1", port)) as free:
            return int(free.getsockname()[1])
    except OSError:
        raise NoWorkshop(f"port {port} is taken") from None


def _until_up(served: Served) -> None:
    end = time.monotonic() + PATIENCE
    with Rasa(served.url, served.token) as rasa:
        while (name := rasa.model()) is None:
            if served.process.poll() is not None:
                raise NoWorkshop(f"it ended with {served.process.returncode}")
            if time.monotonic() > end:
                raise NoWorkshop("it did not begin to serve")
            time.sleep(0.1)
    if name != served.model.name:
        raise NoWorkshop("it serves another model")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(LEAVING)
    except subprocess.TimeoutExpired:
        process.kill()
