# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is written for people is what the program does; run as a script it renews the table."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import click
import pytest
import yaml
from pyrage import x25519

from bot import centre
from bot.cli import COMMANDS
from bot.config import SECRETS, VARIABLES
from bot.vault.demo import is_demo
from flows import model
from flows.turn import DEEDS, PLAIN

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
PAPERS = [README, ROOT / "SECURITY.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md"))]
# gnu.org/licenses/agpl-3.0.txt, byte for byte
AGPL = "8486a10c4393cee1c25392769ddd3b2d6c242d6ec7928e1414efff7dfb2f07ef"
SPDX = "SPDX-License-Identifier: AGPL-3.0-or-later"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def tracked() -> Iterator[Path]:
    """Every file that belongs to the project: what .gitignore names is skipped, git not needed."""
    ignored = [line.strip("/") for line in read(ROOT / ".gitignore").split() if line[0] != "#"]
    skipped = {ROOT / ".git", *(ROOT / name for name in ignored if "*" not in name)}
    names = {name for name in ignored if "/" not in name}
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder)
        folders[:] = [f for f in folders if f not in names and here / f not in skipped]
        yield from (here / f for f in files if not f.endswith(".pyc"))


def texts() -> Iterator[tuple[str, str]]:
    for path in tracked():
        try:
            yield path.relative_to(ROOT).as_posix(), read(path)
        except UnicodeDecodeError:
            continue


