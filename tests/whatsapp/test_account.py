# SPDX-License-Identifier: AGPL-3.0-or-later
"""The account as an operator sees it, over real HTTP: every state named, nothing secret said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import content
from bot import health
from bot.channels.whatsapp_account import Account, AccountFault
from bot.templates import standings
from tests.standins.graph import StandIn
from tests.standins.graph_people import Control


@pytest.fixture(scope="module")
def graph_stand_in() -> Iterator[Control]:
    with StandIn() as control:
        yield control


@pytest.fixture
def graph(graph_stand_in: Control) -> Control:
    graph_stand_in.reset()
    return graph_stand_in


@pytest.fixture
def account(graph: Control) -> Iterator[Account]:
    with Account(graph.token, graph.number, graph.business, graph.api) as account:
        yield account


@pytest.fixture(scope="module")
def catalog() -> content.Catalog:
    return content.load()


def _asked(account: Account, catalog: content.Catalog, *, approve: Control | None = None) -> None:
    for name in catalog.templates:
        for lang in catalog.languages:
            assert account.ask(catalog.approved(lang, name)) == "PENDING"
            if approve:
                approve.review(name, lang)


def _said(account: Account, catalog: content.Catalog) -> dict[str, str]:
    stands = standings(catalog, account.templates())
    return {f"{one.name} {one.lang}": one.said for one in stands}


def test_every_state_of_a_template_is_told_apart(graph, account, catalog):
    assert set(_said(account, catalog).values()) == {"missing: sanad templates push"}
    _asked(account, catalog)
    assert set(_said(account, catalog).values()) == {"PENDING, quality UNKNOWN"}
    graph.review("answer_waiting", "fr", "REJECTED", "INVALID_FORMAT")
    graph.review("answer_waiting", "ar")
    graph.rate("answer_waiting", "ar", "YELLOW")
    graph.review("keep_line", "fr", "PAUSED")
    told = _said(account, catalog)
    assert told["answer_waiting fr"] == "REJECTED (INVALID_FORMAT), quality UNKNOWN"
    assert told["answer_waiting ar"] == "APPROVED, quality YELLOW"
    assert told["keep_line fr"].startswith("PAUSED")
    assert [one.usable for one in standings(catalog, account.templates())].count(True) == 1


def test_other_words_than_ours_are_not_usable(graph, account, catalog):
    ours = catalog.approved("fr", "tip")
    ours["components"][0]["text"] = "Bonjour."
    account.ask(ours)
    graph.review("tip", "fr")
    [one] = [s for s in standings(catalog, account.templates()) if s.held]
    assert (one.state, one.usable) == ("differs", False)
    assert "in other words than ours" in one.said


def test_templates_of_others_are_left_alone_and_every_page_is_read(graph, account, catalog):
    for n in range(130):
        account.ask({**catalog.approved("fr", "tip"), "name": f"theirs_{n}"})
    account.ask(catalog.approved("fr", "tip"))
    assert len(account.templates()) == 131
    assert _said(account, catalog)["tip fr"] == "PENDING, quality UNKNOWN"
    assert len(list(standings(catalog, account.templates()))) == 6


FAULTS = [
    ("error", {"code": 190}, "refuses the token"),
    ("error", {"code": 100, "details": "name\x1b[2J: too long"}, "code 100: name [2J: too long"),
    ("html", {}, "nothing that can be read"),
    ("odd", {"body": [], "status": 200}, "nothing that can be read"),
    ("odd", {"body": {"error": "x"}, "status": 200}, "nothing that can be read"),
    ("cut", {}, "does not answer"),
]


@pytest.mark.parametrize("row", FAULTS, ids=[f"{row[0]} {row[2]}" for row in FAULTS])
def test_a_failure_is_one_clear_line_without_the_token(graph, account, row):
    kind, detail, why = row
    graph.fault("*", kind, times=2, **detail)
    for call in (account.templates, account.number):
        with pytest.raises(AccountFault) as fault:
            call()
        assert why in str(fault.value)
        assert graph.token not in repr(fault.value)
        assert "\n" not in str(fault.value)
        assert graph.business not in str(fault.value)


ODD_PARTS = [{"type": "BUTTONS", "buttons": None}, "x"]
ODD = [
    {"data": None},
    {"data": [1, {}]},
    {"data": [{"components": ODD_PARTS}], "paging": {"next": "x", "cursors": {}}},
]


@pytest.mark.parametrize("page", ODD, ids=range(len(ODD)))
def test_an_odd_list_is_read_without_a_fall(graph, account, catalog, page):
    graph.fault("templates", "odd", body=page)
    assert all(one.state == "missing" for one in standings(catalog, account.templates()))


def _health(account: Account, catalog: content.Catalog) -> list[tuple[bool, str]]:
    return [(one.well, f"{one.what}: {one.said}") for one in health.whatsapp(account, catalog)]


def test_a_healthy_number_is_two_lines(graph, account, catalog):
    _asked(account, catalog, approve=graph)
    graph.quality(whatsapp_business_manager_messaging_limit="TIER_2K")
    assert _health(account, catalog) == [
        (True, "whatsapp: connected, quality green, templates to 2k people a day"),
        (True, "templates: 6 approved"),
    ]


@pytest.mark.parametrize("how", [{"quality_rating": "YELLOW"}, {"quality_rating": "RED"},
                                 {"status": "FLAGGED"}, {"status": "DISCONNECTED"}])  # fmt: skip
def test_a_number_that_people_block_or_meta_stopped_is_a_problem(graph, account, catalog, how):
    graph.quality(**how)
    well, said = _health(account, catalog)[0]
    assert not well
    assert next(iter(how.values())).lower() in said


def test_a_template_that_cannot_be_sent_is_a_problem(graph, account, catalog):
    _asked(account, catalog, approve=graph)
    graph.review("keep_line", "ar", "REJECTED", "SCAM")
    told = _health(account, catalog)
    assert [said for well, said in told if not well] == [
        "templates: keep_line ar: REJECTED (SCAM), quality UNKNOWN"
    ]


def test_a_refused_token_ends_the_look(graph, catalog):
    with Account("old", graph.number, graph.business, graph.api) as account:
        assert _health(account, catalog) == [
            (False, "whatsapp: WhatsApp refuses the token: make a new one")
        ]
