# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training of the sense of whole messages, on what the n-grams beside it leave open."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from nlu.machine import fit, held_out, temperature
from nlu.semantic import DIMENSIONS, Embed, Floats, Sense, embedder, shown
from nlu.train import Ground

STRENGTH: Final = 1.0  # how freely it may follow its phrases
WEIGHT: Final = 0.7  # of a score by the sense, beside one by the n-grams
_BATCH: Final = 64

Progress = Callable[[int], None]  # told how many more phrases were embedded


def train_sense(school: Ground, progress: Progress) -> Sense:
    """Return the sense for the model of *school*: the same phrases, the same sense.

    Takes some thirty milliseconds a phrase. Raises :class:`nlu.semantic.Missing`.
    """
    taught = school.phrases[: len(school.truth)]
    raw = embedded([phrase.text for phrase in taught], embedder(), progress)
    mean = raw.mean(axis=0)
    scale = 1 / np.linalg.norm(raw - mean, axis=1).mean()
    known, truth, count = (raw - mean) * scale, school.truth, len(school.labels)
    learn, held = held_out(truth)
    words = fit(school.known[learn], truth[learn], count).of(school.known[held])
    sense = fit(known[learn], truth[learn], count, STRENGTH).of(known[held])
    final = fit(known, truth, count, STRENGTH)
    weights = final.weights.T * (scale * WEIGHT)
    return Sense(
        labels=school.labels,
        weights=weights.astype(np.float32),
        bias=(final.bias * WEIGHT - mean @ weights).astype(np.float32),
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
