# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two people with keys, and the age of the distribution where there is one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
import pytest


@dataclass(frozen=True, slots=True)
class Person:
    recipient: str
    identity: str = field(repr=False)


def person() -> Person:
    identity = pyrage.x25519.Identity.generate()
    return Person(str(identity.to_public()), str(identity))


@pytest.fixture
def counsellor():
    return person()


@pytest.fixture
def recovery():
    return person()


@pytest.fixture
def stranger():
    return person()


@pytest.fixture(scope="session")
def age_command():
    found = shutil.which("age")
    if found is None:
        pytest.skip("NOT CHECKED against the age command: it is not installed (apt install age)")
    return found


@pytest.fixture
def age(age_command, tmp_path) -> Callable[[Path, str], subprocess.CompletedProcess[bytes]]:
    """Decrypt a file with the distribution's age and an identity."""

    def decrypt(file: Path, identity: str) -> subprocess.CompletedProcess[bytes]:
        key = tmp_path / "identity.txt"
        key.write_text(identity + "\n")
        return subprocess.run(
            [age_command, "-d", "-i", key, file], capture_output=True, check=False, timeout=20
        )

    return decrypt
