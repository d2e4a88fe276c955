# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small convolutional network over the words of a message, beside the lines over its n-grams.

Lines add up what each n-gram says; the network hears what words say together: "threw", "on me"
and "petrol" mean little apart. It is asked only where the lines are in doubt about a danger. How
it is learned stands in :mod:`nlu.train_convolution`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from nlu.features import BITS, SIZE, Ints, buckets_of, codes_of, letters_of, shape
from nlu.labels import DANGER, RISKS
from nlu.layers import forward, normed
from nlu.model import Bytes, Floats, Rows, Untrained, packed
from nlu.skeleton import skeletons

FORMAT: Final = 2
HEARD: Final = (DANGER, *RISKS)  # what it learns to hear; dangers alone are asked of it
LENGTHS: Final = (3, 4)  # letters of the n-grams that a word is made of
KINDS: Final = 2 * (len(LENGTHS) + 1)  # n-grams of each length and the whole, of word and bones
LONGEST: Final = 32  # words of a message that are read: those around what the lines suspect
SHARE: Final = 0.16  # of a score of the network, beside one of the lines
LIMIT: Final = 4.0  # of such a score: nothing is surer

_LAYER: Final = "layer "
_TOGETHER: Final = 64  # words composed at once: a table of words by n-grams is kept small


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
        some = (shapes[at : at + _TOGETHER] for at in range(0, len(shapes), _TOGETHER))
        wholes, scales = packed(np.vstack([self.composed(each, skeletons(each)) for each in some]))
        common = {word: at for at, word in enumerate(shapes)}
        return replace(self, common=common, wholes=wholes, whole_scales=scales)

    def added(self, words: Sequence[str], bones: Sequence[str]) -> float:
        """Return what *words* (and their consonants) add to the score of a danger.

        Meant for LONGEST words or fewer: more take longer, and are heard less sharply.
        """
        told = float(self.scores(words, bones)[0])
        return SHARE * max(-LIMIT, min(LIMIT, told))

    def scores(self, words: Sequence[str], bones: Sequence[str]) -> Floats:
        """Return the score of each of HEARD, a logit: the mean of what the ears hear."""
        told = forward(np, self.layers, self.embedded(words, bones))
        return np.asarray(told.mean(0), np.float32)

    def embedded(self, words: Sequence[str], bones: Sequence[str]) -> Floats:
        """Return the vector of each word."""
        if not words:
            return np.zeros((1, self.vectors.shape[1]), np.float32)
        if not len(self.wholes):
            return self.composed(words, bones)
        at = [self.common.get(shape(word), -1) for word in words]
        found = self.wholes[at] * self.whole_scales
        rare = [place for place, common in enumerate(at) if common < 0]
        if rare:
            found[rare] = self.composed([words[n] for n in rare], [bones[n] for n in rare])
        return np.asarray(found)

    def composed(self, words: Sequence[str], bones: Sequence[str]) -> Floats:
        """Return the vector of each word, the sum of those of its n-grams, at a common scale."""
        buckets, owner = units(words, bones)
        mine = np.equal(owner, np.arange(len(words))[:, None]).astype(np.float32)
        summed = mine @ self.vectors[self.rows[buckets]].astype(np.float32)
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
                common=np.frombuffer("\n".join(self.common).encode(), np.uint8),
                wholes=self.wholes,
                whole_scales=self.whole_scales,
                **layers,
            )


def units(words: Sequence[str], bones: Sequence[str]) -> tuple[Ints, Ints]:
    """Return the buckets of the n-grams of each word and of its bones, and whose each is."""
    both = [shape(word) for word in (*words, *bones)]
    parts = letters_of(both, *LENGTHS)
    parts.append((codes_of(both), np.arange(len(both))))
    owner = np.concatenate([whose for _, whose in parts])
    kind = np.repeat(np.arange(len(parts)), [len(whose) for _, whose in parts])
    of_bones = owner >= len(words)
    block = 2 * kind + of_bones
    buckets = buckets_of(np.concatenate([codes for codes, _ in parts])) + (block << BITS)
    return buckets, owner - of_bones * len(words)


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
    words = arrays["common"].tobytes().decode().split("\n")
    return Convolution(
        rows,
        arrays["vectors"],
        arrays["scales"],
        layers,
        {word: at for at, word in enumerate(words)},
        arrays["wholes"],
        arrays["whole_scales"],
    )
