# SPDX-License-Identifier: AGPL-3.0-or-later
"""An explained reading is the reading itself, and its reasons are the package's own."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu.features import grams, split
from nlu.normalize import normalize
from nlu.patterns import CRY
from nlu.phrases import packaged, read
from nlu.skeleton import skeletons
from nlu.why import explain

NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)


def test_a_phrase_of_the_package_is_nearest_to_itself(reader):
    phrase = next(each for each in read(packaged()) if len(each.text) > 40)
    near = explain(reader, phrase.text, NOW).nearest[0]
    assert near.phrase == phrase
    assert near.likeness > 0.85  # what no other phrase holds is not looked at


def test_a_pattern_is_told_with_its_file_its_reason_and_the_words(reader):
    told = explain(reader, "salam, je veux mourir", NOW)
    found = next(each for each in told.fired if each.name == "self_harm" + CRY)
    assert found.file == "dangers.yml"
    assert found.reason
    assert found.words == ("veux", "mourir")
    assert told.risks["self_harm"][0] == "a cry that the net knows"


def test_a_guard_that_stopped_a_pattern_is_told(reader):
    told = explain(reader, "bghit nmout b d7k", NOW)
    assert "self_harm" + CRY in {each.name for each in told.stopped}
    assert not {"self_harm", "self_harm" + CRY} & {each.name for each in told.fired}
    assert not {"net", "a cry that the net knows"} & set(told.risks.get("self_harm", ()))


def test_an_age_is_told_as_what_made_a_minor(reader):
    told = explain(reader, "3andi 16", NOW)
    assert "minor" in told.reading.risks
    assert told.risks["minor"]


def test_words_add_up_to_the_score_of_the_label(reader):
    text = "wa7ed kayhddni b tsawri"
    told = explain(reader, text, NOW)
    words = split(normalize(text))
    model = reader.model
    scores = model._scores(grams(words, skeletons(words)), [(0, len(words))])
    column = model.labels.index(told.reading.label)
    added = sum(weight for _, weight in told.words[told.reading.label])
    assert added == pytest.approx(float(scores[0, column] - model.bias[column]), abs=0.02)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15
)
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60))
def test_any_text_is_explained_as_it_is_read(reader, text):
    told = explain(reader, text, NOW)
    assert told.reading == reader.read(text, NOW)
    assert set(told.reading.risks) <= set(told.risks)
    assert all(np.isfinite(near.likeness) for near in told.nearest)
