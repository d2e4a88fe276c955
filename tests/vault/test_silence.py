# SPDX-License-Identifier: AGPL-3.0-or-later
"""No representation, error or trace of the vault holds a word, a key or a digit."""

from __future__ import annotations

import asyncio
import pickle
import traceback

import pyrage
import pytest

from bot.vault import demo, receipt, seal, unseal
from bot.vault.answer import read_reply
from bot.vault.faults import BadKey, Unopenable, Unreadable, VaultError
from bot.vault.service import ServiceKey

RAW = bytes(range(60, 92))
WORDS = b"canary-words-zitouna"
DIGITS = "1234567890123456789011"
SECRET = demo.COUNSELLOR.identity
SALT = b"public, per site"
PINNED = "age1rvjsrk08glsrux3d7l0hy3f5hay5l36tndn3f9avg6c5nu5xufjqxj6hwn"


def service():
    return ServiceKey(RAW)


def blob():
    return service().seal(WORDS, table="t", column="c", row="r")


async def _source():
    yield WORDS
    raise ValueError(WORDS.decode())


FAULTS = {
    "mistyped service key": lambda: ServiceKey.read(ServiceKey.spell(RAW)[:-1]),
    "short service key": lambda: ServiceKey(RAW[:31]),
    "cell elsewhere": lambda: service().open(blob(), table="t", column="c", row="other"),
    "broken delivery": lambda: service().open_delivery(seal.seal(WORDS, demo.RECOVERY.recipient)),
    "broken reply": lambda: read_reply(seal.seal(WORDS, service().delivery), service()),
    "bad identity": lambda: unseal.unseal(seal.seal(WORDS, demo.RECOVERY.recipient), SECRET + "Q"),
    "foreign identity": lambda: unseal.unseal(seal.seal(WORDS, demo.RECOVERY.recipient), SECRET),
    "case that is none": lambda: unseal.open_case(
        seal.seal(WORDS, demo.COUNSELLOR.recipient), SECRET
    ),
    "no identity": lambda: unseal.open_identity(WORDS, "passphrase"),
    "foreign receipt": lambda: receipt.root(DIGITS, SALT).open(
        seal.seal(WORDS, demo.RECOVERY.recipient)
    ),
    "identity for a recipient": lambda: seal.seal(WORDS, SECRET),
}


@pytest.mark.parametrize("name", FAULTS)
def test_errors_hold_no_secret_and_no_cause(name):
    with pytest.raises((BadKey, Unopenable, Unreadable)) as raised:
        FAULTS[name]()
    fault = raised.value
    assert isinstance(fault, VaultError)
    assert fault.__cause__ is None
    assert fault.__context__ is None or fault.__suppress_context__
    said = repr(fault) + "".join(traceback.format_exception_only(fault))
    silent(said)


def test_a_source_that_fails_is_not_quoted_by_the_vault(tmp_path):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - its own error, unchanged
        asyncio.run(seal.seal_stream(_source(), demo.RECOVERY.recipient, tmp_path / "f", 99))
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    "thing",
    [
        service(),
        receipt.root(DIGITS, SALT),
        demo.COUNSELLOR,
        seal.new_case([demo.COUNSELLOR.recipient], demo.RECOVERY.recipient),
        seal.Sealed(WORDS.hex(), 3, WORDS, 9),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_representations_hold_no_secret(thing):
    for said in (repr(thing), str(thing), f"{thing}", f"{[thing]}"):
        silent(said)
        assert "age-encryption" not in said


def test_a_service_key_does_not_travel():
    with pytest.raises(TypeError):
        pickle.dumps(service())


def silent(said):
    forms = [
        WORDS.decode(),
        WORDS.hex(),
        SECRET,
        SECRET.lower(),
        DIGITS,
        RAW.hex(),
        repr(RAW)[2:-1],
    ]
    forms += [ServiceKey.spell(RAW)[20:40], receipt.shown(DIGITS), SECRET[20:40]]
    assert not [form for form in forms if form in said]


def test_demo_keys_work_are_always_the_same_and_are_known():
    for key in (demo.COUNSELLOR, demo.RECOVERY):
        assert unseal.unseal(seal.seal(WORDS, key.recipient), key.identity) == WORDS
        assert demo.is_demo(key.recipient)
        assert demo.is_demo(f" {key.recipient.upper()}\n")
    assert demo.COUNSELLOR.recipient == PINNED
    assert demo.COUNSELLOR != demo.RECOVERY
    assert not demo.is_demo(str(pyrage.x25519.Identity.generate().to_public()))
