# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad check``: every fault of flows, texts, facts, labels and limits, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import product

import click

import content
import flows
import nlu
from bot import door
from bot.channels.telegram_shape import LIMITS
from bot.channels.whatsapp_shape import LIMITS as WHATSAPP
from bot.papers import pages as papers
from bot.render import ORDER
from flows.check import texts
from flows.script import ANY, NONE, Node, Script
from flows.view import holds
from nlu import corpus
from nlu.phrases import Source, packaged, packaged_network, packaged_risks, within


@click.command("check")
@click.option("--to-verify", is_flag=True, help="Also list what a person must phone or open.")
@click.option("--launch", is_flag=True, help="Only print the page of docs/before-launch.md.")
def command(*, to_verify: bool, launch: bool) -> None:
    """Refuse what could strand or mislead somebody. Exit status 1 when there is a fault.

    Example: sanad check --to-verify
    """
    if launch:
        click.echo(content.load().before_launch(), nl=False)
        return
    found = sorted(
        {
            *faults(),
            *corpus.faults(packaged(), (*packaged_risks(), *packaged_network()), held_out()),
        }
    )
    for fault in found:
        click.echo(fault)
    if to_verify:
        for line in unverified():
            click.echo(line)
    if found:
        raise click.ClickException(f"{len(found)} faults")
    click.echo("flows, texts, facts, phrases, labels and limits: no fault")


def faults(
    content_in: Traversable | None = None, flows_in: Traversable | None = None
) -> Iterator[str]:
    """Every fault of texts and flows, each with its place; of our own unless told."""
    yield from content.faults(content_in, today=datetime.now(UTC).date())
    catalog, _ = content.survey(
        content_in
    )  # its faults stand above; the flows' own are told besides
    known = written(catalog)
    try:
        script = flows.load(known, nlu.SITUATIONS, flows_in)
    except flows.ScriptError as error:
        yield from error.faults
        return
    yield from flows.faults(script)
    yield from spoken(script, catalog)
    yield from limits(script, catalog)
    yield from labels(script)


def held_out() -> tuple[Source, ...]:
    """The phrases that tests keep aside, where this runs from a checkout."""
    tests = files("nlu").joinpath("..", "tests", "nlu")
    folders = (tests.joinpath(name) for name in ("heldout", "perils", "blind"))
    return tuple(s for folder in folders if folder.is_dir() for s in within(folder))


def written(catalog: content.Catalog) -> frozenset[str]:
    """Every key that stands in some language: a missing twin is one fault, not a hundred."""
    return frozenset(key for texts in catalog.texts.values() for key in texts)


def spoken(script: Script, catalog: content.Catalog) -> Iterator[str]:
    """Texts that the flows say and nobody has written; promises that no row can keep."""
    known = written(catalog)
    for node, key in texts(script):
        if key not in known:
            yield f"flows: {node} says {key}, which no text file has"
    for key in door.TEXTS:
        if key not in known:
            yield f"door.py: shows {key}, which no text file has"
    for key in papers.keys(script):
        if key not in known:
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
            if size > LIMITS.option_bytes:  # WhatsApp takes three times as much
                yield f"{name}: button {choice.id} sends {size} bytes, Telegram takes 64"
        for situation in script.situations:
            rows = _most_rows(node, situation)
            if rows > WHATSAPP.options:
                yield f"{name}: {rows} buttons in {situation}, a list shows {WHATSAPP.options}"
    for lang in catalog.languages:
        for key, text in catalog.texts[lang].items():
            if key.startswith("label.") and len(text) > WHATSAPP.label:
                yield f"{lang}/{key}: {len(text)} characters, a button shows {WHATSAPP.label}"
            if len(text) > WHATSAPP.under:
                yield f"{lang}/{key}: {len(text)} characters, a bubble shows {WHATSAPP.under}"


def _most_rows(node: Node, situation: str) -> int:
    """Return how many buttons of *node* can stand together, whatever the notes say."""
    tests = [line for choice in node.choices for line in choice.when if line[0] != "situation"]
    # Of each note: nothing, every value that is named, and one that is not.
    values = {note: {"", "?"} for note, _ in tests}
    for note, wanted in tests:
        values[note] |= set(wanted) - {ANY, NONE}
    return max(
        sum(
            holds(choice.when, {**dict(zip(values, mix, strict=True)), "situation": situation})
            for choice in node.choices
        )
        for mix in product(*values.values())
    )


def labels(script: Script) -> Iterator[str]:
    """Flows and understanding must speak of the same things."""
    known = {*nlu.INTENTS, *nlu.SITUATIONS}
    heard = {t for node in script.nodes.values() for c in node.choices for t in c.hears}
    for token in sorted(heard):
        kind, _, name = token.rpartition(":")
        vocabulary = {"sign": nlu.SIGNS, "risk": nlu.RISKS, "": known}[kind]
        if name not in vocabulary:
            yield f"flows: hears {token}, which nobody can understand"
    for sign in (*script.signs, *script.leads):
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
    for fact in content.load().facts.values():
        if fact.waits:
            yield f"to verify by a person: {fact.id}"
