# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad check``: every fault of flows, texts, facts, labels and limits, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files

import click
import yaml

import content
import flows
import nlu
from bot.channels import Limits
from bot.channels.telegram_shape import LIMITS
from bot.papers import pages as papers
from bot.render import ORDER
from flows.check import texts
from flows.script import Script

WHATSAPP = Limits(
    text=1024, option_bytes=256, label=20
)  # interactive body; a reply button's title
LIST_ROW = 24  # characters of a row of a WhatsApp list


@click.command("check")
@click.option("--to-verify", is_flag=True, help="Also list what a person must phone or open.")
def command(*, to_verify: bool) -> None:
    """Refuse what could strand or mislead somebody. Exit status 1 when there is a fault.

    Example: sanad check --to-verify
    """
    found = sorted(set(faults()))
    for fault in found:
        click.echo(fault)
    if to_verify:
        for line in unverified():
            click.echo(line)
    if found:
        raise click.ClickException(f"{len(found)} faults")
    click.echo("flows, texts, facts, labels and limits: no fault")


def faults() -> Iterator[str]:
    """Every fault, each with its place."""
    yield from content.faults(today=datetime.now(UTC).date())
    try:
        catalog = content.load()
    except content.ContentError:
        return  # the faults stand above; the rest needs the texts
    script = flows.load(catalog.keys, nlu.SITUATIONS)
    yield from flows.faults(script)
    yield from spoken(script, catalog)
    yield from limits(script, catalog)
    yield from labels(script)


def spoken(script: Script, catalog: content.Catalog) -> Iterator[str]:
    """Texts that the flows say and nobody has written; promises that no row can keep."""
    for node, key in texts(script):
        if not catalog.has(key):
            yield f"flows: {node} says {key}, which no text file has"
    for key in papers.keys(script):
        if not catalog.has(key):
            yield f"pages.yaml: shows {key}, which no text file has"
    for key in catalog.keys:
        promise = catalog.promise(key)
        if promise and promise.needs not in ORDER:
            yield f"{key}: promises {promise.needs!r}, which is no row state"


def limits(script: Script, catalog: content.Catalog) -> Iterator[str]:
    """Buttons and texts that a channel would cut."""
    for name, node in script.nodes.items():
        for choice in node.choices:
            size = len(f"{choice.id}@{name}".encode())
            if size > LIMITS.option_bytes:
                yield f"{name}: button {choice.id} sends {size} bytes, Telegram takes 64"
    for lang in catalog.languages:
        for key in catalog.keys:
            text = catalog.texts[lang][key]
            if key.startswith("label.") and len(text) > WHATSAPP.label:
                yield f"{lang}/{key}: {len(text)} characters, a button shows {WHATSAPP.label}"
            if len(text) > WHATSAPP.text:
                yield f"{lang}/{key}: {len(text)} characters, a bubble shows {WHATSAPP.text}"


def labels(script: Script) -> Iterator[str]:
    """Flows and understanding must speak of the same things."""
    known = {*nlu.INTENTS, *nlu.SITUATIONS}
    heard = {t for node in script.nodes.values() for c in node.choices for t in c.hears}
    for token in sorted(heard):
        kind, _, name = token.rpartition(":")
        vocabulary = {"sign": nlu.SIGNS, "risk": nlu.RISKS, "": known}[kind]
        if name not in vocabulary:
            yield f"flows: hears {token}, which nobody can understand"
    for sign in script.signs:
        if sign not in nlu.SIGNS:
            yield f"wants.yaml: {sign} is no sign"
    for label in (*script.goes, *script.asides, *script.threats):
        if label.removeprefix("sign:") not in {*known, *nlu.SIGNS}:
            yield f"wants.yaml: {label} is no label"
    for intent in nlu.INTENTS:
        if intent not in {*script.goes, *script.asides, "affirm", "deny"}:
            yield f"wants.yaml: nothing answers the intent {intent}"


def unverified() -> Iterator[str]:
    """What a person must phone or open before launch."""
    facts = yaml.safe_load((files("content") / "facts.yaml").read_text(encoding="utf-8"))
    for ident, fact in facts.items():
        if isinstance(fact, dict) and fact.get("human_check") == "required":
            yield f"to verify by a person: {ident}"
