# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table that training learns from: a row a phrase, in the order of the phrases."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs scipy")

from nlu.table import tabulate

MANY = 1_500  # more than are weighed in one go


def test_a_phrase_without_a_word_keeps_its_place():
    table = tabulate(["", "photo volee", "", "photo publiee", "..", "photo"])
    rows = table.of(["", "photo volee", "photo publiee", "photo"])
    found = [row.nnz for row in rows]
    assert found[0] == 0
    assert all(found[1:])
    assert table.matrix.shape[0] == len(table.place)


def test_a_row_is_the_same_wherever_its_phrase_stands():
    texts = [f"photo {number} volee hier" for number in range(MANY)]
    some = ["mon compte est vole", "", "photo volee", "compte vole hier"]
    table, turned = tabulate([*some, *texts]), tabulate([*texts, *some[::-1]])
    for text in (*some, texts[7], texts[-1]):
        assert np.allclose(table.of([text]).toarray(), turned.of([text]).toarray())


def test_what_stands_in_too_few_phrases_has_no_column():
    texts = ["kiskis", "photo", "photo volee"]
    assert tabulate(texts).of(["kiskis"]).nnz > 0
    assert tabulate(texts, 2).of(["kiskis"]).nnz == 0
    assert tabulate(texts, 2).of(["photo"]).nnz > 0