def table() -> str:
    """The variables as a Markdown table."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, (default, meaning) in VARIABLES.items():
        rows.append(f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |")
    return "\n".join(rows)


TABLE = re.compile(r"(?<=-->\n)\| variable .*?(?=\n<!-- end -->)", re.DOTALL)


def renewed(paper: str) -> str:
    return TABLE.sub(lambda _: table(), paper)


def blocks(paper: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", paper, re.DOTALL | re.MULTILINE)


def said_commands() -> Iterator[tuple[str, list[str]]]:
    """Every `sanad …` of the papers: in a block of commands, or between back-ticks."""
    for path in PAPERS:
        paper = read(path)
        lines = "\n".join(blocks(paper)).splitlines()
        lines += re.findall(r"`((?:\.venv/bin/)?sanad [^`…]+)`", paper)
        for line in lines:
            if found := re.search(r"(?:^|\.venv/bin/|\| )sanad ([a-z].*)", line):
                words = shlex.split(re.split(r"[|<>]", found[1])[0], comments=True)
                yield f"{path.name}: {line}", words


def group(name: str) -> click.Command:
    command: click.Command = import_module(COMMANDS[name][0]).command
    return command


def test_readme_opens_with_the_two_commands():
    block = blocks(read(README))[0].splitlines()
    assert [line.split("#")[0].strip() for line in block] == ["make demo", "make test"]
    assert "Python ≥ 3.11 with venv, and make" in read(README).split("```")[2].split("\n\n")[0]


def test_readme_lists_every_command_in_the_order_of_help():
    listed = re.findall(r"^\| `sanad (\w+)` \|", read(README), re.MULTILINE)
    assert listed == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_its_parts_are_named(name):
    command = group(name)
    told = f"{command.help} {command.epilog}"
    assert "Example" in told
    if isinstance(command, click.Group):
        line = next(x for x in read(README).splitlines() if x.startswith(f"| `sanad {name}` |"))
        for part in command.commands:
            papers = " ".join(map(read, PAPERS))
            assert f"`{part}`" in line or f"sanad {name} {part}" in papers, f"{name} {part}"


def test_every_command_in_the_papers_exists_with_its_options():
    said = list(said_commands())
    assert len(said) > 40
    for where, words in said:
        assert words[0] in COMMANDS, where
        command, rest = group(words[0]), words[1:]
        while isinstance(command, click.Group) and rest and rest[0][0] != "-":
            assert rest[0] in command.commands, where
            command, rest = command.commands[rest[0]], rest[1:]
        known = {"--help", *(opt for param in command.params for opt in param.opts)}
        assert {word for word in rest if word.startswith("--")} <= known, where


def test_readme_names_every_target_of_make_and_no_other():
    targets = set(re.search(r"^\.PHONY: (.*)$", read(ROOT / "Makefile"), re.MULTILINE)[1].split())
    said = {
        name for path in PAPERS for name in re.findall(r"\bmake ([a-z-]+)\b", code(read(path)))
    }
    assert said == targets


def code(paper: str) -> str:
    """What stands between back-ticks, or in a block."""
    return "\n".join(re.findall(r"`+([^`]+)`+", paper))


def test_configuration_lists_the_variables_as_the_program_knows_them():
    paper = read(CONFIGURATION)
    assert TABLE.search(paper), "the marks around the table are gone"
    assert paper == renewed(paper), "renew it: .venv/bin/python tests/test_docs.py"
    for name in SECRETS:
        assert f"`{name}`" in paper.split("## Secrets")[1], name


def test_every_variable_named_anywhere_is_known():
    known = {*VARIABLES, *(f"{name}_FILE" for name in SECRETS)}
    for path in [*PAPERS, *(ROOT / "deploy").iterdir()]:
        for name in re.findall(r"\bSANAD_[A-Z_]*[A-Z]\b", read(path)):
            assert name in known, f"{path.name}: {name}"


def test_the_unit_starts_a_command_that_exists():
    found = re.search(
        r"^ExecStart=.*/sanad (\w+)$", read(ROOT / "deploy/sanad.service"), re.MULTILINE
    )
    assert found
    assert found[1] in COMMANDS


def test_the_example_of_a_centre_asks_for_what_is_missing_and_works_when_filled(tmp_path):
    example = read(ROOT / "deploy" / "centre.example.yaml")
    with pytest.raises(centre.CentreError) as caught:
        centre.load(ROOT / "deploy" / "centre.example.yaml", demo=is_demo)
    assert [fault.split(": an age")[0] for fault in caught.value.faults] == [
        "recovery",
        "team: counsellor-1",
    ]
    for line in ("counsellor-1", "recovery"):
        fresh = str(x25519.Identity.generate().to_public())
        example = example.replace(f'{line}: ""', f"{line}: {fresh}")
    file = tmp_path / "centre.yaml"
    file.write_text(example, encoding="utf-8")
    assert centre.load(file, demo=is_demo).alarms[0].channel == "console"


def test_every_line_of_a_centre_is_documented():
    section = read(CONFIGURATION).split("## The centre's profile")[1]
    assert [key for key in sorted(centre.KEYS) if f"`{key}`" not in section] == []


def test_every_effect_of_the_flows_is_documented():
    paper = read(ROOT / "docs" / "flows.md")
    section = paper.split("## Effects")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == DEEDS
    for name, effect in PLAIN.items():
        row = next(row for row in rows if f"`{name}`" in row)
        assert f"`{type(effect).__name__}`" in row.split("|")[2], name
    for effect in get_args(model.Effect):
        assert f"`{effect.__name__}`" in section, effect.__name__


def test_every_word_of_the_flow_files_is_documented():
    paper = read(ROOT / "docs" / "flows.md")
    parts = {"nodes": "## A node", "options": "## An option", "wants": "## The two files"}
    sections = {k: paper.split(title)[1].split("\n## ")[0] for k, title in parts.items()}
    for file in sorted((ROOT / "flows").glob("*.yaml")):
        told = yaml.safe_load(read(file))
        if file.stem == "wants":
            assert [key for key in told if f"`{key}`" not in sections["wants"]] == []
        if not isinstance(told, dict) or "nodes" not in told:
            continue
        for name, node in told["nodes"].items():
            words = set(node)
            choices = {word for choice in node.get("options", {}).values() for word in choice}
            assert [w for w in words if f"`{w}`" not in sections["nodes"]] == [], name
            assert [w for w in choices if f"`{w}`" not in sections["options"]] == [], name


def test_links_between_the_papers_lead_somewhere():
    for path in PAPERS:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", read(path)):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
        for named in re.findall(
            r"`((?:bot|flows|nlu|content|web|tests|bench|docs|deploy)/[^`{*\s]*)`", read(path)
        ):
            assert (ROOT / named).exists() or named == "bot/static/", f"{path.name}: {named}"


def test_every_decision_has_the_same_shape_and_a_number():
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        paper = read(path)
        assert paper.startswith(f"# {path.name[:4]} "), path.name
        titles = re.findall(r"^## (\w+)", paper, re.MULTILINE)
        assert titles == ["Context", "Decision", "Consequences", "Alternatives"], path.name
        assert len(paper.split()) < 600, f"{path.name}: a decision is one page"


def test_the_licence_is_the_whole_official_text():
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == AGPL


def test_every_source_file_says_its_licence_first():
    sources = [path for path in tracked() if path.suffix in {".py", ".ts"}]
    assert len(sources) > 100
    bare = [path for path in sources if SPDX not in read(path).split("\n", 1)[0]]
    assert bare == []


def test_no_registry_is_named_anywhere():
    hosts = [".".join(parts) for parts in (
        ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
        ("yarnpkg", "com"), ("crates", "io"), ("ghcr", "io"), ("docker", "io"),
    )]  # fmt: skip
    assert [(name, host) for name, text in texts() for host in hosts if host in text] == []


def test_no_path_of_a_machine_is_named_anywhere():
    path = re.compile(r"(?<![\w.:}/-])/(?:work|root|home|Users)/\w|(?<![\w.:}/-])/tmp/\w")
    found = [(name, m[0]) for name, text in texts() if (m := path.search(text))]
    assert found == []


def test_no_address_of_a_person_is_named_anywhere():
    mail = re.compile(
        r"[\w.+-]+@(?!example\.)[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|ma|fr|io|me|info)\b"
    )
    found = [(name, m[0]) for name, text in texts() if (m := mail.search(text))]
    assert found == []


def conversations() -> list[list[str]]:
    """The two columns of README's first complaint."""
    rows = re.search(r"\| in French \|.*?\n\|---\|---\|\n(.*?)\n\n", read(README), re.DOTALL)[1]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
    return [list(column) for column in zip(*cells, strict=True)]


