# SPDX-License-Identifier: AGPL-3.0-or-later
"""The configuration: one frozen value from the environment, or every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

SECRETS = (
    "SANAD_SERVICE_KEY",
    "SANAD_TELEGRAM_TOKEN",
    "SANAD_TELEGRAM_SECRET",
    "SANAD_WHATSAPP_TOKEN",
    "SANAD_WHATSAPP_APP_SECRET",
    "SANAD_WHATSAPP_VERIFY",
    "SANAD_RASA_TOKEN",
)
SHORTEST = 16  # characters of a secret: 96 bits
LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
SECRET_SIGNS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")

# Every variable, its default and what it means; the documentation is made from this table.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "SANAD_DATA": ("sanad-data", "folder of the database and the sealed files"),
    "SANAD_CENTRE": ("", "the centre's profile, a YAML file; see deploy/centre.example.yaml"),
    "SANAD_SERVICE_KEY": ("", "the service key itself; better SANAD_SERVICE_KEY_FILE"),
    "SANAD_HOST": ("127.0.0.1", "address the web server listens on"),
    "SANAD_PORT": ("8080", "port the web server listens on"),
    "SANAD_WEB": ("on", "on or off: the web chat"),
    "SANAD_TELEGRAM_TOKEN": ("", "the bot's token; no token, no Telegram"),
    "SANAD_TELEGRAM_MODE": ("polling", "polling or webhook"),
    "SANAD_TELEGRAM_SECRET": ("", "secret token of the webhook, 16 characters or more"),
    "SANAD_TELEGRAM_API": ("", "address of another Bot API server"),
    "SANAD_WHATSAPP_TOKEN": ("", "access token of the Cloud API; no token, no WhatsApp"),
    "SANAD_WHATSAPP_NUMBER": ("", "id of the business phone number: digits, not the number"),
    "SANAD_WHATSAPP_APP_SECRET": ("", "secret of the Meta app: what it posts is signed with it"),
    "SANAD_WHATSAPP_VERIFY": ("", "word that Meta shows once, 16 characters or more of your own"),
    "SANAD_WHATSAPP_BUSINESS": ("", "id of the WhatsApp Business account; for templates"),
    "SANAD_WHATSAPP_API": (
        "https://graph.facebook.com/v25.0",
        "address and version of the Graph API",
    ),
    "SANAD_PUBLIC_URL": (
        "",
        "https address of this server: the webhook, the page that Telegram opens",
    ),
    "SANAD_NLU": (
        "embedded",
        "embedded, semantic (an extra) or rasa: what tells situation and wish",
    ),
    "SANAD_RASA_URL": ("http://127.0.0.1:5005", "where Rasa serves, on this machine"),
    "SANAD_RASA_TOKEN": ("", "the token that Rasa asks for; `make rasa` says where it lies"),
    "SANAD_TRANSCRIBER": ("", "name of an installed transcriber; see docs/transcribers.md"),
    "SANAD_LOG": ("info", "debug, info, warning or error"),
    "SANAD_DRAFT_HOURS": ("72", "hours of silence after which a draft and a state are destroyed"),
    "SANAD_CLOSED_DAYS": ("90", "days after which a closed case is destroyed"),
    "SANAD_BACKUP_DAYS": ("30", "days a backup is kept; said on the last screen"),
    "SANAD_ALARM_MINUTES": ("10", "minutes between two alarms of a case nobody has taken"),
}


class ConfigError(ValueError):
    """The environment does not describe a bot; every fault is named, no value is."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Telegram:
    """How to be a Telegram bot."""

    token: str = field(repr=False)
    mode: Literal["polling", "webhook"] = "polling"
    secret: str = field(default="", repr=False)
    api: str = ""  # base address of the Bot API server; empty: Telegram's own


