# SPDX-License-Identifier: AGPL-3.0-or-later
"""A transcriber is found by its entry point, and what is none is refused by name."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from bot import transcriber
from bot.transcriber import GROUP, NoTranscriber

MODULE = """
class Good:
    def words(self, audio, mime):
        return f"{len(audio)} bytes of {mime}"

class Deaf:
    pass

def broken():
    raise OSError("/some/where")
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution of somebody else's, as an installer leaves it."""
    about = tmp_path / "local_ears-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: local-ears\nVersion: 1\n")
    names = "".join(
        f"{name} = local_ears:{what}\n"
        for name, what in (
            ("good", "Good"),
            ("deaf", "Deaf"),
            ("broken", "broken"),
            ("lost", "No"),
        )
    )
    (about / "entry_points.txt").write_text(f"[{GROUP}]\n{names}")
    (tmp_path / "local_ears.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "local_ears", raising=False)


def test_none_ships() -> None:
    assert list(entry_points(group=GROUP)) == []


@pytest.mark.usefixtures("installed")
def test_an_installed_one_is_made_and_asked() -> None:
    assert transcriber.load("good").words(b"1234", "audio/ogg") == "4 bytes of audio/ogg"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("unknown", "none installed"),
        ("deaf", "it has no words"),
        ("broken", "does not start: OSError"),
        ("lost", "does not start: AttributeError"),
    ],
)
def test_what_is_none_is_refused_and_the_reason_said(name: str, why: str) -> None:
    with pytest.raises(NoTranscriber, match=why) as fault:
        transcriber.load(name)
    assert "/some/where" not in str(fault.value)
