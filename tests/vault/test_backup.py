# SPDX-License-Identifier: AGPL-3.0-or-later
"""The drill: back up under load, lose everything, restore with the recovery key, lose nothing."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import threading
from contextlib import closing

import pytest

from bot.vault import seal, unseal
from bot.vault.backup import BrokenBackup, NotEmpty, restore_backup, write_backup
from bot.vault.faults import BadKey, Unopenable

CANARY = b"canary-words-zitouna"


@pytest.fixture
def house(tmp_path, counsellor, recovery):
    """A data folder with a database in WAL mode and sealed files, as the bot leaves them."""
    data = tmp_path / "data"
    (data / "files" / "ab").mkdir(parents=True)
    case = seal.new_case([counsellor.recipient], recovery.recipient)
    words = seal.seal(CANARY, case.recipient)
    (data / "files" / "one").write_bytes(seal.pad(words))
    (data / "files" / "ab" / "two").write_bytes(os.urandom(900_000))
    with closing(sqlite3.connect(data / "sanad.db")) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("create table cases (id text primary key, wrapped blob, words blob)")
        db.execute("create table notes (case_id text references cases, n integer)")
        db.execute("insert into cases values ('c1', ?, ?)", (case.wrapped, words))
        db.executemany("insert into notes values ('c1', ?)", [(n,) for n in range(5000)])
        db.commit()
    return data


def back_up(house, recovery, out):
    return write_backup(house / "sanad.db", house / "files", recovery.recipient, out)


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_drill(house, recovery, tmp_path):
    out, target = tmp_path / "b.age", tmp_path / "new" / "data"
    content = back_up(house, recovery, out)
    assert content.files == 2
    assert out.stat().st_mode & 0o777 == 0o600
    restored = restore_backup(out, recovery.identity, target)
    assert restored.content == content
    assert files_of(restored.files) == files_of(house / "files")
    assert all(path.stat().st_mode & 0o077 == 0 for path in (target, *target.rglob("*")))
    with closing(sqlite3.connect(restored.database)) as db:
        ((wrapped, words),) = db.execute("select wrapped, words from cases").fetchall()
        assert db.execute("select count(*), sum(n) from notes").fetchone() == (5000, 12_497_500)
    key = unseal.open_case(wrapped, recovery.identity)
    assert unseal.unseal(words, key) == CANARY


def test_plain_age_and_tar_open_a_backup_too(house, recovery, age, tmp_path):
    out = tmp_path / "b.age"
    back_up(house, recovery, out)
    opened = age(out, recovery.identity)
    assert opened.returncode == 0, opened.stderr
    listed = subprocess.run(["tar", "-t"], input=opened.stdout, capture_output=True, check=True)
    assert listed.stdout.split() == [
        b"database/sanad.db",
        b"files/ab/two",
        b"files/one",
        b"end.json",
    ]


def test_a_backup_taken_while_the_bot_writes_is_one_moment(house, recovery, tmp_path):
    stop, count = threading.Event(), [0]

    def write():
        with closing(sqlite3.connect(house / "sanad.db", timeout=30)) as db:
            while not stop.is_set():
                db.execute("begin immediate")
                db.execute("insert into notes values ('c1', 1)")
                db.execute("insert into notes values ('c1', -1)")
                db.commit()
                count[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while count[0] < 20:
            pass
        back_up(house, recovery, tmp_path / "b.age")
        before = count[0]
        while count[0] < before + 5:  # it was not stopped by us
            pass
    finally:
        stop.set()
        writer.join()
    restored = restore_backup(tmp_path / "b.age", recovery.identity, tmp_path / "new")
    with closing(sqlite3.connect(restored.database)) as db:
        rows, total = db.execute("select count(*), sum(n) from notes").fetchone()
    assert total == 12_497_500  # both of a pair, or none
    assert rows >= 5040


def test_nothing_else_is_left_and_nothing_shows(house, recovery, tmp_path):
    names = {path.name for path in house.rglob("*")}
    (house / ".backup-killed").write_bytes(b"left by a backup that was killed")
    back_up(house, recovery, tmp_path / "b.age")
    assert {path.name for path in house.rglob("*")} - {"sanad.db-wal", "sanad.db-shm"} == names
    blob = (tmp_path / "b.age").read_bytes()
    assert CANARY not in blob
    assert b"SQLite format" not in blob
    assert b"sanad.db" not in blob


def test_an_existing_backup_is_never_overwritten(house, recovery, tmp_path):
    (tmp_path / "b.age").write_bytes(b"yesterday")
    with pytest.raises(FileExistsError):
        back_up(house, recovery, tmp_path / "b.age")
    assert (tmp_path / "b.age").read_bytes() == b"yesterday"


def test_a_backup_that_fails_leaves_nothing(house, recovery, tmp_path):
    (house / "files" / "loop").symlink_to(house)  # a link is no file of ours
    assert back_up(house, recovery, tmp_path / "a.age").files == 2
    with pytest.raises(BadKey):
        write_backup(house / "sanad.db", house / "files", "age1nobody", tmp_path / "b.age")
    with pytest.raises(sqlite3.OperationalError):
        write_backup(house / "none.db", house / "files", recovery.recipient, tmp_path / "b.age")
    (house / "sanad.db").write_bytes(b"not a database" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        back_up(house, recovery, tmp_path / "b.age")
    assert not (tmp_path / "b.age").exists()
    assert not (house / "none.db").exists()
    assert not list(house.glob(".backup-*"))


def test_a_foreign_identity_restores_nothing(house, recovery, stranger, tmp_path):
    back_up(house, recovery, tmp_path / "b.age")
    with pytest.raises(Unopenable):
        restore_backup(tmp_path / "b.age", stranger.identity, tmp_path / "new")
    assert files_of(tmp_path / "new") == {}


def test_a_folder_that_holds_something_is_not_touched(house, recovery, tmp_path):
    back_up(house, recovery, tmp_path / "b.age")
    before = files_of(house)
    with pytest.raises(NotEmpty):
        restore_backup(tmp_path / "b.age", recovery.identity, house)
    assert files_of(house) == before


@pytest.mark.parametrize("keep", [0.999, 0.5, 0.1])
def test_a_backup_cut_short_restores_nothing(house, recovery, tmp_path, keep):
    back_up(house, recovery, tmp_path / "b.age")
    blob = (tmp_path / "b.age").read_bytes()
    (tmp_path / "b.age").write_bytes(blob[: int(len(blob) * keep)])
    with pytest.raises(Unopenable):
        restore_backup(tmp_path / "b.age", recovery.identity, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_changed_byte_restores_nothing(house, recovery, tmp_path):
    back_up(house, recovery, tmp_path / "b.age")
    blob = bytearray((tmp_path / "b.age").read_bytes())
    blob[-5000] ^= 1
    (tmp_path / "b.age").write_bytes(blob)
    with pytest.raises(Unopenable):
        restore_backup(tmp_path / "b.age", recovery.identity, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def archive(*members):
    """Make a tar as somebody else might; a body of None makes a link to /etc/passwd."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, body in members:
            info = tarfile.TarInfo(name)
            info.size = len(body or b"")
            if body is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(info, io.BytesIO(body or b""))
    return out.getvalue()


