# SPDX-License-Identifier: AGPL-3.0-or-later
"""What learns the convolution: the same layers as at work, driven downhill by JAX."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax  # type: ignore[import-untyped]

from nlu.convolution import HEARD
from nlu.features import Floats, Ints
from nlu.labels import DANGER, DANGERS
from nlu.layers import REACHES, forward, normed
from nlu.vocabulary import Vocabulary

EARS: Final = 2  # that hear the same words, each through layers of its own
WIDTH: Final = 96  # numbers that a word is known by
MIDDLE: Final = 128
LOOKS: Final = 2  # ways to weigh the words of a message
BATCH: Final = 256
RATE: Final = 2e-3  # of learning, for the vectors; half of it for the layers above
WARM: Final = 0.03  # of all batches pass until it is reached
COLD: Final = 0.02  # the share of it that is left at the end
DECAY: Final = 0.02
LEFT_OUT: Final = 0.1  # of the numbers, so that none is relied upon
UNHEARD: Final = 0.1  # of the words
WEIGHTS: Final = {DANGER: 2.0, **dict.fromkeys(DANGERS, 1.0)}
OTHERS: Final = 0.4  # the weight of a risk that is no danger

_LENGTHS: Final = (8, 16, 24, 32, 48, 64)  # words: few shapes are few programs to compile
_WORDS: Final = 1024
_UNITS: Final = 16384
_SORTED: Final = 40  # batches among which phrases are put by length
_SEED: Final = 0
_SHARED: Final = frozenset({"vectors", "gain"})  # by all ears

Layers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Phrases in shapes that repeat: the n-grams of so many *words*, and where each word stands.

    *given* are the rows of n-grams, the word of each, the word at each place, and a mask.
    """

    given: tuple[Any, Any, Any, Any]
    words: int


