# SPDX-License-Identifier: AGPL-3.0-or-later
"""The drill: a bot that goes on writing is backed up, its disk is lost, and nobody is."""

from __future__ import annotations

import hashlib
import os
import shutil
import time

import pytest

from bot.vault import unseal
from flows.model import FileCase, Keep

PICTURE = b"\x89PNG\r\n\x1a\n" + os.urandom(200_000)


@pytest.fixture
def person(house, tmp_path):
    """Somebody with a filed case, a sealed file and an answer they have not read."""
    person = house.person()
    person.case = person.does(Keep("story"), FileCase(), text="the story", hours_ago=3)
    person.sends_file(PICTURE)
    house.done("cases", "export", person.case, "--to", tmp_path / "d")
    out = tmp_path / "reply.age"
    args = ("--text", "-", "--out", out)
    house.done("cases", "reply", tmp_path / "d", *args, input="the answer")
    house.done("cases", "import", out)
    return person


def test_the_drill(house, person, busy, by_receipt, tmp_path):
    backup, new = tmp_path / "sanad.age", tmp_path / "new"
    said = house.done("backup", "--to", backup)
    assert "1 sealed files" in said
    assert "30 days" in said
    busy.kill()
    busy.wait()
    shutil.rmtree(house.data)
    house.done("restore", backup, "--identity", house.recovery.file, "--to", new)
    back = by_receipt(person.digits, data=new)
    assert back.stdout.split() == ["the", "answer", "filed", person.case], back.stderr
    house.data = new
    house.env["SANAD_DATA"] = str(new)
    assert house.rows("select count(*) > 0 from seen where id like 'busy %'") == [(1,)]
    house.done("cases", "export", person.case, "--to", tmp_path / "after")
    args = ("--identity", house.counsellor.file, "--to", tmp_path / "read")
    house.done("cases", "open", tmp_path / "after", *args)
    assert (tmp_path / "read" / "0001-story.txt").read_text() == "the story"
    restored = (tmp_path / "read" / "0003-file.png").read_bytes()
    assert hashlib.sha256(restored).digest() == hashlib.sha256(PICTURE).digest()
    later = house.person("2").does(Keep("story"), FileCase(), text="life goes on")
    assert later in [line["id"] for line in house.listed()]


def test_a_backup_opens_for_the_recovery_key_alone(house, person, tmp_path):
    backup = tmp_path / "sanad.age"
    house.done("backup", "--to", backup)
    assert backup.stat().st_mode & 0o777 == 0o600
    before = sorted(tmp_path.rglob("*"))
    args = ("restore", backup, "--to", tmp_path / "new", "--identity")
    assert "does not open it" in house.refused(*args, house.counsellor.file)
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before] == [
        tmp_path / "new"
    ]
    assert not any((tmp_path / "new").iterdir())
    house.done(*args, house.recovery.file)
    assert "not empty" in house.refused(*args, house.recovery.file)


def test_the_recovery_key_may_be_wrapped(house, person, tmp_path):
    recipient, wrapped = unseal.make_identity("zitoun qamar jbel wad")
    profile = tmp_path / "centre.yaml"
    profile.write_text(profile.read_text().replace(house.recovery.recipient, recipient))
    (tmp_path / "recovery.age").write_bytes(wrapped)
    (tmp_path / "words").write_text("zitoun qamar jbel wad\n")
    house.done("backup", "--to", tmp_path / "b.age")
    house.done(
        "restore", tmp_path / "b.age", "--identity", tmp_path / "recovery.age",
        "--passphrase-file", tmp_path / "words", "--to", tmp_path / "new",
    )  # fmt: skip


def test_a_folder_keeps_backups_no_longer_than_was_promised(house, person, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - 31 * 24 * 3600))
    young = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - 29 * 24 * 3600))
    for name in (f"sanad-{stamp}.age", f"sanad-{young}.age", f"mine-{stamp}.age"):
        (folder / name).write_bytes(b"x")
    said = house.done("backup", "--to", folder)
    assert "Removed, older than 30 days: 1." in said
    names = {path.name for path in folder.iterdir()}
    assert f"sanad-{stamp}.age" not in names
    assert {f"sanad-{young}.age", f"mine-{stamp}.age"} < names
    assert len(names) == 3


def test_a_failed_backup_removes_no_older_one(house, person, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "sanad-20200101T000000Z.age").write_bytes(b"x")
    profile = tmp_path / "centre.yaml"
    profile.write_text(profile.read_text().replace(house.recovery.recipient, "age1broken"))
    assert house.sanad("backup", "--to", folder).exit_code == 1
    assert [path.name for path in folder.iterdir()] == ["sanad-20200101T000000Z.age"]


def test_nothing_is_overwritten_and_nothing_is_backed_up_from_nowhere(house, tmp_path):
    assert "no bot has run" in house.refused("backup", "--to", tmp_path / "b.age")
    with house.opened():
        pass
    (tmp_path / "b.age").write_bytes(b"old")
    assert "exists already" in house.refused("backup", "--to", tmp_path / "b.age")
    assert (tmp_path / "b.age").read_bytes() == b"old"
