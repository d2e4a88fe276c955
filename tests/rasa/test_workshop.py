# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rasa as it is served: to this machine, to who has the token, and without memory or channel."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot import workshop
from bot.beside import Rasa
from bot.workshop import NoWorkshop

WORDS = "zwinafkhbari makayn walo"


def test_only_the_token_opens_it(served):
    for token in ("", "another"):
        with Rasa(served.url, token) as stranger:
            assert stranger.ranking(WORDS) is None
        told = httpx.post(f"{served.url}/model/parse?token={token}", json={"text": WORDS})
        assert told.status_code == 401


def test_it_has_no_channel(served, rasa):
    for token in ("", served.token):
        url = f"{served.url}/webhooks/rest/webhook?token={token}"
        assert httpx.post(url, json={"sender": "a", "message": WORDS}).status_code == 404


def test_it_listens_to_this_machine_alone(served):
    port = served.url.rsplit(":", 1)[-1]
    inodes = {p.readlink().name[8:-1] for p in Path(f"/proc/{served.process.pid}/fd").iterdir()
              if p.is_symlink() and p.readlink().name.startswith("socket:")}  # fmt: skip
    listening = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{served.process.pid}/net/{table}").read_text().splitlines()[1:]
    ]
    ours = [row[1] for row in listening if row[3] == "0A" and row[9] in inodes]
    assert ours == [f"0100007F:{int(port):04X}"]


def test_its_command_line_and_surroundings_hold_no_token(served):
    for file in ("cmdline", "environ"):
        told = Path(f"/proc/{served.process.pid}/{file}").read_bytes()
        assert served.token.encode() not in told
        assert b"SANAD_" not in told


def test_what_was_said_is_in_no_file(served, rasa):
    assert rasa.ranking(WORDS)
    for number in (1, 2):
        assert Path(f"/proc/{served.process.pid}/fd/{number}").readlink() == Path("/dev/null")
    held = [*(workshop.PLACE / "home").rglob("*"), *workshop.PLACE.glob("*.db*")]
    assert [path for path in held if path.is_file() and WORDS.encode() in path.read_bytes()] == []


def test_the_server_itself_writes_no_word_either(served, rasa, tmp_path):
    """Its output goes nowhere; here it is caught, and there is nothing in it to be ashamed of."""
    model = rasa.model()
    assert model == "light.tar.gz"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    caught = tmp_path / "output"
    command = [workshop.PYTHON, workshop.PROJECT / "serve.py", served.model, str(port)]
    with caught.open("wb") as out, subprocess.Popen(
        command, cwd=tmp_path, env=workshop._surroundings(), stdin=subprocess.PIPE,
        stdout=out, stderr=out,
    ) as process:  # fmt: skip
        process.stdin.write(b"the-token\n")
        process.stdin.flush()
        other = workshop.Served(f"http://127.0.0.1:{port}", "the-token", served.model, process)
        workshop._until_up(other)
        with Rasa(other.url, other.token) as asked:
            assert asked.ranking(WORDS)
        httpx.post(f"{other.url}/model/parse?token=the-token", content=WORDS.encode())
        process.stdin.close()  # whoever started it is gone
        assert process.wait(20) == 0
    told = caught.read_text("utf-8", "replace")
    assert [word for word in (*WORDS.split(), "the-token") if word in told] == []
    assert {path.name for path in tmp_path.iterdir()} <= {"output"}


def test_a_model_that_is_not_there_is_never_replaced_by_another(tmp_path):
    with pytest.raises(NoWorkshop), workshop.serve(tmp_path / "gone.tar.gz"):
        pass


def test_a_taken_port_is_said(tmp_path, served):
    port = int(served.url.rsplit(":", 1)[-1])
    with pytest.raises(NoWorkshop, match="taken"), workshop.serve(served.model, port):
        pass


def test_phrases_that_are_none_are_said(tmp_path, served):
    bad = tmp_path / "bad.yml"
    bad.write_text('version: "3.1"\nnlu: []\n', encoding="utf-8")
    with pytest.raises(NoWorkshop):
        workshop.train([bad], "light", tmp_path / "model.tar.gz")
    assert not (tmp_path / "model.tar.gz").exists()


def test_a_token_is_made_once_for_its_owner_alone(tmp_path):
    file = tmp_path / "here" / "token"
    token = workshop.token_in(file)
    assert len(token) >= 40
    assert workshop.token_in(file) == token
    assert file.stat().st_mode & 0o077 == 0


def test_without_the_environment_the_command_says_what_to_do():
    bare = f"""
from pathlib import Path
from bot import workshop
workshop.PYTHON = Path({str(Path(__file__))!r}) / "none"
from bot.cli import main
main(["nlu", "serve", "--token-file", "/dev/null"])
"""
    done = subprocess.run(
        [sys.executable, "-c", bare], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "make rasa" in done.stderr
