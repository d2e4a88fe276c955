# SPDX-License-Identifier: AGPL-3.0-or-later
"""The layers of the convolution: one code for reading, with numpy, and for learning, with JAX."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

REACHES: Final = (1, 2, 4)  # words to either side, layer after layer

_NARROW: Final = 1e-5
_NEVER: Final = 1e4

Array = Any  # of numpy when reading, of JAX when learning
Drop = Callable[[Array, int], Array]


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

    Layers of several ears, stacked along a first axis, give a row of scores for each ear. *xp*
    is numpy, or ``jax.numpy`` when learning; then *mask* (..., words, 1) is zero behind the end
    of a message, and *drop* leaves some numbers out.
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
    seen = seen.reshape(*seen.shape[:-2], 1, -1)
    pooled = xp.concatenate([seen, most.max(-2, keepdims=True)], axis=-1)
    all_of_it = drop(pooled, len(REACHES))
    middle = xp.maximum(all_of_it @ layers["middle_weights"] + layers["middle_bias"], 0)
    told = drop(middle, len(REACHES) + 1) @ layers["out_weights"] + layers["out_bias"]
    return told[..., 0, :]


def _around(xp: Any, rows: Array, reach: int) -> Array:
    """Return beside each of *rows* those *reach* places before and behind it, or zeros."""
    length = rows.shape[-2]
    nothing = xp.zeros((*rows.shape[:-2], reach, rows.shape[-1]), np.float32)
    long = xp.concatenate([nothing, rows, nothing], axis=-2)
    beside = [long[..., :length, :], rows, long[..., 2 * reach :, :]]
    return xp.concatenate(beside, axis=-1)
