# SPDX-License-Identifier: AGPL-3.0-or-later
"""A text that claims something names the row state it needs, and ends in a text that is true."""

import pytest

import content

LEDGER = """
b: <ORG-POLICE.number>
taken: {text: Pris, promise: taken, otherwise: t.delivered}
delivered: {text: Remis, promise: delivered, otherwise: t.queued}
queued: {text: En route, promise: queued, otherwise: t.nothing}
nothing: Rien
"""


def test_a_promise_leads_down_to_a_plain_text(shelf) -> None:
    shelf.both("t", LEDGER)
    catalog = content.load(shelf.root)

    key, way = "t.taken", []
    while promise := catalog.promise(key):
        way.append(promise.needs)
        key = promise.otherwise

    assert way == ["taken", "delivered", "queued"]
    assert key == "t.nothing"
    assert catalog.promise("t.nothing") is None


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("{text: x, promise: hoped, otherwise: t.nothing}", "'hoped' is no row state"),
        ("{text: x, otherwise: t.nothing}", "promise without a row state"),
        ("{text: x, promise: taken}", "promise without an 'otherwise'"),
        ("{text: x, promise: taken, otherwise: t.gone}", "otherwise 't.gone' does not exist"),
        (
            "{text: x, promise: queued, otherwise: t.taken}",
            "otherwise 't.taken' needs no less than it does itself",
        ),
        (
            "{text: x, promise: queued, otherwise: t.queued}",
            "otherwise 't.queued' needs no less than it does itself",
        ),
    ],
)
def test_a_promise_that_could_be_untrue_is_named(shelf, entry, fault) -> None:
    shelf.both("t", f"{LEDGER}\nx: {entry}\n")

    assert content.faults(shelf.root) == [f"{lang}/t.yaml: x: {fault}" for lang in ("ar", "fr")]


def test_a_promise_made_in_one_language_only_is_named(shelf) -> None:
    shelf.write("ar/t.yaml", LEDGER)
    shelf.write(
        "fr/t.yaml",
        LEDGER.replace("promise: taken, otherwise: t.delivered", "").replace(", }", "}"),
    )

    found = content.faults(shelf.root)

    assert "ar/t.yaml: taken: promise differs from fr" in found
    assert "fr/t.yaml: taken: promise without a row state" in found


@pytest.mark.parametrize(
    ("lang", "said"), [("fr", "Nous avons alerté l'équipe."), ("ar", "وصل تنبيه إلى المستشارين.")]
)
def test_saying_that_it_was_done_needs_a_promise(shelf, lang, said) -> None:
    plain = {"ar": "نعم", "fr": "Oui"} | {lang: said}
    for one, text in plain.items():
        shelf.write(f"{one}/t.yaml", f'b: <ORG-POLICE.number>\nsaid: "{text}"\n')
    assert [f.partition(" but")[0] for f in content.faults(shelf.root)] == [
        f"{lang}/t.yaml: said: says {' '.join(said.split()[: 2 if lang == 'ar' else 3])!r}"
    ]

    for one, text in plain.items():
        entry = f'{{text: "{text}", promise: delivered, otherwise: t.b}}'
        shelf.write(f"{one}/t.yaml", f"b: <ORG-POLICE.number>\nsaid: {entry}\n")
    assert content.faults(shelf.root) == []
