# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad keys`` makes each key once, for its owner's eyes, and prints only what is public."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest
from click.testing import CliRunner

from bot.cli.keys import keys
from bot.vault import seal, unseal
from bot.vault.service import ServiceKey

WORDS = "zitoun qamar jbel wad nejma tariq"


@pytest.fixture
def run():
    return lambda *args, **more: CliRunner().invoke(keys, [str(arg) for arg in args], **more)


@pytest.fixture
def passphrase_file(tmp_path):
    file = tmp_path / "passphrase.txt"
    file.write_text(WORDS + "\n")
    return file


def test_service_makes_a_key_that_the_bot_reads(run, tmp_path):
    path = tmp_path / "new" / "service.key"
    done = run("service", "--file", path)
    assert done.exit_code == 0, done.output
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert done.stdout.strip() == ServiceKey.read(path.read_text()).delivery
    assert "SANAD-SERVICE-KEY" not in done.output
    assert "ON PAPER" in done.stderr


def test_service_takes_the_place_from_the_environment(run, tmp_path):
    path = tmp_path / "service.key"
    done = run("service", env={"SANAD_SERVICE_KEY_FILE": str(path)})
    assert done.exit_code == 0, done.output
    assert path.exists()


def test_rotate_puts_a_new_key_first_and_loses_none(run, tmp_path):
    path = tmp_path / "service.key"
    run("service", "--file", path)
    first = ServiceKey.read(path.read_text())
    cell = first.seal(b"words", table="t", column="c", row="1")
    for number in (2, 3):
        done = run("rotate", "--file", path)
        assert done.exit_code == 0, done.output
        assert "SANAD-SERVICE-KEY" not in done.output
        now = ServiceKey.read(path.read_text())
        assert (now.version, done.stdout.strip()) == (number, now.delivery)
        assert now.delivery != first.delivery
    assert now.open(cell, table="t", column="c", row="1") == b"words"
    assert first.contact("telegram:1") in now.former_contacts("telegram:1")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["service.key"]


def test_rotate_touches_no_file_that_is_no_key(run, tmp_path):
    path = tmp_path / "service.key"
    assert run("rotate", "--file", path).exit_code != 0
    for text in ("hello\n", "", ServiceKey.spell(ServiceKey.make(), 255)):
        path.write_text(text)
        done = run("rotate", "--file", path)
        assert done.exit_code != 0
        assert "no service key" in done.output
        assert path.read_text() == text


def test_rotate_leaves_the_key_alone_where_another_rotation_died(run, tmp_path):
    path = tmp_path / "service.key"
    run("service", "--file", path)
    before = path.read_text()
    (tmp_path / "service.key.new").touch()
    assert run("rotate", "--file", path).exit_code != 0
    assert path.read_text() == before


@pytest.mark.parametrize("which", ["counsellor", "recovery"])
def test_identities_are_wrapped_and_only_the_recipient_is_printed(
    which, run, tmp_path, passphrase_file
):
    path = tmp_path / "key.age"
    done = run(which, "--file", path, "--passphrase-file", passphrase_file)
    assert done.exit_code == 0, done.output
    assert path.stat().st_mode & 0o777 == 0o600
    identity = unseal.open_identity(path.read_bytes(), WORDS)
    assert done.stdout == unseal.recipient_of(identity) + "\n"
    assert "AGE-SECRET-KEY" not in done.output + path.read_text()
    assert WORDS not in done.output
    assert "ON PAPER" in done.stderr


def test_the_passphrase_is_asked_twice_and_never_shown(run, tmp_path):
    path = tmp_path / "key.age"
    typed = f"{WORDS}\nsomething else\n{WORDS}\n{WORDS}\n"
    done = run("counsellor", "--file", path, input=typed)
    assert done.exit_code == 0, done.output
    assert "do not match" in done.stderr
    assert WORDS not in done.output
    assert done.stdout.startswith("age1")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("passphrase", ["", "\n", "short\nlong enough on line two\n"])
def test_a_short_passphrase_is_refused(passphrase, run, tmp_path):
    (tmp_path / "p").write_text(passphrase)
    done = run("recovery", "--file", tmp_path / "key.age", "--passphrase-file", tmp_path / "p")
    assert done.exit_code == 1
    assert not (tmp_path / "key.age").exists()


@pytest.mark.parametrize("which", ["service", "counsellor", "recovery"])
def test_a_key_is_never_overwritten(which, run, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("x")
    for name in ("file", "link"):
        done = run(which, "--file", tmp_path / name)
        assert done.exit_code == 1
        assert "never overwritten" in done.stderr
    assert (tmp_path / "file").read_bytes() == b"old"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("which", ["service", "counsellor", "recovery"])
def test_help_shows_an_example(which, run):
    assert f"Example: sanad keys {which}" in run(which, "--help").output
    assert f"sanad keys {which}" in run("--help").output


def test_plain_age_opens_the_identity_when_the_passphrase_is_typed(age_command, tmp_path):
    recipient, wrapped = unseal.make_identity(WORDS)
    (tmp_path / "key.age").write_bytes(wrapped)
    (tmp_path / "words.age").write_bytes(seal.seal(b"words", recipient))
    ours, theirs = pty.openpty()
    os.write(ours, WORDS.encode() + b"\n")
    try:
        done = subprocess.run(
            [age_command, "-d", "-i", tmp_path / "key.age", tmp_path / "words.age"],
            stdin=theirs,
            capture_output=True,
            check=False,
            timeout=60,
            start_new_session=True,  # no terminal but the one we hold
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"words"
    with pytest.raises(unseal.Unopenable):
        unseal.open_identity(wrapped, WORDS + "x")


def test_an_identity_of_age_keygen_is_read_too(counsellor):
    text = f"# created: today\r\n# public key: {counsellor.recipient}\r\n{counsellor.identity}\r\n"
    assert unseal.open_identity(text.encode(), "") == counsellor.identity


@pytest.mark.parametrize("file", [b"", b"hello", b"\xff\xfe", b"age-encryption.org/v1\nbroken"])
def test_a_file_that_is_no_identity_is_unopenable(file):
    with pytest.raises(unseal.Unopenable):
        unseal.open_identity(file, WORDS)
