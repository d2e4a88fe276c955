# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training of the sense of whole messages, on what the n-grams beside it leave open."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from nlu.labels import DANGER
from nlu.machine import Columns, edge, fit, held_out, temperature, yes
from nlu.semantic import DIMENSIONS, Embed, Floats, Sense, embedder, shown
from nlu.train import Ground

STRENGTH: Final = 1.0  # how freely it may follow its phrases
WEIGHT: Final = 0.7  # of a score by the sense, beside one by the n-grams
_BATCH: Final = 64

Progress = Callable[[int], None]  # told how many more phrases were embedded


def train_sense(school: Ground, risks: Sequence[str], progress: Progress) -> Sense:
    """Return the sense for the model of *school* and *risks*: the same phrases, the same sense.

    Takes some thirty milliseconds a phrase. Raises :class:`nlu.semantic.Missing`.
    """
    raw = embedded([phrase.text for phrase in school.phrases], embedder(), progress)
    mean = raw.mean(axis=0)
    scale = 1 / np.linalg.norm(raw - mean, axis=1).mean()
    rows = (raw - mean) * scale
    known, truth, count = rows[: len(school.truth)], school.truth, len(school.labels)
    learn, held = held_out(truth)
    words = fit(school.known[learn], truth[learn], count).of(school.known[held])
    sense = fit(known[learn], truth[learn], count, STRENGTH).of(known[held])
    columns = [
        fit(known, truth, count, STRENGTH),
        *(_risk(school, risk, rows) for risk in risks),
    ]
    weights = np.vstack([each.weights for each in columns]).T * (scale * WEIGHT)
    bias = np.concatenate([each.bias for each in columns]) * WEIGHT
    return Sense(
        columns=(*school.labels, *risks),
        weights=weights.astype(np.float32),
        bias=(bias - mean @ weights).astype(np.float32),
        temperature=temperature(words + WEIGHT * sense, truth[held]),
        embed=embedder(),
    )


def embedded(texts: Sequence[str], embed: Embed, progress: Progress) -> Floats:
    """Return the embeddings of *texts*, a row each."""
    rows = np.zeros((len(texts), DIMENSIONS), np.float32)
    for start in range(0, len(texts), _BATCH):
        batch = [shown(text) for text in texts[start : start + _BATCH]]
        rows[start : start + len(batch)] = embed(batch)
        progress(len(batch))
    return rows


def _risk(school: Ground, risk: str, rows: Any) -> Columns:
    """Return the weights of a risk; their bias moves its edge to where the sum's lies."""
    truth, words = school.told(risk), school.everything
    learn, held = held_out(truth)
    by_words = yes(words[learn], truth[learn]).of(words[held]).ravel()
    by_sense = yes(rows[learn], truth[learn], STRENGTH).of(rows[held]).ravel()
    near, told, danger = school.near()[held], truth[held] == 1, risk == DANGER
    alone = edge(by_words, told, near, danger=danger)
    together = edge(by_words + WEIGHT * by_sense, told, near, danger=danger)
    final = yes(rows, truth, STRENGTH)
    return Columns(final.weights, final.bias - (together - alone) / WEIGHT)
