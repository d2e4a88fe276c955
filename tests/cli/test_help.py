# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every command answers ``--help`` with an example that names it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bot.cli import main

CASES = ("list", "take", "export", "open", "reply", "import", "close")
ALONE = ("backup", "restore", "holdings", "retention", "doctor")


@pytest.mark.parametrize("words", [*(("cases", name) for name in CASES), *((n,) for n in ALONE)])
def test_help_shows_an_example(words):
    shown = CliRunner().invoke(main, [*words, "--help"])
    assert shown.exit_code == 0, shown.output
    assert f"Example: sanad {' '.join(words)} " in shown.output.replace("\n", " ")


def test_the_group_shows_the_whole_way():
    shown = CliRunner().invoke(main, ["cases", "--help"]).output
    for name in CASES:
        assert f"  sanad cases {name}" in shown


def test_the_keys_command_is_reached_through_the_same_door():
    shown = CliRunner().invoke(main, ["keys", "--help"])
    assert shown.exit_code == 0, shown.output
    assert "sanad keys counsellor" in shown.output
