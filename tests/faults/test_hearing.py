# SPDX-License-Identifier: AGPL-3.0-or-later
"""The judge of a gale: what it lets pass, and what it does not."""

from __future__ import annotations

import pytest

from tests.faults.hearing import Cost, heard

WANTED = ("a", "b", "b", "c")


@pytest.mark.parametrize(
    ("bubbles", "cost"),
    [
        (["a", "b", "b", "c"], Cost()),
        (["a\n\nb", "b\n\nc"], Cost()),
        (["a", "a", "b", "b", "c"], Cost(0, 1)),
        (["a\n\nb", "a\n\nb\n\nb", "c"], Cost(0, 1)),
        (["a\n\nb", "a", "b\n\nb", "c"], Cost(0, 2)),
        (["a", "b", "b", "b", "c"], Cost(0, 1)),
        (["a", "b", "c"], None),
        (["a", "b", "b"], None),
        (["a", "c", "b", "b"], None),
        (["a", "b", "b", "c", "a"], None),
        (["a", "b", "b", "c", "d"], None),
    ],
)
def test_what_was_heard_is_all_of_it_in_order_whatever_stood_together(
    bubbles: list[str], cost: Cost | None
) -> None:
    assert heard(bubbles, WANTED, lambda _: True) == cost


def test_what_is_said_again_needs_a_reason_of_its_own() -> None:
    assert heard(["a", "a", "b", "b", "c"], WANTED, lambda _: False) == Cost(1, 1)
    assert heard(["a", "b", "b", "b", "c"], WANTED, lambda n: n == 2) == Cost(0, 1)
