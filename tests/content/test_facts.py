# SPDX-License-Identifier: AGPL-3.0-or-later
"""A fact is shown only with a source, a fresh check and its caution, if it may be shown at all."""

from datetime import date

import pytest

import content


def _with(shelf, old: str, new: str) -> list[str]:
    path = shelf.root / "facts.yaml"
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new), encoding="utf-8")
    return [f for f in content.faults(shelf.root) if f.startswith("facts.yaml")]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("use: bot", "use: do-not-use", "use is 'do-not-use': this fact may not be shown"),
        ("use: bot", "use: internal", "use is 'internal': this fact may not be shown"),
        ("kind: number", "kind: rumour", "kind is none of guidance, law, link, number, tool"),
        ('{number: "19"}', '{number: {ar: "19"}}', "value number is not given in every language"),
        ('{number: "19"}', '{number: ""}', "value number is not given in every language"),
        (
            'sources: [{title: A page, url: "https://example.org", date: 2026-01}]',
            "sources: []",
            "no source",
        ),
        ("title: A page, ", "", "a source without title"),
        (', url: "https://example.org", date: 2026-01', "", "a source with neither url nor date"),
        ("checked_on: 2026-11-21", "checked_on: soon", "checked_on is no date"),
        ("check_every: 90", "check_every: 0", "check_every is no number of days"),
        (
            "human_check: required",
            "human_check: done",
            "human_check is neither 'required' nor {done: role, on: date}",
        ),
        (
            "human_check: required",
            "human_check: {done: a friend, on: 2026-12-01}",
            "human_check is done by none of counsellor, lawyer, native speaker, operator",
        ),
        (
            "human_check: required",
            "human_check: {done: lawyer, on: soon}",
            "human_check: on is no date",
        ),
        (
            "  human_check: required\n",
            "",
            "a number or link nobody is asked to try: human_check is missing",
        ),
        ("use: bot", "use: bot\n  colour: red", "unknown field colour"),
        ("use: bot", "use: bot\n  say_with: {fr: x}", "say_with is not given in every language"),
    ],
)
def test_a_fact_nobody_could_stand_for_is_named(shelf, old, new, fault) -> None:
    assert f"facts.yaml: ORG-POLICE: {fault}" in _with(shelf, old, new)


def test_a_fact_that_may_not_be_shown_is_unknown_to_texts(shelf) -> None:
    _with(shelf, "use: bot", "use: do-not-use")

    assert "fr/t.yaml: a: unknown fact ORG-POLICE" in content.faults(shelf.root)


def test_a_fact_no_text_uses_is_named(shelf) -> None:
    shelf.write("sources.yaml", "t.b: []")
    shelf.both("t", "b: ok\n")

    assert content.faults(shelf.root) == ["facts.yaml: ORG-POLICE: no text uses it"]


def test_a_text_about_the_law_rests_on_a_fact(shelf) -> None:
    shelf.both("t", "a: <ORG-POLICE.number>\nb: ok\nlaw: La loi dit non\n")

    assert content.faults(shelf.root) == ["sources.yaml: t.law: states facts but lists none"]


def test_a_fact_is_shown_with_the_words_its_caution_asks_for(shelf) -> None:
    _with(shelf, "use: bot", "use: bot-with-care\n  say_with: {ar: غير مؤكد, fr: à confirmer}")
    shelf.write("ar/t.yaml", "a: '<ORG-POLICE.number> غير مؤكد'\nb: ok\n")
    shelf.write("fr/t.yaml", "a: '<ORG-POLICE.number>'\nb: ok\n")

    assert content.faults(shelf.root) == [
        "fr/t.yaml: a: fact ORG-POLICE only with the words 'à confirmer'"
    ]


def test_a_fact_stands_after_the_one_it_depends_on(shelf) -> None:
    facts = (shelf.root / "facts.yaml").read_text(encoding="utf-8")
    late = facts.replace("ORG-POLICE", "ORG-LATE").replace('"19"', '"41"')
    shelf.write("facts.yaml", f"{facts}{late}  after: ORG-POLICE\n")
    shelf.both("t", "a: <ORG-LATE.number> <ORG-POLICE.number>\nb: ok\n")
    wrong = content.faults(shelf.root)
    shelf.both("t", "a: <ORG-POLICE.number> <ORG-LATE.number>\nb: ok\n")

    assert wrong == [
        f"{lang}/t.yaml: a: fact ORG-LATE only after ORG-POLICE" for lang in ("ar", "fr")
    ]
    assert content.faults(shelf.root) == []


def test_a_fact_gives_each_language_its_own_value(shelf) -> None:
    _with(shelf, '{number: "19"}', '{number: {ar: "واحد", fr: "un"}}')
    catalog = content.load(shelf.root)

    assert catalog.text("ar", "t.a", name="x") == "x, واحد"
    assert catalog.text("fr", "t.a", name="x") == "x, un"


def test_an_overdue_check_is_named_but_stops_no_bot(shelf) -> None:
    last_day, day_after = date(2027, 2, 19), date(2027, 2, 20)

    assert content.faults(shelf.root, today=last_day) == []
    assert content.faults(shelf.root, today=day_after) == [
        "facts.yaml: ORG-POLICE: stale, checked on 2026-11-21, due every 90 days"
    ]
    assert content.load(shelf.root).facts["ORG-POLICE"].stale(day_after)


def test_a_check_done_by_a_person_leaves_the_list_and_grows_old_too(shelf) -> None:
    assert "| ORG-POLICE | `19` |" in content.load(shelf.root).before_launch()
    _with(shelf, "human_check: required", "human_check: {done: counsellor, on: 2026-11-10}")
    fact = content.load(shelf.root).facts["ORG-POLICE"]

    assert "ORG-POLICE" not in content.load(shelf.root).before_launch()
    assert not fact.stale(date(2027, 2, 8))
    assert fact.stale(date(2027, 2, 9))
    assert "by a person on 2026-11-10" in content.faults(shelf.root, today=date(2027, 2, 9))[0]


def test_a_language_that_says_one_caution_says_them_all(shelf) -> None:
    path = shelf.root / "facts.yaml"
    one = path.read_text(encoding="utf-8").rstrip() + "\n  caution: Care.\n"
    path.write_text(one + one.replace("ORG-POLICE", "ORG-OTHER"), encoding="utf-8")
    shelf.write("sources.yaml", "t.b: [ORG-POLICE, ORG-OTHER]")
    assert content.faults(shelf.root) == []
    shelf.write("ar/_facts.yaml", "ORG-POLICE: {caution: تنبيه}\n")
    assert content.faults(shelf.root) == ["ar/_facts.yaml: ORG-OTHER: no caution"]
    shelf.write("ar/_facts.yaml", "ORG-POLICE: {caution: تنبيه}\nORG-OTHER: {caution: تنبيه}\n")
    assert content.faults(shelf.root) == []