@dataclass(slots=True)
class Learner:
    """The layers on their way, over the words of a vocabulary."""

    vocabulary: Vocabulary
    layers: Layers = field(init=False)

    def __post_init__(self) -> None:
        self.layers = _layers(self.vocabulary.size, np.random.default_rng(_SEED))

    def learn(self, spoken: Sequence[Ints], told: Floats, times: int) -> Iterator[int]:
        """Learn what *spoken* phrases tell, *times* over; yields how many more were seen."""
        chances = np.random.default_rng(_SEED)
        key = jax.random.key(_SEED, impl="unsafe_rbg")  # the quick kind of chances
        steps = times * (len(spoken) // BATCH)
        step, state = _descent(self.layers, steps)
        weights = jnp.array([WEIGHTS.get(risk, OTHERS) for risk in HEARD])
        for _ in range(times):
            for some in _dealt(spoken, chances):
                key, now = jax.random.split(key)
                batch = self._batch([spoken[at] for at in some])
                aim = told[some], weights, now
                self.layers, state = step(self.layers, state, batch.given, aim, words=batch.words)
                yield len(some)

    def scores(self, spoken: Sequence[Ints]) -> Floats:
        """Return the scores of each of *spoken*, a row each."""
        found = np.zeros((len(spoken), len(HEARD)), np.float32)
        order = np.argsort([len(each) for each in spoken], kind="stable")
        for start in range(0, len(spoken), BATCH):
            some = order[start : start + BATCH]
            batch = self._batch([spoken[at] for at in some])
            told = _scores(self.layers, batch.given, words=batch.words)
            found[some] = np.asarray(told)[: len(some)]
        return found

    def _batch(self, spoken: Sequence[Ints]) -> Batch:
        most = max(1, *(min(len(each), _LENGTHS[-1]) for each in spoken))
        length = min(each for each in _LENGTHS if each >= most)
        said, mask = np.zeros((BATCH, length), np.int64), np.zeros((BATCH, length, 1), np.float32)
        for at, each in enumerate(spoken):
            said[at, : len(each)] = each[:length]
            mask[at, : len(each)] = 1
        words, places = np.unique(said, return_inverse=True)
        units, owners = self.vocabulary.of(words)
        room, most_units = _up(len(words) + 1, _WORDS), _up(len(units), _UNITS)
        missing = most_units - len(units)
        given = (
            np.concatenate([units, np.zeros(missing, np.int64)]).astype(np.int32),
            np.concatenate([owners, np.full(missing, room - 1)]).astype(np.int32),
            places.reshape(said.shape).astype(np.int32),
            mask,
        )
        return Batch(given, room)


def _layers(size: int, chances: np.random.Generator) -> Layers:
    def weights(rows: int, columns: int) -> Any:
        spread = np.sqrt(2 / (rows + columns))
        return jnp.asarray(chances.normal(0, spread, (EARS, rows, columns)), jnp.float32)

    def bias(columns: int) -> Any:
        return jnp.zeros((EARS, 1, columns))

    layers: Layers = {
        "vectors": jnp.asarray(chances.normal(0, 0.15, (size, WIDTH)), jnp.float32),
        "gain": jnp.ones(WIDTH),
        "look": weights(WIDTH, LOOKS),
        "middle_weights": weights((LOOKS + 1) * WIDTH, MIDDLE),
        "middle_bias": bias(MIDDLE),
        "out_weights": weights(MIDDLE, len(HEARD)),
        "out_bias": bias(len(HEARD)),
    }
    for place in range(len(REACHES)):
        layers[f"near{place}_weights"] = weights(3 * WIDTH, WIDTH)
        layers[f"near{place}_bias"] = bias(WIDTH)
    return layers


def _descent(layers: Layers, steps: int) -> tuple[Any, Any]:
    """Return what makes one step downhill, and its first state."""
    pace = optax.warmup_cosine_decay_schedule(0.0, 1.0, int(WARM * steps), steps, COLD)
    kinds = {name: "vectors" if name == "vectors" else "layers" for name in layers}
    rule = optax.multi_transform(
        {
            "vectors": optax.adam(lambda at: RATE * pace(at)),
            "layers": optax.chain(
                optax.clip_by_global_norm(1.0),
                optax.adamw(lambda at: RATE / 2 * pace(at), weight_decay=DECAY),
            ),
        },
        kinds,
    )

    @partial(jax.jit, static_argnames="words", donate_argnums=(0, 1))
    def step(layers: Layers, state: Any, given: Any, told: Any, *, words: int) -> Any:
        slope = jax.grad(_loss)(layers, given, told, words)
        change, state = rule.update(slope, state, layers)
        return optax.apply_updates(layers, change), state

    return step, rule.init(layers)


def _loss(layers: Layers, given: Any, told: Any, words: int) -> Any:
    *aim, key = told
    each, mask = _vectors(layers, given, words), given[3]
    keys = jax.random.split(key, EARS)
    return sum(_lost(_of(layers, ear), each, mask, (*aim, keys[ear])) for ear in range(EARS))


def _lost(layers: Layers, each: Any, mask: Any, told: Any) -> Any:
    """Return how far one ear is from the truth: what it misses is its own, so that two differ."""
    truth, weights, key = told
    keys = jax.random.split(key, len(REACHES) + 4)

    def drop(each: Any, place: int) -> Any:
        """Leave the same numbers out of all words of a phrase."""
        shape = (each.shape[0], 1, each.shape[-1])
        return each * jax.random.bernoulli(keys[place], 1 - LEFT_OUT, shape) / (1 - LEFT_OUT)

    each = drop(each, len(REACHES) + 2)
    heard = jax.random.bernoulli(keys[-1], 1 - UNHEARD, mask.shape)
    scores = forward(jnp, layers, each * heard, mask, drop)
    return (optax.sigmoid_binary_cross_entropy(scores, truth) * weights).mean()


def _of(layers: Layers, ear: int) -> Layers:
    return {name: layer[ear] for name, layer in layers.items() if name not in _SHARED}


def _vectors(layers: Layers, given: Any, words: int) -> Any:
    units, owners, places, _ = given
    summed = jax.ops.segment_sum(layers["vectors"][units], owners, num_segments=words)
    return (normed(jnp, summed) * layers["gain"])[places]


@partial(jax.jit, static_argnames="words")
def _scores(layers: Layers, given: Any, *, words: int) -> Any:
    each = _vectors(layers, given, words)
    return sum(forward(jnp, _of(layers, ear), each, given[3]) for ear in range(EARS)) / EARS


def _dealt(spoken: Sequence[Ints], chances: np.random.Generator) -> Iterator[Ints]:
    """Yield the places of phrases in batches: by chance, but of about one length."""
    length = np.array([len(each) for each in spoken])
    order = chances.permutation(len(spoken))
    piles = np.array_split(order, max(1, len(spoken) // (BATCH * _SORTED)))
    order = np.concatenate([pile[np.argsort(length[pile], kind="stable")] for pile in piles])
    batches = [order[at : at + BATCH] for at in range(0, len(order) - BATCH + 1, BATCH)]
    yield from (batches[at] for at in chances.permutation(len(batches)))


def _up(number: int, step: int) -> int:
    return -(-number // step) * step