@dataclass(frozen=True, slots=True)
class WhatsApp:
    """How to be a business number of WhatsApp's Cloud API."""

    token: str = field(repr=False)
    number: str  # the platform's id of the number, not the number
    secret: str = field(repr=False)  # of the application: webhooks are signed with it
    verify: str = field(repr=False)
    business: str = ""
    api: str = ""


@dataclass(frozen=True, slots=True)
class Parser:
    """Where another engine is asked for labels, on this machine."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long what is held lives."""

    draft_hours: int = 72
    closed_days: int = 90
    backup_days: int = 30
    seen_days: int = 8  # a platform redelivers for a day at most, with a wide margin
    sent_hours: int = 47  # Telegram deletes messages younger than 48 hours
    alarm_minutes: int = 10


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the program is told from outside."""

    data: Path = Path("sanad-data")
    centre: Path | None = None
    service_key: str = field(default="", repr=False)
    host: str = "127.0.0.1"
    port: int = 8080
    web: bool = True
    telegram: Telegram | None = None
    whatsapp: WhatsApp | None = None
    public_url: str = ""
    rasa: Parser | None = None
    transcriber: str = ""
    semantic: bool = False  # the sense of whole messages beside their n-grams
    log: str = "info"
    lifetimes: Lifetimes = Lifetimes()

    @property
    def page(self) -> str:
        """The sealing page's address, where a messenger may open it: https, at a root; else ""."""
        # Telegram refuses the whole message for a button whose address is none.
        try:
            parts = urlsplit(self.public_url)
            known = parts.hostname and parts.port != 0
        except ValueError:
            return ""
        plain = not (parts.path or parts.query or parts.fragment or parts.username)
        there = self.web and known and plain and parts.scheme == "https"
        return f"{self.public_url}/notes" if there else ""


def load(env: Mapping[str, str]) -> Config:
    """Read ``SANAD_*``; secrets may be named by ``*_FILE``. Raises :class:`ConfigError`."""
    faults = [f"{name}: unknown variable" for name in env if _unknown(name)]
    values = {name: _value(env, name, faults) for name in VARIABLES}
    numbers = {name: _number(values, name, faults) for name in (*_LIFE, "SANAD_PORT")}
    _choices(values, faults)
    telegram = _telegram(values, faults)
    whatsapp = _whatsapp(values, faults)
    rasa = _rasa(values, faults)
    if faults:
        raise ConfigError(sorted(faults))
    return Config(
        data=Path(values["SANAD_DATA"]),
        centre=Path(values["SANAD_CENTRE"]) if values["SANAD_CENTRE"] else None,
        service_key=values["SANAD_SERVICE_KEY"],
        host=values["SANAD_HOST"],
        port=numbers["SANAD_PORT"],
        web=values["SANAD_WEB"] == "on",
        telegram=telegram,
        whatsapp=whatsapp,
        public_url=values["SANAD_PUBLIC_URL"].rstrip("/"),
        rasa=rasa,
        transcriber=values["SANAD_TRANSCRIBER"],
        semantic=values["SANAD_NLU"] == "semantic",
        log=values["SANAD_LOG"],
        lifetimes=Lifetimes(**{field: numbers[name] for name, field in _LIFE.items()}),
    )


_LIFE = {
    "SANAD_DRAFT_HOURS": "draft_hours",
    "SANAD_CLOSED_DAYS": "closed_days",
    "SANAD_BACKUP_DAYS": "backup_days",
    "SANAD_ALARM_MINUTES": "alarm_minutes",
}


def _unknown(name: str) -> bool:
    known = name in VARIABLES or name.removesuffix("_FILE") in SECRETS
    return name.startswith("SANAD_") and not known


def _value(env: Mapping[str, str], name: str, faults: list[str]) -> str:
    file = env.get(f"{name}_FILE") if name in SECRETS else None
    if file is None:
        return env.get(name) or VARIABLES[name][0]
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        faults.append(f"{name}_FILE: cannot be read")
        return ""


