# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody who writes phrases types: add one, try it, measure, read why."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from nlu.convolution import HEARD, open_convolution
from nlu.located import located
from nlu.phrases import within

DATA = Path(str(files("nlu"))) / "data"
PHRASES = """
version: "3.1"
nlu:
  - intent: weather
    metadata: {risks: [minor]}
    examples: |
      - quel temps fait il demain <b>
      - va-t-il pleuvoir demain
      - kif ghadi ykoun ljaw ghda
      - واش غادي تصب الشتا غدا
  - intent: food
    examples: |
      - je mange du couscous
      - une recette de tajine
      - kifach ntiyeb lmarqa
      - بغيت ناكل الكسكسو
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A copy of some of the package's phrases, to be written into."""
    place = tmp_path_factory.mktemp("own") / "data"
    for name in ("greet", "thank", "ask_law", "deepfake", "threat_to_publish"):
        for path in DATA.glob(f"*/*/{name}.yml"):
            copy = place / path.relative_to(DATA)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return place


@pytest.fixture
def two(tmp_path):
    path = tmp_path / "two.yml"
    path.write_text(PHRASES, "utf-8")
    return path


def sanad(*words, said=None):
    return CliRunner().invoke(main, [str(word) for word in words], input=said)


def add(data, label, variety, phrase, *rest):
    return sanad("nlu", "add", label, variety, phrase, "--data", data, *rest)


@pytest.mark.parametrize("part", ["train", "evaluate", "folds", "add"])
def test_every_part_shows_an_example(part):
    shown = sanad("nlu", part, "--help")
    assert f"Example: sanad nlu {part}" in shown.output.replace("\n", " ")


def test_a_phrase_goes_where_phrases_of_the_same_risks_stand(data):
    file = data / "ar" / "arabizi" / "threat_to_publish.yml"
    before = file.read_text("utf-8")
    text = "wahd khona tla3 lia mn walo w bgha ychowehni 9eddam l7ouma"
    shown = add(data, "threat_to_publish", "arabizi", f"  {text} ")
    assert shown.exit_code == 0, shown.output
    (line,) = [each for each in located(within(file)) if each.text == text]
    assert f"added: {line.place}" in shown.output
    assert line.risks == ()
    assert "the present model reads: ar/arabizi" in shown.output
    assert file.read_text("utf-8").replace(f"      - {text}\n", "") == before


def test_a_phrase_with_risks_nobody_has_yet_opens_an_entry(data):
    risks = ("--risk", "deadline", "--risk", "self_harm")
    shown = add(data, "greet", "fr", "coucou, il me reste une heure", *risks)
    assert shown.exit_code == 0, shown.output
    lines = [*located(within(data / "fr" / "fr" / "greet.yml"))]
    assert lines[-1].text == "coucou, il me reste une heure"
    assert lines[-1].risks == ("deadline", "self_harm")
    assert lines[-1].label == "greet"


@pytest.mark.parametrize(
    ("label", "variety", "phrase", "why"),
    [
        ("greet", "fr", "Bonjour !", "says the same as"),
        ("thank", "fr", "bonjour", "says the same as"),
        ("greet", "darija", "labas 3likom a khouti", "not the script of darija"),
        ("ask_law", "fr", "il m'appelle du 06 12 34 56 78", "it holds a number"),
        ("ask_law", "fr", "écris-moi sur someone@example.org", "it holds a number"),
        ("ask_law", "fr", "  ", "nothing is left of it"),
        ("ask_law", "fr", "que dit\x00la loi", "a control character"),
    ],
)
def test_what_speaks_against_a_phrase_is_said_and_nothing_is_written(
    data, label, variety, phrase, why
):  # fmt: skip
    before = {path: path.read_text("utf-8") for path in data.rglob("*.yml")}
    shown = add(data, label, variety, phrase)
    assert shown.exit_code == 1
    assert "not added: " in shown.output
    assert why in shown.output
    assert {path: path.read_text("utf-8") for path in data.rglob("*.yml")} == before


