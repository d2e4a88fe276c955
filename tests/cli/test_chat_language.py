# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad chat --lang``: a first message that decides no language is answered in that one."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


def chat(*options: str, lines: str) -> bytes:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SANAD_")}
    command = [sys.executable, "-I", "-m", "bot", "chat", *options]
    done = subprocess.run(
        command, input=lines.encode(), capture_output=True, timeout=60, check=True, env=environment
    )
    return done.stdout


def languages(*options: str, said: list[str]) -> list[str]:
    lines = "".join(json.dumps({"text": text}) + "\n" for text in said)
    return [json.loads(out)["lang"] for out in chat("--json", *options, lines=lines).splitlines()]


@pytest.mark.parametrize(
    ("options", "lang"), [((), "ar"), (("--lang", "ar"), "ar"), (("--lang", "fr"), "fr")]
)
def test_what_decides_nothing_is_answered_in_the_language_asked_for(options, lang):
    assert languages(*options, said=["😂", "ok"]) == [lang, lang]
    assert languages(*options, said=["sortie" if lang == "fr" else "خروج"]) == [lang]


def test_what_is_written_decides_against_it():
    assert languages("--lang", "fr", said=["واحد كيهددني بتصاوري"]) == ["ar"]
    assert languages("--lang", "ar", said=["quelqu'un me menace avec mes photos"]) == ["fr"]


def test_the_terminal_greets_in_it():
    assert b"Bonjour" in chat("--lang", "fr", lines="\n")
