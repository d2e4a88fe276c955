# SPDX-License-Identifier: AGPL-3.0-or-later
"""An export is ciphertext that plain age opens byte for byte, and only with the right identity."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.setting import demonstration
from bot.vault import demo, unseal
from bot.vault.seal import seal
from flows.model import Escalate, FileCase, Keep

STORY = "wa7d kayhddedni بتصاوري, il veut 500 DH — canary-zitouna"
LATER = "و قال لي غدا مع الثامنة"
PASSPHRASE = "zitoun qamar jbel wad"  # noqa: S105 - of a key made for one test
PICTURE = b"\x89PNG\r\n\x1a\n" + os.urandom(300_000)


@pytest.fixture
def visitor(house):
    person = house.person()
    person.case = person.does(Keep("story"), Escalate("urgent"), text=STORY, urgency="urgent")
    person.stored = person.sends_file(PICTURE)
    person.does(Keep("answer:when"), FileCase(), text=LATER)
    return person


@pytest.fixture
def exported(house, visitor, tmp_path):
    folder = tmp_path / "dossier"
    said = house.done("cases", "export", visitor.case, "--to", folder)
    assert "5 sealed pieces" in said
    return folder


def wrapped_for(house, exported):
    """A counsellor's identity as sanad keys makes it, to which the case is sealed instead."""
    recipient, wrapped = unseal.make_identity(PASSPHRASE)
    head = exported / "identity.age"
    case_key = unseal.open_case(head.read_bytes(), house.counsellor.identity)
    head.write_bytes(seal(case_key.encode(), recipient))
    return wrapped


def test_plain_age_opens_every_piece_byte_for_byte(house, exported, age_command, tmp_path):
    def age(identity, file):
        command = [age_command, "-d", "-i", identity, exported / file]
        return subprocess.run(command, capture_output=True, check=True, timeout=20).stdout

    case_key = tmp_path / "case.key"
    case_key.write_bytes(age(house.counsellor.file, "identity.age"))
    names = sorted(path.name for path in exported.glob("0*.age"))
    assert names == [
        "0001-story.age", "0002-file.age", "0003-about.age",
        "0004-answer-when.age", "0005-summary.age",
    ]  # fmt: skip
    assert age(case_key, "0001-story.age").decode() == STORY
    assert age(case_key, "0002-file.age") == PICTURE
    assert age(case_key, "0004-answer-when.age").decode() == LATER
    note = json.loads(age(case_key, "0003-about.age"))
    assert note["sha256"] == hashlib.sha256(PICTURE).hexdigest()


def test_the_recovery_key_opens_it_too(house, exported):
    shown = house.done("cases", "open", exported, "--identity", house.recovery.file)
    assert STORY in shown


def test_an_export_holds_no_word_and_is_for_its_owner_alone(house, visitor, exported):
    everything = b"".join(path.read_bytes() for path in exported.iterdir())
    for canary in (STORY, LATER, "canary-zitouna", visitor.digits, "77001"):
        assert canary.encode() not in everything
    assert PICTURE[:64] not in everything
    for path in (exported, *exported.iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path.name
    told = json.loads((exported / "case.json").read_text())
    assert told["id"] == visitor.case
    assert told["visitor"] == visitor.root.recipient
    assert told["delivery"] == house.key.delivery
    assert (told["stage"], told["urgency"]) == ("filed", "normal")
    assert told["times"]["filed"].endswith(":00Z")
    guide = (exported / "README.txt").read_text()
    assert guide.startswith(visitor.case)
    assert guide.count("age -d -i counsellor.age identity.age") == 3


def test_open_writes_everything_into_a_private_folder(house, exported, tmp_path):
    to = tmp_path / "read"
    house.done("cases", "open", exported, "--identity", house.counsellor.file, "--to", to)
    assert to.stat().st_mode & 0o777 == 0o700
    assert (to / "0001-story.txt").read_text() == STORY
    assert (to / "0002-file.png").read_bytes() == PICTURE
    assert json.loads((to / "0003-about.json").read_text())["reference"] == "F1"
    assert (to / "0004-answer-when.txt").read_text() == LATER
    assert (to / "0002-file.png").stat().st_mode & 0o777 == 0o600


def test_open_prints_words_and_names_files(house, exported):
    shown = house.done("cases", "open", exported, "--identity", house.counsellor.file)
    assert STORY in shown
    assert LATER in shown
    assert f"[F1: image/png, {len(PICTURE)} bytes; --to writes it out]" in shown


def test_open_works_offline_with_nothing_but_folder_and_identity(house, exported, tmp_path):
    """No service key, no database, no variable; the data folder is gone."""
    house.data.rename(tmp_path / "elsewhere")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "cases", "open", exported,
         "--identity", house.counsellor.file],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())},
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert STORY in done.stdout.decode()


