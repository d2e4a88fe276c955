# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages can be built on the machines we name, from locked packages, and betray nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
STATIC = WEB.parent / "bot" / "static"


@pytest.fixture(scope="module")
def packages():
    return json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]


@pytest.fixture(scope="module")
def built():
    subprocess.run([sys.executable, WEB / "build.py"], check=True)
    return STATIC


@pytest.mark.parametrize("cpu", ["x64", "arm64"])
@pytest.mark.parametrize("tool", ["rolldown/binding", "lightningcss", "typescript/typescript"])
def test_the_lock_has_the_tools_of_each_linux(packages, tool, cpu):
    assert any(f"{tool}-linux-{cpu}" in name for name in packages)


def test_the_lock_names_hashes_and_no_address_to_fetch_from(packages):
    locked = {name: package for name, package in packages.items() if name}
    assert locked
    assert not [name for name, package in locked.items() if "resolved" in package]
    assert not [name for name, package in locked.items() if "integrity" not in package]


def test_a_second_build_changes_nothing(built):
    before = {file: file.stat().st_mtime_ns for file in built.rglob("*")}
    subprocess.run([sys.executable, WEB / "build.py"], check=True)
    assert {file: file.stat().st_mtime_ns for file in built.rglob("*")} == before


def test_the_pages_hold_nothing_inline_and_nothing_from_elsewhere(built):
    for page in built.glob("*.html"):
        text = page.read_text("utf-8")
        assert "<title>Notes</title>" in text
        assert not re.search(r"<style| style=| on\w+=|javascript:|<script(?![^>]* src=)", text)
        assert all(
            link.startswith("/assets/") for link in re.findall(r'(?:src|href)="(.*?)"', text)
        )


def test_the_terms_of_what_is_built_in_go_with_it(built, packages):
    told = (built / "licences.txt").read_text("utf-8")
    shipped = [name for name, package in packages.items() if name and not package.get("dev")]
    assert {"node_modules/age-encryption", "node_modules/@noble/hashes"} <= set(shipped)
    for name in shipped:
        assert f"{name.rpartition('node_modules/')[2]} {packages[name]['version']}\n" in told
    assert not (built / "assets" / "licences.txt").exists()


def test_the_libraries_of_the_seals_are_pinned():
    wanted = json.loads((WEB / "package.json").read_text("utf-8"))["dependencies"]
    assert wanted
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


def test_the_way_out_leads_to_a_page_that_names_nobody(built):
    [style] = re.findall(r'href="/(assets/\S+\.css)"', (built / "bye.html").read_text("utf-8"))
    for file in (built / "bye.html", built / style):
        assert not re.search("sanad|سند|chat|exit|visitor", file.read_text("utf-8"), re.IGNORECASE)
