# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad templates``, over real HTTP: asks once for each, deletes nothing, says what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standins.graph import StandIn
from tests.standins.graph_people import Control

ALL = 6  # three messages, two languages


@pytest.fixture(scope="module")
def graph_stand_in() -> Iterator[Control]:
    with StandIn() as control:
        yield control


@pytest.fixture
def graph(graph_stand_in: Control) -> Control:
    graph_stand_in.reset()
    return graph_stand_in


@pytest.fixture
def house(house, graph):
    """The operator's server, with a WhatsApp number at the stand-in."""
    house.env |= {
        "SANAD_WHATSAPP_TOKEN": graph.token,
        "SANAD_WHATSAPP_NUMBER": graph.number,
        "SANAD_WHATSAPP_BUSINESS": graph.business,
        "SANAD_WHATSAPP_APP_SECRET": graph.secret,
        "SANAD_WHATSAPP_VERIFY": "a word of our own, long",
        "SANAD_WHATSAPP_API": graph.api,
    }
    return house


def created(graph):
    return [call for call in graph.calls("templates") if "components" in call]


def test_each_is_asked_for_once_however_often_it_is_said(house, graph):
    assert house.done("templates", "push", "--dry-run").count("would be asked") == ALL
    assert created(graph) == []
    first = house.done("templates", "push")
    assert first.count("asked, PENDING") == ALL
    assert house.done("templates", "push").count("PENDING, quality UNKNOWN") == ALL
    assert len(created(graph)) == ALL
    assert graph.calls("templates.delete") == []


def test_one_in_other_words_is_left_as_it_is_and_named(house, graph):
    house.done("templates", "push")
    held = next(one for one in graph.templates() if one["name"] == "tip")
    graph.act("reword", name="tip", language=held["language"], words="Bonjour.")
    said = house.done("templates", "push")
    assert "in other words than ours" in said
    assert len(created(graph)) == ALL


def test_status_ends_well_only_when_all_can_be_sent(house, graph):
    house.done("templates", "push")
    for one in graph.templates():
        graph.review(one["name"], one["language"])
    assert house.done("templates", "status").count("APPROVED") == ALL
    graph.review("keep_line", "ar", "REJECTED", "INVALID_FORMAT")
    result = house.sanad("templates", "status")
    assert "keep_line ar: REJECTED (INVALID_FORMAT)" in result.stdout
    assert "1 of 6 cannot be sent yet." in result.stderr
    assert result.exit_code == 1


def test_without_whatsapp_or_its_account_the_variable_is_named(house):
    del house.env["SANAD_WHATSAPP_BUSINESS"]
    assert "SANAD_WHATSAPP_BUSINESS" in house.refused("templates", "status")
    del house.env["SANAD_WHATSAPP_TOKEN"]
    assert "SANAD_WHATSAPP_TOKEN" in house.refused("templates", "push")


def test_a_refusal_of_metas_is_one_line_without_secrets(house, graph):
    graph.fault("templates", "error", code=190)
    said = house.refused("templates", "push")
    assert "refuses the token" in said
    graph.fault("templates", "error", code=100, skip=1, details="the account is too young")
    said = house.refused("templates", "push")
    assert "the account is too young" in said
    for secret in (graph.token, graph.business, graph.secret):
        assert secret not in said
    assert house.done("templates", "push").count("asked") == ALL  # the rest, after the fault


def test_the_doctor_looks_at_the_number_and_the_templates(house, graph):
    said = house.sanad("doctor").stdout
    assert "ok   whatsapp       connected, quality green, templates to 250 people a day" in said
    assert "BAD  templates      answer_waiting ar: missing: sanad templates push" in said
    house.done("templates", "push")
    for one in graph.templates():
        graph.review(one["name"], one["language"])
    graph.quality(quality_rating="RED")
    said = house.sanad("doctor").stdout
    assert "BAD  whatsapp       connected, quality red" in said
    assert "ok   templates      6 approved" in said
    graph.rotate("another")
    said = house.sanad("doctor").stdout
    assert "BAD  whatsapp       WhatsApp refuses the token" in said
    assert graph.number not in said
    assert graph.secret not in said


def test_the_doctor_says_when_the_account_is_not_named(house):
    del house.env["SANAD_WHATSAPP_BUSINESS"]
    said = house.sanad("doctor").stdout
    assert "BAD  templates      not looked at: SANAD_WHATSAPP_BUSINESS is not set" in said


def test_the_doctor_looks_for_the_transcriber(house):
    house.env["SANAD_TRANSCRIBER"] = "ours"
    said = house.sanad("doctor").stdout
    assert "BAD  transcriber    SANAD_TRANSCRIBER: none installed under this name" in said
    house.env["SANAD_TELEGRAM_TOKEN"] = "1:of-nobody"  # noqa: S105 of nobody
    assert "none installed" in house.refused("run")


@pytest.mark.parametrize("part", ["push", "status"])
def test_help_shows_an_example(house, part):
    assert f"sanad templates {part}" in house.done("templates", part, "--help")
