# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small convolutional network over the words of a message, beside the lines over its n-grams.

Lines add up what each n-gram says; the network hears what words say together: "threw", "on me"
and "petrol" mean little apart. It is asked only where the lines are in doubt about a danger. How
it is learned stands in :mod:`nlu.train_convolution`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from nlu.features import BITS, SIZE, Ints, buckets_of, codes_of, letters_of, shape
from nlu.labels import DANGER, RISKS
from nlu.model import Bytes, Floats, Rows, Untrained, packed
from nlu.skeleton import skeletons

FORMAT: Final = 1
HEARD: Final = (DANGER, *RISKS)  # what it learns to hear; dangers alone are asked of it
LENGTHS: Final = (3, 4)  # letters of the n-grams that a word is made of
KINDS: Final = 2 * (len(LENGTHS) + 1)  # n-grams of each length and the whole, of word and bones
REACHES: Final = (1, 2, 4)  # words to either side, layer after layer
LONGEST: Final = 32  # words of a message that are read: those around what the lines suspect
SHARE: Final = 0.16  # of a score of the network, beside one of the lines
LIMIT: Final = 4.0  # of such a score: nothing is surer

_NARROW: Final = 1e-5
_NEVER: Final = 1e4
_LAYER: Final = "layer "

Array = Any  # of numpy when reading, of JAX when learning
Drop = Callable[[Array, int], Array]


@dataclass(frozen=True, slots=True)
class Convolution:
    """What is learned: a vector for each n-gram, in eight bits to be scaled, and layers above.

    *rows* maps a bucket to its row of *vectors*; row 0 is all zero and stands for n-grams that
    were not learned. Of *common* words the vector is kept whole, in *wholes*, because it is
    quicker than the sum of its n-grams: they are words of the lessons, none that was sent to us.
    """

    rows: Rows = field(repr=False)
    vectors: Bytes = field(repr=False)
    scales: Floats = field(repr=False)
    layers: Mapping[str, Floats] = field(repr=False)
    common: Mapping[str, int] = field(default_factory=dict, repr=False)
    wholes: Bytes = field(default_factory=lambda: np.zeros((0, 0), np.int8), repr=False)
    whole_scales: Floats = field(default_factory=lambda: np.zeros(0, np.float32), repr=False)

    def keeping(self, words: Sequence[str]) -> "Convolution":
        """Return the same with *words* kept whole, the commonest first."""
        shapes = list(dict.fromkeys(map(shape, words)))
        wholes, scales = packed(self.composed(shapes, skeletons(shapes)))
        common = {word: at for at, word in enumerate(shapes)}
        return replace(self, common=common, wholes=wholes, whole_scales=scales)

    def added(self, words: Sequence[str], bones: Sequence[str]) -> float:
        """Return what *words* (and their consonants) add to the score of a danger.

        Meant for LONGEST words or fewer: more take longer, and are heard less sharply.
        """
        told = float(self.scores(words, bones)[0])
        return SHARE * max(-LIMIT, min(LIMIT, told))

    def scores(self, words: Sequence[str], bones: Sequence[str]) -> Floats:
        """Return the score of each of HEARD, a logit."""
        told = forward(np, self.layers, self.embedded(words, bones))
        return np.asarray(told, np.float32)

    def embedded(self, words: Sequence[str], bones: Sequence[str]) -> Floats:
        """Return the vector of each word."""
        if not words:
            return np.zeros((1, self.vectors.shape[1]), np.float32)
        at = np.array([self.common.get(shape(word), -1) for word in words])
        if not len(self.wholes):
            return self.composed(words, bones)
        found = self.wholes[at] * self.whole_scales
        rare = np.flatnonzero(at < 0).tolist()
        if rare:
            found[rare] = self.composed([words[n] for n in rare], [bones[n] for n in rare])
        return np.asarray(found)

    def composed(self, words: Sequence[str], bones: Sequence[str]) -> Floats:
        """Return the vector of each word, the sum of those of its n-grams, at a common scale."""
        buckets, owner = units(words, bones)
        order = np.argsort(owner, kind="stable")
        row = self.rows[buckets[order]]
        known = row > 0
        row, owner = row[known], owner[order][known]
        summed = np.zeros((len(words), self.vectors.shape[1]), np.float32)
        begins = np.flatnonzero(np.diff(owner, prepend=-1))
        if len(begins):
            each = self.vectors[row].astype(np.float32)
            summed[owner[begins]] = np.add.reduceat(each, begins, axis=0)
        return np.asarray(normed(np, summed * self.scales) * self.layers["gain"])

    def save(self, path: Path) -> None:
        """Write it to *path*."""
        buckets = np.flatnonzero(self.rows).astype(np.int32)
        layers: dict[str, Any] = {_LAYER + name: each for name, each in self.layers.items()}
        with path.open("wb") as file:
            np.savez(
                file,
                format=np.int32(FORMAT),
                heard=np.array(HEARD),
                buckets=buckets,
                rows=self.rows[buckets],
                vectors=self.vectors,
                scales=self.scales,
                common=np.array(list(self.common), dtype=str),
                wholes=self.wholes,
                whole_scales=self.whole_scales,
                **layers,
            )


