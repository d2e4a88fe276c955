# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad links``: what a poster shows, and how many came by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import centre as profile
from bot.channels.telegram_read import read
from bot.cli import main
from bot.links import TALLY, loads, parse


@pytest.fixture
def campaigns(house):
    path = Path(house.env["SANAD_CENTRE"])
    path.write_text(f"{path.read_text()}\ncampaigns: [lycees, rabat-2026]\n", encoding="utf-8")
    return house


def test_the_links_of_every_language_and_campaign(campaigns):
    shown = campaigns.done("links", "--bot", "@our_help_bot").split()
    assert shown == [
        f"https://t.me/our_help_bot?start={load}"
        for load in (
            "ar", "fr", "ar_c-lycees", "fr_c-lycees", "ar_c-rabat-2026", "fr_c-rabat-2026",
        )
    ]  # fmt: skip


def test_what_is_printed_is_what_is_read():
    names = ("a", "z" * 32)
    for load in loads(("ar", "fr"), names):
        chat = {"id": 7, "type": "private"}
        update = {"update_id": 1, "message": {"chat": chat, "text": f"/start {load}"}}
        said = read(update)
        assert said is not None
        assert said.link == load
        link = parse(load, ("ar", "fr"), names)
        assert load.startswith(str(link.lang))
        assert (link.campaign or "") in load


def test_the_counts(house):
    with house.opened() as ledger:
        for day in ("2026-11-25", "2026-11-26", "2026-11-26"):
            ledger.store.write_now(lambda run, day=day: run.execute(TALLY, (day, "lycees")))
    lines = [line.split() for line in house.done("links", "--counts").splitlines()]
    assert lines == [["2026-11-26", "lycees", "2"], ["2026-11-25", "lycees", "1"]]


@pytest.mark.parametrize(
    "args", [(), ("--bot", "https://t.me/x"), ("--bot", "a"), ("--bot", "a b c d")]
)
def test_what_makes_no_link_is_refused(house, args):
    assert house.sanad("links", *args).exit_code == 2


@pytest.mark.parametrize(
    "campaigns", ["lycees", "[A]", "['']", "[a_b]", "[é]", f"[{'a' * 33}]", "{a: 1}"]
)
def test_a_campaign_that_no_link_can_carry_is_a_fault_of_the_profile(house, tmp_path, campaigns):
    path = tmp_path / "centre.yaml"
    text = Path(house.env["SANAD_CENTRE"]).read_text(encoding="utf-8")
    path.write_text(f"{text}\ncampaigns: {campaigns}\n", encoding="utf-8")
    with pytest.raises(profile.CentreError, match="campaigns"):
        profile.load(path, demo=lambda _: False)


def test_help_shows_an_example():
    assert "Example: sanad links --bot" in CliRunner().invoke(main, ["links", "--help"]).output
