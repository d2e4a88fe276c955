# SPDX-License-Identifier: AGPL-3.0-or-later
"""A new language is a folder: a made-up one talks, switches, draws, is previewed like the two."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

import content
import flows
import nlu
from bot.app import script_of
from bot.papers.pages import Pages
from bot.papers.pdf import draw
from bot.papers.told import Told
from bot.preview import write
from bot.render import Standing, render
from bot.understanding import heard, understanding
from flows.model import Chose, Said, State, World

HERE = Path(content.__file__).parent
NOW = 1_795_650_000.0
MARKS = re.compile(r"(\{\w+\}|<[A-Z0-9-]+\.\w+>|\n)")


def _strange(text):
    """Every word backwards, marks kept: nobody can take it for French."""
    parts = MARKS.split(text)
    return "".join(
        p if MARKS.fullmatch(p) else re.sub(r"[^\W\d_]+", lambda w: w[0][::-1].lower(), p)
        for p in parts
    )


def _page(page):
    return {
        key: _strange(text) if isinstance(text, str) else {**text, "text": _strange(text["text"])}
        for key, text in page.items()
    }


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The shipped content and one folder more; nothing else is told of it."""
    root = tmp_path_factory.mktemp("shelf") / "content"
    shutil.copytree(HERE, root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "audio"))
    other = root / "xx"
    other.mkdir()
    for file in sorted((root / "fr").glob("*.yaml")):
        page = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        told = page if file.name.startswith("_") else _page(page)
        (other / file.name).write_text(yaml.safe_dump(told, allow_unicode=True))
    (other / "_language.yaml").write_text("name: Xx\ndirection: rtl\ncurrencies: {MAD: mad}\n")
    (other / "_facts.yaml").write_text(yaml.safe_dump(_words_of_facts(), allow_unicode=True))
    return root


def _words_of_facts():
    raw = yaml.safe_load((HERE / "facts.yaml").read_text(encoding="utf-8"))
    words = {}
    for ident, fact in raw.items():
        own = {n: v["fr"] for n, v in (fact.get("values") or {}).items() if isinstance(v, dict)}
        if with_ := fact.get("say_with"):
            own["say_with"] = _strange(with_["fr"])
        if own:
            words[ident] = own
    return words


@pytest.fixture(scope="module")
def catalog(root):
    return content.load(root)


@pytest.fixture(scope="module")
def script(catalog):
    return script_of(catalog)


def test_the_folder_is_all_it_takes(catalog):
    assert catalog.languages == ("ar", "fr", "xx")
    assert catalog.keys == frozenset(catalog.texts["xx"])


def test_a_text_missing_there_is_named(root, tmp_path):
    copy = tmp_path / "content"
    shutil.copytree(root, copy)
    (copy / "xx" / "tips.yaml").unlink()
    assert any(f.startswith("xx/tips.yaml") for f in content.faults(copy))


def test_a_bubble_is_said_in_it_from_its_own_side(catalog):
    body = {"texts": ["talk.noted_amount"], "lang": "xx", "values": {"amount": "500 MAD"}}
    said = render(catalog, body, Standing())
    assert (said.lang, said.dir) == ("xx", "rtl")
    assert "500 mad" in said.text
    assert said.text != render(catalog, {**body, "lang": "fr"}, Standing()).text


def test_the_button_goes_round_all_languages(script):
    state, seen = State("welcome.start", "ar"), []
    for _ in range(3):
        state = flows.step(script, state, Chose("other_lang"), World(now=NOW)).state
        seen.append(state.lang)
    assert seen == ["fr", "xx", "ar"]


def test_an_answer_that_decides_no_language_stays_in_it(catalog, script):
    mind = understanding(nlu.load(), catalog, script)
    said = heard(mind.read("ok", NOW, "xx"), "ok", "xx")
    step = flows.step(script, State("welcome.start", "xx"), Said(said), World(now=NOW))
    assert step.state.lang == "xx"


def test_its_buttons_are_understood_when_they_are_typed(catalog, script):
    mind = understanding(nlu.load(), catalog, script)
    assert mind.option(catalog.text("xx", "label.list"), script, "welcome.start") == "list"


def test_the_dossier_speaks_it(catalog, script):
    told = Told(NOW, {"situation": "threat_to_publish", "threat": "yes"})
    made = Pages(script, catalog, "xx", told, "")
    assert made.rtl
    assert draw(made.parts(), rtl=made.rtl).startswith(b"%PDF-")


def test_the_preview_shows_it_beside_the_others(catalog, script, tmp_path):
    write(tmp_path, catalog, script, datetime.fromtimestamp(NOW, UTC))
    page = (tmp_path / "texts-talk.html").read_text(encoding="utf-8")
    assert page.count('lang="xx" dir="rtl"') == page.count('lang="fr" dir="ltr"') > 0
    assert (tmp_path / "dossier.xx.pdf").is_file()