def units(words: Sequence[str], bones: Sequence[str]) -> tuple[Ints, Ints]:
    """Return the buckets of the n-grams of each word and of its bones, and whose each is."""
    both = [shape(word) for word in (*words, *bones)]
    parts = [letters_of(both, length) for length in LENGTHS]
    parts.append((codes_of(both), np.arange(len(both))))
    owner = np.concatenate([whose for _, whose in parts])
    kind = np.repeat(np.arange(len(parts)), [len(whose) for _, whose in parts])
    of_bones = owner >= len(words)
    block = 2 * kind + of_bones
    buckets = buckets_of(np.concatenate([codes for codes, _ in parts])) + (block << BITS)
    return buckets, owner - of_bones * len(words)


def normed(xp: Any, each: Array) -> Array:
    """Return each row of *each* at a mean square of 1."""
    squares = xp.einsum("...e,...e->...", each, each) / each.shape[-1]
    return each * (1 / xp.sqrt(squares + _NARROW))[..., None]


def _kept(each: Array, _place: int) -> Array:
    return each


def forward(
    xp: Any,
    layers: Mapping[str, Array],
    each: Array,
    mask: Array | None = None,
    drop: Drop = _kept,
) -> Array:
    """Return the scores that *layers* give to word vectors *each* (..., words, width).

    One code for reading (*xp* is numpy) and for learning (``jax.numpy``), where *mask*
    (..., words, 1) is zero behind the end of a message and *drop* leaves some numbers out.
    """
    heard = each if mask is None else each * mask
    for place, reach in enumerate(REACHES):
        inner = normed(xp, heard)
        around = _around(xp, inner if mask is None else inner * mask, reach)
        found = xp.maximum(
            around @ layers[f"near{place}_weights"] + layers[f"near{place}_bias"], 0
        )
        heard = heard + drop(found, place)
    looks, most = heard @ layers["look"], heard
    if mask is not None:
        absent = (mask - 1) * _NEVER
        looks, most = looks + absent, most + absent
    looks = xp.exp(looks - looks.max(-2, keepdims=True))
    looks = looks / looks.sum(-2, keepdims=True)
    seen = xp.swapaxes(looks, -1, -2) @ heard
    pooled = xp.concatenate([seen.reshape(*seen.shape[:-2], -1), most.max(-2)], axis=-1)
    all_of_it = drop(pooled, len(REACHES))
    middle = xp.maximum(all_of_it @ layers["middle_weights"] + layers["middle_bias"], 0)
    return drop(middle, len(REACHES) + 1) @ layers["out_weights"] + layers["out_bias"]


def _around(xp: Any, rows: Array, reach: int) -> Array:
    """Return beside each of *rows* those *reach* places before and behind it, or zeros."""
    length = rows.shape[-2]
    nothing = xp.zeros((*rows.shape[:-2], reach, rows.shape[-1]), np.float32)
    long = xp.concatenate([nothing, rows, nothing], axis=-2)
    beside = [long[..., :length, :], rows, long[..., 2 * reach :, :]]
    return xp.concatenate(beside, axis=-1)


@cache
def packaged_convolution() -> Convolution:
    """Return the packaged one, read once."""
    return open_convolution(Path(str(files("nlu").joinpath("data", "convolution.npz"))))


def open_convolution(path: Path) -> Convolution:
    """Return the convolution at *path*; raise :class:`Untrained` for one of another version.

    Nothing that a file holds is ever run: pickled objects are refused.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
        arrays = {name: saved[name] for name in saved.files}
    if arrays.get("format") != FORMAT or tuple(map(str, arrays["heard"])) != HEARD:
        raise Untrained("a convolution of another version: run `sanad nlu train --convolution`")
    rows = np.zeros(KINDS * SIZE, np.int32)
    rows[arrays["buckets"]] = arrays["rows"]
    layers = {n.removeprefix(_LAYER): a for n, a in arrays.items() if n.startswith(_LAYER)}
    common = {word: at for at, word in enumerate(arrays["common"].tolist())}
    return Convolution(
        rows,
        arrays["vectors"],
        arrays["scales"],
        layers,
        common,
        arrays["wholes"],
        arrays["whole_scales"],
    )