def database(rows=1):
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("create table t (n)")
        db.executemany("insert into t values (?)", [(n,) for n in range(rows)])
        db.commit()
        return db.serialize()


DB = database()
END = {"database": "x.db", "files": 0, "size": len(DB), "format": 1}
ROTTEN = DB[:40] + os.urandom(len(DB) - 40)


def end(**changes):
    return ("end.json", json.dumps({**END, **changes}).encode())


@pytest.mark.parametrize(
    "members",
    [
        [],
        [("database/x.db", DB)],
        [("database/x.db", DB), end(files=1)],
        [("database/x.db", DB), end(format=2)],
        [("database/x.db", DB), ("end.json", b"[]")],
        [("database/x.db", DB), ("end.json", b'{"files": ')],
        [("database/x.db", DB), end(), ("files/late", b"x")],
        [("database/x.db", DB), ("database/y.db", DB), end()],
        [("database/x.db", DB), ("files/../../evil", b"x"), end(files=1)],
        [("database/x.db", DB), ("files/l", None), end(files=1)],
        [("database/x.db", DB), ("files/a", b"x"), ("files/a", b"x"), end(files=2)],
        [("database/../evil", DB), end(database="../evil")],
        [("database/files", DB), end(database="files")],
        [("/etc/evil", b"x"), end()],
        [("other", b"x"), end()],
        [("database/x.db", ROTTEN), end()],
        [("database/x.db", b"x" * 5000), end(size=5000)],
    ],
)
def test_an_archive_that_is_not_ours_restores_nothing(members, recovery, tmp_path):
    (tmp_path / "b.age").write_bytes(seal.seal(archive(*members), recovery.recipient))
    with pytest.raises(BrokenBackup):
        restore_backup(tmp_path / "b.age", recovery.identity, tmp_path / "a" / "new")
    assert list((tmp_path / "a" / "new").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b.age"]


def test_the_archive_that_those_differ_from_restores(recovery, tmp_path):
    (tmp_path / "b.age").write_bytes(
        seal.seal(archive(("database/x.db", DB), end()), recovery.recipient)
    )
    restored = restore_backup(tmp_path / "b.age", recovery.identity, tmp_path / "new")
    assert restored.database == tmp_path / "new" / "x.db"


_FULL = """
import pathlib, resource, signal, sys
from bot.vault.backup import restore_backup, write_backup
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
here, *paths = [pathlib.Path(each) for each in sys.argv[2:]]
try:
    write_backup(*paths, sys.argv[1], here / "b.age") if len(paths) == 2 else (
        restore_backup(paths[0], sys.argv[1], here / "new")
    )
except Exception as fault:
    print(type(fault).__name__)
"""


@pytest.mark.parametrize("way", ["write", "restore"])
def test_a_full_disk_leaves_nothing(way, house, recovery, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    back_up(house, recovery, tmp_path / "whole.age")
    arguments, said = {
        "write": ([recovery.recipient, here, house / "sanad.db", house / "files"], "VaultError"),
        "restore": ([recovery.identity, here, tmp_path / "whole.age"], "OSError"),
    }[way]
    done = subprocess.run(
        [sys.executable, "-c", _FULL, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.stdout, done.stderr) == (f"{said}\n", "")
    assert [path for path in here.rglob("*") if path.is_file()] == []