def _number(values: Mapping[str, str], name: str, faults: list[str]) -> int:
    try:
        number = int(values[name])
    except ValueError:
        number = -1
    if number < (0 if name == "SANAD_PORT" else 1):
        faults.append(f"{name}: a whole number above zero is needed")
    return number


def _choices(values: Mapping[str, str], faults: list[str]) -> None:
    for name, allowed in (
        ("SANAD_WEB", ("on", "off")),
        ("SANAD_TELEGRAM_MODE", ("polling", "webhook")),
        ("SANAD_NLU", ("embedded", "semantic", "rasa")),
        ("SANAD_LOG", ("debug", "info", "warning", "error")),
    ):
        if values[name] not in allowed:
            faults.append(f"{name}: one of {', '.join(allowed)} is needed")
    centre = values["SANAD_CENTRE"]
    if centre and not Path(centre).is_file():
        faults.append("SANAD_CENTRE: no such file")


def _rasa(values: Mapping[str, str], faults: list[str]) -> Parser | None:
    """Words go to it unsealed: it must be on this machine, and ask for a token."""
    if values["SANAD_NLU"] != "rasa":
        return None
    parser = parser_of(values["SANAD_RASA_URL"], values["SANAD_RASA_TOKEN"])
    if parser is None:
        faults.append("SANAD_RASA_URL: an http address of this machine is needed")
    elif not parser.token:
        faults.append("SANAD_RASA_TOKEN: a token is needed")
    return parser


def parser_of(url: str, token: str) -> Parser | None:
    """The engine at *url*, if that is on this machine."""
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port != 0
    except ValueError:
        return None
    plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    return Parser(url.rstrip("/"), token) if local and plain else None


def _telegram(values: Mapping[str, str], faults: list[str]) -> Telegram | None:
    token, secret = values["SANAD_TELEGRAM_TOKEN"], values["SANAD_TELEGRAM_SECRET"]
    if not token:
        return None
    if values["SANAD_TELEGRAM_MODE"] == "polling":
        return Telegram(token, "polling", "", values["SANAD_TELEGRAM_API"].rstrip("/"))
    if len(secret) < SHORTEST or not SECRET_SIGNS.issuperset(secret):
        faults.append("SANAD_TELEGRAM_SECRET: 16 or more of A-Z a-z 0-9 _ - are needed")
    if not values["SANAD_PUBLIC_URL"].startswith(("https://", "http://127.0.0.1")):
        faults.append("SANAD_PUBLIC_URL: an https address is needed for the webhook")
    return Telegram(token, "webhook", secret, values["SANAD_TELEGRAM_API"].rstrip("/"))


def _whatsapp(values: Mapping[str, str], faults: list[str]) -> WhatsApp | None:
    """The token goes to that address with every call: it is https, or this machine."""
    told = {name.removeprefix("SANAD_WHATSAPP_"): v for name, v in values.items()}
    if not told["TOKEN"]:
        return None
    faults += [
        f"SANAD_WHATSAPP_{name}: the platform's id is needed, digits only"
        for name, needed in (("NUMBER", True), ("BUSINESS", False))
        if (told[name] or needed) and not (told[name].isascii() and told[name].isdecimal())
    ]
    faults += [
        f"SANAD_WHATSAPP_{name}: {SHORTEST} characters or more are needed"
        for name in ("APP_SECRET", "VERIFY")
        if len(told[name]) < SHORTEST
    ]
    api = told["API"].rstrip("/")
    if not _safe(api):
        faults.append("SANAD_WHATSAPP_API: an https address is needed")
    return WhatsApp(
        told["TOKEN"], told["NUMBER"], told["APP_SECRET"], told["VERIFY"], told["BUSINESS"], api
    )


def _safe(url: str) -> bool:
    """Whether a token may travel there: encrypted, or not at all over a network."""
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port != 0
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username)
    return plain and bool(parts.hostname) and (local or parts.scheme == "https")
