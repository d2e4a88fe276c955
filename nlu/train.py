# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training of the embedded classifier: the same files give the same model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nlu.features import BLOCKS, SIZE, Grams, grams, split
from nlu.labels import DANGER, DANGERS, RISKS, Variety
from nlu.model import Floats, Model, Rows, packed
from nlu.normalize import normalize
from nlu.phrases import (
    UNLABELLED,
    BadPhrases,
    Phrase,
    Source,
    packaged,
    packaged_risks,
    read,
)
from nlu.router import document
from nlu.skeleton import skeletons

STRENGTH: Final = 0.5  # how freely the classifier may follow its phrases
UNSEEN: Final = 0.5  # how much an unseen n-gram counts, beside a rare one
HELD: Final = 5  # one phrase in so many is held out to learn how far scores can be trusted
TOLERANCE: Final = 1e-2  # of the solver: more digits change no answer and cost seconds
CAUTION: Final = 0.85  # of the honest temperature: asking costs a question, guessing more
# A danger is believed from where at most this share of ordinary phrases, and of those written
# to look like one, would be taken for one too.
ALARMS: Final = 0.02
NEAR_ALARMS: Final = 0.09

_TEMPERATURES: Final = np.geomspace(0.5, 20, 80)
_ARABIC: Final = re.compile(r"[\u0621-\u064a]")