def test_what_is_held_out_or_nearly_written_already_is_refused(data):
    kept = next(line for line in located(within(Path("tests/nlu/heldout/fr.yml"))))
    assert "is held out" in add(data, kept.label, "fr", kept.text).output
    known = next(each for each in located(within(DATA / "fr" / "fr" / "deepfake.yml"))
                 if len(each.text) > 60)  # fmt: skip
    assert "too like" in add(data, "deepfake", "fr", known.text + " voilà").output


def test_an_evaluation_tells_pairs_cells_and_bounds(two):
    shown = sanad("nlu", "evaluate", two, two)
    assert shown.exit_code == 0, shown.output
    assert re.search(r"label right +100\.0% +\[67\.6%, 100\.0%\] +n 8", shown.output)
    assert re.search(r"weather( +\d+/\d+| +-)+\n", shown.output)
    assert "minor" in shown.output
    told = json.loads(sanad("nlu", "evaluate", two, two, "--json").output)
    assert told["accuracy"] == told["figures"]["right"]["value"] == 1
    assert told["figures"]["risks"]["minor"]["recall"]["n"] == 4


def test_the_model_in_use_is_measured_when_nothing_is_to_be_learned():
    shown = sanad("nlu", "evaluate", "tests/nlu/heldout/msa.yml")
    assert shown.exit_code == 0, shown.output
    assert re.search(r"\nmsa +\d", shown.output)


def test_the_report_is_one_page_that_fetches_nothing(two, tmp_path):
    page = tmp_path / "report.html"
    assert sanad("nlu", "evaluate", two, two, "--report", page).exit_code == 0
    assert (
        sanad("nlu", "evaluate", two, "--report", page).exit_code == 0
    )  # all wrong: no such label
    text = page.read_text("utf-8")
    assert not re.search(r"<script|<link|src=|href=|url\(|@import|https?:", text)
    assert "quel temps fait il demain &lt;b&gt;" in text
    assert text.count("<title>") == 1
    assert "weather read as" in text
    assert 'name="viewport"' in text


def test_folds_say_how_phrases_are_read_that_were_not_seen(two):
    shown = sanad("nlu", "folds", two, "--folds", "2", "--json")
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout)
    assert told["folds"] == 2
    assert told["right"]["n"] == 8


def test_why_is_told_to_people_and_as_json():
    said = "salam je veux mourir\n"
    shown = sanad("read", "--why", said=said).output
    assert "risk self_harm: heard by a cry that the net knows" in shown
    assert "dangers.yml" in shown
    assert re.search(r"like 0\.\d\d \w+/\w+: ", shown)
    told = json.loads(sanad("read", "--why", "--json", said=said).output)
    assert told["risks"] == ["self_harm"]
    assert told["why"]["patterns"][0]["file"] == "dangers.yml"
    assert {"text", "label", "variety", "likeness"} == {*told["why"]["nearest"][0]}
    assert told["label"] in told["why"]["words"]


def network(*words):
    """The command in a process of its own: what learns starts threads, and others here fork."""
    if find_spec("jax") is None:
        pytest.skip("learning a network needs JAX: sanad[network]")
    command = [Path(sys.executable).with_name("sanad"), "nlu", "train", "--convolution", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_network_is_learned_and_written(tmp_path):
    plain, to = Path("tests/nlu/perils/plain"), tmp_path / "small.npz"
    sources = [plain / kind / "fr.yml" for kind in ("danger", "ordinary")]
    done = network(*sources, "--to", to)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"small\.npz: \d+\.\d MB\n", done.stdout)
    assert open_convolution(to).scores(["bonjour"], ["bnjr"]).shape == (len(HEARD),)


def test_a_network_of_a_few_phrases_is_refused(two, tmp_path):
    done = network(two, "--to", tmp_path / "small.npz")
    assert done.returncode == 1
    assert done.stderr.endswith("Error: at least 256 phrases are needed\n")


def test_a_file_that_holds_no_phrases_is_named_in_one_line(tmp_path):
    path = tmp_path / "broken.yml"
    path.write_text("nlu: 3", "utf-8")
    shown = sanad("nlu", "train", path, "--to", tmp_path / "none.npz")
    assert (shown.exit_code, shown.output) == (1, "Error: broken.yml: TypeError\n")