def test_a_foreign_identity_opens_nothing_and_leaves_nothing(house, exported, stranger, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    said = house.refused(
        "cases", "open", exported, "--identity", stranger.file, "--to", tmp_path / "read"
    )
    assert said == "Error: this identity does not open this case.\n"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_wrapped_identity_asks_its_passphrase(house, exported, tmp_path):
    (tmp_path / "wrapped.age").write_bytes(wrapped_for(house, exported))
    args = ("cases", "open", exported, "--identity", tmp_path / "wrapped.age")
    result = house.sanad(*args, input=f"{PASSPHRASE}\n")
    assert result.exit_code == 0, result.output
    assert STORY in result.stdout
    assert "jbel" not in result.output
    (tmp_path / "passphrase").write_text("another one entirely\n")
    said = house.refused(*args, "--passphrase-file", tmp_path / "passphrase")
    assert "passphrase is wrong" in said


def test_a_damaged_piece_is_named_and_the_rest_is_still_opened(house, exported, tmp_path):
    piece = exported / "0004-answer-when.age"
    whole = piece.read_bytes()
    piece.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    to = tmp_path / "read"
    args = ("cases", "open", exported, "--identity", house.counsellor.file)
    assert "0004-answer-when.age" in house.sanad(*args, "--to", to).stderr
    assert (to / "0001-story.txt").read_text() == STORY
    assert not (to / "0004-answer-when.txt").exists()
    result = house.sanad(*args)
    assert result.exit_code == 1
    assert STORY in result.stdout


def test_words_cannot_drive_the_terminal(house, tmp_path):
    text = "\x1b[2Jhidden \u202etxt.exe\r\n\tkept ‌ا"
    case = house.person("9").does(Keep("story"), FileCase(), text=text)
    house.done("cases", "export", case, "--to", tmp_path / "d")
    args = ("cases", "open", tmp_path / "d", "--identity", house.counsellor.file)
    shown = house.done(*args)
    assert not {"\x1b", "\u202e", "\r"} & set(shown)
    assert "\tkept ‌ا" in shown
    house.done(*args, "--to", tmp_path / "read")
    assert (tmp_path / "read" / "0001-story.txt").read_bytes() == text.encode()


@pytest.mark.parametrize("name", ["../../evil.age", "/etc/0001-x.age", "0001-\x1b.age", "x.age"])
def test_names_that_lead_elsewhere_are_refused(house, exported, tmp_path, name):
    told = json.loads((exported / "case.json").read_text())
    told["entries"][0]["name"] = name
    (exported / "case.json").write_text(json.dumps(told))
    identity = house.counsellor.file
    said = house.refused("cases", "open", exported, "--identity", identity, "--to", tmp_path / "r")
    assert "no whole export" in said


@pytest.mark.parametrize("what", ["case.json", "identity.age"])
def test_a_folder_without_its_head_is_refused(house, exported, what):
    (exported / what).unlink()
    said = house.refused("cases", "open", exported, "--identity", house.counsellor.file)
    assert "no whole export" in said


def test_a_draft_is_not_exported(house, tmp_path):
    case = house.person("9").does(Keep("story"), text=STORY)
    assert "draft" in house.refused("cases", "export", case, "--to", tmp_path / "d")
    assert not (tmp_path / "d").exists()


def test_an_alarmed_draft_is(house, tmp_path):
    case = house.person("9").does(Keep("story"), Escalate("danger"), text=STORY)
    house.done("cases", "export", case, "--to", tmp_path / "d")
    told = json.loads((tmp_path / "d" / "case.json").read_text())
    assert (told["stage"], told["visitor"]) == ("alarmed", None)


def test_nothing_is_overwritten(house, visitor, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_bytes(b"old")
    said = house.refused("cases", "export", visitor.case, "--to", tmp_path / "full")
    assert "not empty" in said
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["file"]


def test_a_file_that_the_disk_lost_is_said_and_the_words_still_leave(house, visitor, tmp_path):
    (house.data / "files" / visitor.stored).unlink()
    result = house.sanad("cases", "export", visitor.case, "--to", tmp_path / "d")
    assert result.exit_code == 0, result.output
    assert "0002-file.age" in result.stderr
    opened = house.sanad("cases", "open", tmp_path / "d", "--identity", house.counsellor.file)
    assert opened.exit_code == 1
    assert STORY in opened.stdout
    assert "0002-file.age" in opened.stderr


def test_the_guide_works_as_it_is_written(house, exported, age_command, tmp_path):
    """A counsellor with a wrapped identity types the two lines of the guide, and a passphrase."""
    (exported / "counsellor.age").write_bytes(wrapped_for(house, exported))
    guide = (exported / "README.txt").read_text()
    first, second = [line.strip() for line in guide.splitlines() if line.strip()[:4] == "age "][:2]
    ours, theirs = pty.openpty()
    os.write(ours, PASSPHRASE.encode() + b"\n")
    try:
        subprocess.run(
            ["sh", "-c", first], cwd=exported, stdin=theirs, stderr=subprocess.DEVNULL,
            check=True, timeout=60, start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    read = subprocess.run(["sh", "-c", second], cwd=exported, capture_output=True, check=True)
    assert read.stdout.decode() == STORY


def test_the_demo_opens_its_own_cases_with_no_file_at_all(house, tmp_path):
    house.data = tmp_path / "demo"
    here = demonstration(house.data)
    house.key, house.env = here.key, {"SANAD_DATA": str(house.data)}
    house.counsellor = replace(house.counsellor, recipient=demo.COUNSELLOR.recipient)
    case = house.person().does(Keep("story"), FileCase(), text=STORY)
    house.done("cases", "export", case, "--to", tmp_path / "d")
    assert STORY in house.done("cases", "open", tmp_path / "d", "--demo")


def test_the_demo_identity_does_not_open_a_real_case(house, exported):
    assert "does not open" in house.refused("cases", "open", exported, "--demo")


def test_open_without_an_identity_says_what_is_missing(house, exported):
    result = house.sanad("cases", "open", exported)
    assert result.exit_code == 2
    assert "--identity" in result.stderr
