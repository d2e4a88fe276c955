# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whole conversations through the real bot; their transcripts are read as text by people."""

from __future__ import annotations

import pytest

from nlu import INTENTS, SITUATIONS
from tests.golden.scenes import LANGS, scene, scenes
from tests.golden.stage import NOT_OFFERED

SCENES = scenes()
EACH = [pytest.param(one, lang, id=f"{one.name}-{lang}") for one in SCENES for lang in LANGS]


@pytest.mark.parametrize(("scene", "lang"), EACH)
def test_the_conversation_goes_as_it_was_read(played, request, scene, lang):
    path, transcript = scene.transcript(lang), played(scene, lang).transcript
    if request.config.getoption("--update"):
        path.write_text(transcript, encoding="utf-8")
    assert transcript == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGS)
def test_every_situation_and_every_intent_is_in_a_conversation(played, lang):
    readings = [reading for one in SCENES for reading in played(one, lang).readings]
    understood = {label for reading in readings if not reading.doubt for label in reading.labels}
    assert {*SITUATIONS, *INTENTS} - understood == set()


@pytest.mark.parametrize(("scene", "lang"), EACH)
def test_nobody_presses_a_button_that_is_not_there(played, scene, lang):
    assert scene.faults or NOT_OFFERED not in played(scene, lang).transcript


def test_there_are_enough_of_them_and_none_is_left_behind():
    assert len(SCENES) >= 60
    told = {one.transcript(lang).name for one in SCENES for lang in LANGS}
    folder = SCENES[0].transcript("ar").parent
    assert {path.name for path in folder.glob("*.txt")} == told


def test_a_fault_in_a_scene_names_the_file(tmp_path):
    path = tmp_path / "odd.yaml"
    path.write_text("about: x\nturns: [{shout: hello}]\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"odd\.yaml"):
        scene(path)
