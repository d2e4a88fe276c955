# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad check`` names every fault of texts and flows in one run, each with its place."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

import content
import flows
import nlu
from bot.cli.check import faults


class Shelf:
    """A copy of what ships, to be spoiled."""

    def __init__(self, folder: Path) -> None:
        self.content, self.flows = folder / "content", folder / "flows"
        for name in ("content", "flows"):
            ours = Path(str(files(name)))
            shutil.copytree(ours, folder / name, ignore=shutil.ignore_patterns("__pycache__"))

    def spoil(self, path: str, old: str, new: str) -> None:
        file = self.content.parent / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def add(self, node: str) -> None:
        with (self.flows / "tips.yaml").open("a", encoding="utf-8") as file:
            file.write(node)

    def faults(self) -> list[str]:
        return [*faults(self.content, self.flows)]


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)


def test_what_ships_has_no_fault(shelf):
    assert shelf.faults() == []


def test_faults_of_every_kind_are_named_in_one_run(shelf):
    shelf.spoil("content/fr/talk.yaml", "hello_again: |-\n  Bonjour. Nous sommes là.\n", "")
    shelf.spoil("content/fr/human.yaml", "({time})", "")
    shelf.spoil("content/fr/label.yaml", "list: La liste", "list: La liste de toutes les choses")
    shelf.spoil("content/fr/human.yaml", "promise: delivered", "promise: hoped")
    shelf.spoil("content/fr/danger.yaml", "<ORG-POLICE-19.number>", "<ORG-NOBODY.number>")
    shelf.spoil("content/facts.yaml", "use: bot", "use: do-not-use")
    shelf.spoil("flows/tips.yaml", "then: resume", "then: nowhere")
    shelf.add(
        "  alone:\n    say: [tips.unwritten]\n    then: resume\n  stuck:\n    ask: tips.ask\n"
    )
    found = "\n".join(shelf.faults())
    for fault in (
        "fr/talk.yaml: hello_again: missing twin",
        "status_now: placeholders differ",
        "fr/label.yaml: list: label of",
        "fr/human.yaml: status_delivered: 'hoped' is no row state",
        "unknown fact ORG-NOBODY",
        "ORG-POLICE-19: use is 'do-not-use': this fact may not be shown",
        "tips.subscribe: goes to tips.nowhere, which does not exist",
        "tips.alone: unreachable",
        "flows: tips.alone says tips.unwritten, which no text file has",
        "tips.stuck: dead end, it asks and takes no answer",
    ):
        assert fault in found


@pytest.mark.parametrize(("old", "new", "fault"), [
    ("nodes:\n", "nodes: [\n", "tips.yaml: unreadable in line"),
    ("nodes:\n", "knots:\n", "tips.yaml: holds no nodes"),
    ("    then: resume\n", "    than: resume\n", "tips.subscribe: unknown field 'than'"),
    ("label: label.tips_yes, ", "", "tips.start: not understood, 'label' is missing"),
    ("hears: [affirm", "heard: [affirm", "tips.start: unknown field 'heard' in option tips_yes"),
    ("    do: [unsubscribe]\n", "    do: 7\n", "tips.unsubscribe: not understood"),
    ("  resume:\n", "  other: 5\n  resume:\n", "tips.other: is no node"),
])  # fmt: skip
def test_a_flow_file_that_cannot_be_understood_is_named(shelf, old, new, fault):
    shelf.spoil("flows/tips.yaml", old, new)
    shelf.spoil("content/fr/label.yaml", "list: La liste", "list: La liste de toutes les choses")
    found = shelf.faults()
    assert any(line.startswith(fault) for line in found), found
    assert any("label of" in line for line in found), "the texts are looked at all the same"


def test_two_spoiled_flow_files_are_both_named(shelf):
    shelf.spoil("flows/tips.yaml", "nodes:\n", "nodes: [\n")
    shelf.spoil("flows/wants.yaml", "anywhere:", "nowhere:")
    with pytest.raises(flows.ScriptError) as raised:
        flows.load(content.load().keys, nlu.SITUATIONS, shelf.flows)
    assert raised.value.faults == [
        "tips.yaml: unreadable in line 5",
        "wants.yaml or triage.yaml: not understood, 'anywhere' is missing",
    ]
