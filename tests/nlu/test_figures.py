# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an evaluation counts, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.evaluate import Outcome
from nlu.figures import Share, figures
from nlu.phrases import Phrase
from nlu.reading import Reading


def outcome(label, told, runner_up="greet", doubt=False, risks=((), ()), also=(), variety="fr"):  # noqa: FBT002, PLR0913, PLR0917
    shown, heard = risks
    phrase = Phrase("un mot", label, variety, frozenset(shown), frozenset(also))
    return Outcome(phrase, Reading("fr", "fr", told, 0.9, runner_up, doubt, (told,), heard))


FOUND = [
    outcome("thank", "thank", risks=(["minor"], ["minor"])),
    outcome("thank", "deny", runner_up="thank", doubt=True, risks=(["minor"], [])),
    outcome("deny", "deny", risks=([], ["minor"]), also=["thank", "deny"]),
    outcome("deny", "thank", runner_up="affirm", variety=None),
    outcome("deny", "thank", runner_up="deny", doubt=True, variety="msa"),
]


def test_shares():
    told = figures(FOUND)
    assert told.right == Share(2, 5)
    assert told.runner_up == Share(4, 5)
    assert told.coverage == Share(3, 5)
    assert told.sure == Share(2, 3)
    assert told.also == Share(1, 2)
    assert told.varieties == {"fr": Share(2, 4), "msa": Share(0, 1)}
    assert told.cells == {
        ("deny", "fr"): Share(1, 2), ("deny", "msa"): Share(0, 1), ("thank", "fr"): Share(1, 2),
    }  # fmt: skip
    assert [each.phrase.label for each in told.wrong] == ["thank", "deny", "deny"]


def test_the_worst_confusion_stands_first():
    pairs = figures(FOUND).pairs
    assert [(each.label, each.read_as, each.share) for each in pairs] == [
        ("deny", "thank", Share(2, 3)),
        ("thank", "deny", Share(1, 2)),
    ]


def test_risks_are_counted_only_where_the_metadata_give_them():
    risks = figures(FOUND).risks
    assert list(risks) == ["minor"]
    assert risks["minor"].heard == Share(1, 2)
    assert risks["minor"].false_alarms == Share(1, 3)
    assert risks["minor"].precision == Share(1, 2)
    assert risks["minor"].f1 == 0.5
    assert figures(FOUND[3:]).risks == {}


def test_either_danger_counts_as_danger():
    told = figures([outcome("thank", "thank", risks=(["self_harm"], ["physical_danger"]))]).risks
    assert list(told) == ["danger", "self_harm"]
    assert told["danger"].heard == Share(1, 1)
    assert told["self_harm"].heard == Share(0, 1)


def test_figures_as_json_hold_no_word_of_a_phrase():
    assert "un mot" not in str(figures(FOUND).as_json())
    assert figures(FOUND).as_json()["right"] == {
        "value": 0.4, "low": 0.1176, "high": 0.7693, "n": 5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),  # textbook values of Wilson's interval
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634),
     (90, 100, 0.8256, 0.9448), (0, 0, 0.0, 1.0)],
)  # fmt: skip
def test_bounds_are_wilsons(hits, n, low, high):
    assert Share(hits, n).bounds == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_within_its_bounds(counts):
    share = Share(*counts)
    low, high = share.bounds
    assert 0 <= low <= share.value + 1e-12
    assert share.value - 1e-12 <= high <= 1
