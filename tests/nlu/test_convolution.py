# SPDX-License-Identifier: AGPL-3.0-or-later
"""The network that hears dangers beside the lines: learned small here, packaged as it is."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlu
from nlu.belief import suspect
from nlu.convolution import HEARD, LIMIT, LONGEST, SHARE, open_convolution, packaged_convolution
from nlu.features import grams, split
from nlu.labels import DANGER, DANGERS
from nlu.model import Untrained, open_model
from nlu.normalize import normalize
from nlu.phrases import read, within
from nlu.reader import Reader
from nlu.skeleton import skeletons
from nlu.windows import spans
from tests.nlu.learning import phrases

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PERILS = Path(__file__).parent / "perils"
BLOW = "il a un couteau et il dit qu'il va me tuer ce soir"
CALM = "je suis allé au marché avec ma tante et nous avons acheté du pain " * 40


def spoken(text):
    words = split(normalize(text))
    return words, skeletons(words)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    if find_spec("jax") is None:
        pytest.skip("learning a network needs JAX: sanad[network]")
    folder = tmp_path_factory.mktemp("learned")
    subprocess.run([sys.executable, "-m", "tests.nlu.learning", folder], check=True)
    return folder


@pytest.fixture(scope="module")
def small(learned):
    return open_convolution(learned / "small.npz")


def test_it_learns_what_words_say_together(small):
    heard = {p.text: small.scores(*spoken(p.text))[HEARD.index(DANGER)] > 0 for p in phrases()}
    assert heard == {p.text: bool(p.risks) for p in phrases()}


def test_it_reads_as_it_learned(learned, small):
    told = np.load(learned / "told.npy")
    mine = np.array([small.scores(*spoken(phrase.text)) for phrase in phrases()])
    np.testing.assert_allclose(mine, told, atol=0.2)  # the vectors are kept in eight bits


def test_it_says_the_mean_of_ears_that_hear_differently(small):
    words = spoken("il m'a jeté de l'acide")

    def alone(ear):
        layers = {n: each if n == "gain" else each[[ear]] for n, each in small.layers.items()}
        return replace(small, layers=layers).scores(*words)

    heard = [alone(ear) for ear in range(len(small.layers["look"]))]
    assert len(heard) > 1
    assert not np.allclose(heard[0], heard[1], atol=1e-3)
    np.testing.assert_allclose(small.scores(*words), np.mean(heard, axis=0), atol=1e-4)


def test_what_is_saved_reads_the_same(small, tmp_path):
    path = tmp_path / "small.npz"
    small.save(path)
    again = open_convolution(path)
    words = spoken("il m'a jeté de l'acide")
    np.testing.assert_array_equal(again.scores(*words), small.scores(*words))


def test_another_version_is_refused(tmp_path):
    path = tmp_path / "old.npz"
    np.savez(path, format=np.int32(0))
    with pytest.raises(Untrained, match="--convolution"):
        open_convolution(path)


def test_nothing_in_a_file_is_run(tmp_path):
    path = tmp_path / "foreign.npz"
    np.savez(path, format=np.array([object()], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        open_convolution(path)


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_has_a_bounded_score(text):
    assert abs(packaged_convolution().added(*spoken(text))) <= SHARE * LIMIT


def test_a_common_word_kept_whole_reads_as_its_letters(small):
    words = spoken("il m'a jeté de l'acide")
    kept = small.keeping(words[0][:3])
    np.testing.assert_allclose(kept.scores(*words), small.scores(*words), atol=0.1)


def test_of_a_long_story_it_reads_the_part_that_the_lines_suspect():
    words, bones = spoken(CALM + BLOW)
    parts = spans(words)
    start, end = suspect(open_model().judge(grams(words, bones), parts), parts, LONGEST)
    assert end - start == LONGEST
    assert "couteau" in words[start:end]


def test_it_is_asked_only_where_the_lines_are_in_doubt():
    asked = []

    class Counting:
        def added(self, words, _bones):
            asked.append(words)
            return 0.0

    reader = Reader(open_model(), convolution=Counting())
    reader.read("bonjour", NOW)
    reader.read("je veux mourir, je vais me suicider ce soir", NOW)
    assert asked == []
    reader.read("il est sorti", NOW)
    assert len(asked) == 1


@pytest.mark.parametrize("how", ["breath", "plain"])
def test_beside_the_lines_it_hears_no_fewer_dangers_and_imagines_far_fewer(how):
    together, alone = nlu.load(), Reader(open_model())

    def heard(reader, kind):
        texts = [phrase.text for phrase in read(within(PERILS / how / kind))]
        return sum(bool(DANGERS.intersection(reader.read(text, NOW).risks)) for text in texts)

    assert heard(together, "danger") >= heard(alone, "danger")
    assert heard(together, "lookalikes") <= 0.6 * heard(alone, "lookalikes")