def chat(lines: list[str], data: Path) -> list[dict]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SANAD_")}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chat", "--json", "--data", data],
        input="".join(json.dumps({"text": line}) + "\n" for line in lines),
        capture_output=True, text=True, check=False, cwd=ROOT, env=clean,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("column", "lang"), [(0, "fr"), (1, "ar")])
def test_the_first_complaint_of_readme_ends_in_a_receipt(column, lang, tmp_path):
    turns = chat(conversations()[column], tmp_path / "data")
    assert turns[0]["reading"]["label"] == "threat_to_publish"
    assert "receipt" in turns[-1]["effects"]
    assert {turn["lang"] for turn in turns} == {lang}


def test_a_counsellor_can_do_what_readme_says(tmp_path):
    if shutil.which("age") is None:
        pytest.skip("NO age FOUND: README's way to open a case is not tested (apt install age)")
    story = conversations()[0]
    chat(story, tmp_path / "data")
    section = read(README).split("## As the counsellor")[1].split("\n## ")[0]
    script = "set -eu\n" + "\n".join(blocks(section))
    here = {"sanad": f"{sys.executable} -m bot", "python": sys.executable}
    script = re.sub(r"\.venv/bin/(\w+)", lambda found: here[found[1]], script)
    script = script.replace("DIR", "data")
    case = f"$({sys.executable} -m bot cases list --data data --json | cut -d'\"' -f4)"
    script = re.sub(r"\bCASE\b", case, script)
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SANAD_")}
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**clean, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert story[0] in done.stdout
    assert "is kept" in done.stdout


if __name__ == "__main__":
    CONFIGURATION.write_text(renewed(read(CONFIGURATION)), encoding="utf-8")