Matrix = Any  # scipy's sparse matrices have no types
Truth = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Table:
    """Phrases as a sparse table, and what inference needs to build the same rows."""

    matrix: Matrix
    place: dict[str, int]  # of a text in normal form
    rows: Rows
    gains: Floats

    def of(self, texts: Sequence[str]) -> Matrix:
        """Return the rows of *texts*."""
        return self.matrix[[self.place[text] for text in texts]]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Weights and bias of some columns of the model."""

    weights: Any
    bias: Any


def train(sources: Sequence[Source] | None = None) -> Model:
    """Return a model of the phrases in *sources*, or of the product's own, risks included.

    Deterministic. Needs scikit-learn, which running the bot does not.
    """
    if sources is None:
        return train_on(read(packaged()), read(packaged_risks()), (*RISKS, DANGER))
    return train_on(read(sources))


def train_on(
    phrases: Sequence[Phrase], lessons: Sequence[Phrase] = (), risks: Sequence[str] = ()
) -> Model:
    """Return a model of the labels of *phrases*, and of *risks* by these and by *lessons*.

    Raises :class:`BadPhrases` for fewer than two labels.
    """
    labels = tuple(sorted({phrase.label for phrase in phrases} - {UNLABELLED}))
    if len(labels) < 2:  # noqa: PLR2004 - one label is nothing to tell apart
        raise BadPhrases("at least two labels are needed")
    labelled = [phrase for phrase in phrases if phrase.label != UNLABELLED]
    texts = [normalize(phrase.text) for phrase in labelled]
    lesson_texts = [normalize(phrase.text) for phrase in lessons]
    tongues = _tongue_texts()
    table = _tabulate([*texts, *lesson_texts, *dict(tongues)])
    truth = np.array([labels.index(phrase.label) for phrase in labelled])
    known = table.of(texts)
    everything = table.of([*texts, *lesson_texts])
    columns = [
        _fit(known, truth, len(labels)),
        *(_risk(everything, risk, [*labelled, *lessons]) for risk in risks),
        *_tongues(table, tongues),
    ]
    weights = np.vstack([each.weights for each in columns])
    stored = np.zeros((len(table.gains), len(weights)), np.float32)
    stored[1:] = weights.T
    packed_weights, scales = packed(stored)
    return Model(
        labels=labels,
        risks=tuple(risks),
        rows=table.rows,
        gains=table.gains,
        weights=packed_weights,
        scales=scales,
        bias=np.concatenate([each.bias for each in columns]).astype(np.float32),
        temperature=_temperature(known, truth, len(labels)),
    )


def grams_of(text: str) -> Grams:
    """Return the n-grams of *text* in normal form, as the reader makes them."""
    words = split(text)
    return grams(words, skeletons(words))


def _tongue_texts() -> list[tuple[str, Variety]]:
    """Return what teaches the languages, in normal form: our phrases and everyday sentences."""
    texts: dict[tuple[str, Variety], None] = {}
    for phrase in read((*packaged(), *packaged_risks())):
        text = normalize(phrase.text)
        # Arabic script says itself what it is: of the mixed phrases only Latin ones teach.
        if phrase.variety and not (phrase.variety == "mixed" and _ARABIC.search(text)):
            texts[text, phrase.variety] = None
    for variety, lines in document()["examples"].items():
        texts |= dict.fromkeys((normalize(line), variety) for line in lines.splitlines())
    return list(texts)


def _tongues(table: _Table, tongues: Sequence[tuple[str, Variety]]) -> tuple[_Columns, _Columns]:
    spoken = table.of([text for text, _ in tongues])
    kinds = [variety for _, variety in tongues]
    return (
        _apart(spoken, kinds, "fr", ("arabizi",)),
        _apart(spoken, kinds, "msa", ("darija",)),
    )


def _apart(
    matrix: Matrix, kinds: Sequence[Variety], wanted: Variety, others: Sequence[Variety]
) -> _Columns:
    """Return the weights that are above zero for *wanted* and below for *others*."""
    known = np.array([kind == wanted or kind in others for kind in kinds])
    truth = np.array([int(kind == wanted) for kind in kinds])[known]
    return _yes(matrix[known], truth)


def _risk(matrix: Matrix, risk: str, phrases: Sequence[Phrase]) -> _Columns:
    """Return the weights that are above zero where *risk* is believed.

    Where that begins is read off phrases held out: for a danger by how many false alarms
    can be borne, for another risk where hits and false alarms balance best.
    """
    meant = DANGERS if risk == DANGER else {risk}
    truth = np.array([int(not meant.isdisjoint(phrase.risks)) for phrase in phrases])
    learn, held = _split(truth)
    tried = _yes(matrix[learn], truth[learn])
    scores = (matrix[held] @ tried.weights.T + tried.bias).ravel()
    near = np.array([phrases[at].label == UNLABELLED for at in held])
    edge = _edge(scores, truth[held] == 1, near, danger=risk == DANGER)
    final = _yes(matrix, truth)
    return _Columns(final.weights, final.bias - edge)


def _edge(scores: Any, truth: Any, near: Any, *, danger: bool) -> float:
    if danger:
        return max(
            float(np.quantile(scores[~truth & near], 1 - NEAR_ALARMS)),
            float(np.quantile(scores[~truth & ~near], 1 - ALARMS)),
        )
    edges = np.quantile(scores, np.linspace(0.5, 0.999, 200))
    return float(max(edges, key=lambda edge: _balance(scores > edge, truth)))


def _balance(told: Any, truth: Any) -> float:
    """Return the F score in which a false alarm weighs twice a miss: most messages have none."""
    right, false = int((told & truth).sum()), int((told & ~truth).sum())
    missed = int(truth.sum()) - right
    return 3 * right / max(1, 3 * right + missed + 2 * false)


def _tabulate(texts: Sequence[str]) -> _Table:
    place = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    counted = [grams_of(text) for text in place]
    frequency = np.zeros(BLOCKS * SIZE, np.int64)
    for each in counted:
        frequency[np.unique(each.buckets)] += 1
    kept = np.flatnonzero(frequency)
    rows = np.zeros(BLOCKS * SIZE, np.int32)
    rows[kept] = np.arange(1, len(kept) + 1)
    seen = np.concatenate([[1 / UNSEEN], frequency[kept]])
    gains = (np.log((1 + len(place)) / (1 + seen)) + 1).astype(np.float32)
    gains[0] *= UNSEEN
    return _Table(_sparse(counted, rows, gains), place, rows, gains)


def _sparse(counted: Sequence[Grams], rows: Rows, gains: Floats) -> Matrix:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # noqa: PLC0415 - only training needs it

    values, columns, owners = [], [], []
    for owner, each in enumerate(counted):
        row = rows[each.buckets]
        gain = gains[row] * (1 + np.log(each.counts)) / each.counts
        block = each.buckets // SIZE
        squares = np.bincount(block, gain * gain * each.counts, BLOCKS)
        seen = row > 0
        values.append((gain / np.sqrt(np.maximum(squares, 1e-6))[block])[seen])
        columns.append(row[seen] - 1)
        owners.append(np.full(int(seen.sum()), owner))
    shape = (len(counted), len(gains) - 1)
    triple = (np.concatenate(values), (np.concatenate(owners), np.concatenate(columns)))
    return csr_matrix(triple, shape=shape)


def _fit(matrix: Matrix, truth: Truth, labels: int) -> _Columns:
    """Return a row of weights for each label; labels that *truth* lacks are never chosen."""
    from sklearn.svm import LinearSVC  # noqa: PLC0415 - only training needs it

    machine = LinearSVC(C=STRENGTH, tol=TOLERANCE, random_state=0)
    machine.fit(matrix, truth)
    weights = np.zeros((labels, matrix.shape[1]), np.float64)
    bias = np.full(labels, -1.0)
    if len(machine.classes_) == 2:  # noqa: PLR2004 - scikit-learn keeps one row for two classes
        weights[machine.classes_] = np.vstack([-machine.coef_, machine.coef_])
        bias[machine.classes_] = np.concatenate([-machine.intercept_, machine.intercept_])
    else:
        weights[machine.classes_] = machine.coef_
        bias[machine.classes_] = machine.intercept_
    return _Columns(weights, bias)


def _yes(matrix: Matrix, truth: Truth) -> _Columns:
    """Return the one row of weights that is above zero for ones; all zero if nothing differs."""
    if len(np.unique(truth)) < 2:  # noqa: PLR2004 - phrases of one side alone say nothing
        return _Columns(np.zeros((1, matrix.shape[1])), np.full(1, -1.0))
    both = _fit(matrix, truth, 2)
    return _Columns(both.weights[1:], both.bias[1:])


def _temperature(matrix: Matrix, truth: Truth, labels: int) -> float:
    """Return the factor under which held-out scores lose least as probabilities."""
    learn, held = _split(truth)
    tried = _fit(matrix[learn], truth[learn], labels)
    scores = matrix[held] @ tried.weights.T + tried.bias
    losses = [_loss(scores * factor, truth[held]) for factor in _TEMPERATURES]
    return CAUTION * float(_TEMPERATURES[int(np.argmin(losses))])


def _split(truth: Truth) -> tuple[Truth, Truth]:
    # Within a label, phrases are dealt out like cards: both sides hold every label.
    turn = np.zeros(len(truth), np.int64)
    for label in np.unique(truth):
        members = np.flatnonzero(truth == label)
        turn[members] = np.arange(len(members)) % HELD
    return np.flatnonzero(turn), np.flatnonzero(turn == 0)


def _loss(scores: Any, truth: Truth) -> float:
    top = scores.max(axis=1, keepdims=True)
    total = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
    return float((total - scores[np.arange(len(truth)), truth]).mean())
