# SPDX-License-Identifier: AGPL-3.0-or-later
import sys
from datetime import UTC, datetime
from itertools import count

import numpy as np
import pytest

import nlu
from nlu.evaluate import evaluate
from nlu.model import open_model
from nlu.phrases import BadPhrases, Phrase, Source, read
from nlu.train import ground, train

pytest.importorskip("sklearn", reason="training needs scikit-learn")

DATA = """
version: "3.1"
nlu:
  - intent: weather
    examples: |
      - quel temps fait il demain
      - va-t-il pleuvoir demain
      - kif ghadi ykoun ljaw ghda
      - واش غادي تصب الشتا غدا
      - il fait chaud
  - intent: food
    examples: |
      - je mange du couscous
      - une recette de tajine
      - kifach ntiyeb tajine
      - بغيت ناكل كسكسو
      - le pain est bon
  - regex: ignored
    examples: |
      - .*
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("phrases") / "two.yml"
    path.write_text(DATA, "utf-8")
    return Source(path)


@pytest.fixture(scope="module")
def model(source):
    return train([source])


def test_training_twice_gives_the_same_model(source, model):
    again = train([source])
    assert again.labels == model.labels == ("food", "weather")
    assert np.array_equal(again.weights, model.weights)
    assert again.temperature == model.temperature


def test_a_saved_model_reads_as_before(tmp_path, model):
    path = tmp_path / "deep" / "model.npz"
    model.save(path)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    text = "est-ce qu'il va pleuvoir"
    assert nlu.load(path).read(text, now) == nlu.Reader(open_model(path)).read(text, now)
    assert nlu.load(path).read(text, now).label == "weather"


def test_any_labels_are_evaluated(source, model):
    ticks = count()
    scores = evaluate(model, read([source]), lambda: float(next(ticks)))
    assert scores.phrases == 10
    assert scores.accuracy == 1
    assert set(scores.per_label) == {"food", "weather"}
    assert scores.p50_us == scores.p99_us == 1_000_000
    assert scores.as_json()["per_label"]["food"]["support"] == 5


def test_without_a_model_the_error_names_the_command(tmp_path):
    with pytest.raises(nlu.Untrained, match="sanad nlu train"):
        nlu.load(tmp_path / "none.npz")


def test_every_bad_file_is_named_at_once(tmp_path):
    for name, text in (("one.yml", "nlu: ["), ("two.yml", "version: '3.1'"), ("good.yml", DATA)):
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(BadPhrases) as caught:
        read([Source(file) for file in sorted(tmp_path.iterdir())])
    assert "one.yml" in str(caught.value)
    assert "two.yml" in str(caught.value)
    assert "good.yml" not in str(caught.value)


def test_reading_does_not_need_scikit_learn():
    import subprocess  # noqa: PLC0415

    code = "import nlu.reader, sys; sys.exit('sklearn' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_phrase_stays_in_its_half_when_others_come():
    phrases = [Phrase(f"photo {letter}", label) for letter in "abcdefgh" for label in ("x", "y")]
    few, more = ground(phrases[4:]).dealt(), ground(phrases).dealt()
    assert few.tolist() == more[4:].tolist()
    assert {*few.tolist()} == {True, False}
