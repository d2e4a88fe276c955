# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a command finds its key, its centre and its data: from the environment, or a demo's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from bot import centre as profile
from bot import config
from bot.centre import Centre, Target
from bot.config import Config
from bot.ledger import Ledger
from bot.store import Store
from bot.vault import demo
from bot.vault.faults import BadKey
from bot.vault.service import ServiceKey

DEMO_KEY = "demo-service.key"


@dataclass(frozen=True, slots=True)
class Setting:
    """A configuration with its key and its centre, ready to build an app from."""

    config: Config
    key: ServiceKey
    centre: Centre
    demo: bool = False


def configured(data: Path | None = None) -> Setting:
    """What the environment says; every fault at once, and never a demo identity."""
    try:
        told = config.load(os.environ)
        faults = (
            [] if told.service_key else ["SANAD_SERVICE_KEY_FILE: make one: sanad keys service"]
        )
        if told.centre is None:
            faults.append("SANAD_CENTRE: the centre's profile is needed")
        if faults or told.centre is None:
            raise config.ConfigError(faults)  # noqa: TRY301 - told with the others
        key = ServiceKey.read(told.service_key)
        centre = profile.load(told.centre, demo=demo.is_demo)
    except (config.ConfigError, profile.CentreError) as fault:
        raise click.ClickException("\n".join(fault.faults)) from None
    except BadKey:
        raise click.ClickException("SANAD_SERVICE_KEY: this is no service key") from None
    return Setting(replace(told, data=data) if data else told, key, centre)


def demonstration(data: Path, *, alarms: tuple[Target, ...] = ()) -> Setting:
    """A setting of its own in *data*, with the counsellor whom everybody knows."""
    data.mkdir(parents=True, exist_ok=True)
    file = data / DEMO_KEY
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(ServiceKey.spell(ServiceKey.make()))
    key = ServiceKey.read(file.read_text(encoding="utf-8"))
    centre = Centre({"demo": demo.COUNSELLOR.recipient}, demo.RECOVERY.recipient, alarms=alarms)
    return Setting(Config(data=data), key, centre, demo=True)


def chosen(data: Path | None) -> Setting:
    """The configured setting; without a service key, the demo that lives in *data*."""
    named = any(f"SANAD_SERVICE_KEY{end}" in os.environ for end in ("", "_FILE"))
    if named or data is None or not (data / DEMO_KEY).exists():
        return configured(data)
    return demonstration(data)


@contextmanager
def opened(data: Path | None) -> Iterator[tuple[Setting, Ledger]]:
    """The ledger of an existing bot, for an operator's command."""
    setting = chosen(data)
    path = setting.config.data / "sanad.db"
    if not path.exists():
        raise click.ClickException(f"no bot has run in {setting.config.data} yet")
    store = Store(path)
    try:
        yield setting, Ledger(store, setting.key, operator=True)
    finally:
        store.close()


@contextmanager
def folder(data: Path | None) -> Iterator[Path]:
    """*data*, or a temporary folder that disappears afterwards."""
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="sanad-") as name:
        yield Path(name)
