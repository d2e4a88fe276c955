# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever arrives at the real command gets one line with a gentle reply, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

RTL, POP, ISOLATE, LRM = "\u202e", "\u202c", "\u2067", "\u200e"
ZERO = "\u200b\u200c\u200d\u2060\ufeff"
CANARY = "Oulad Ziane Kasbat"
STORY = {
    "ar": "واحد كيهددني بتصاوري",
    "fr": "quelqu'un me menace avec mes photos",
}
AGREED = [{"choose": "safe_yes"}, {"choose": "adult"}]


@pytest.fixture
def talk(tmp_path):
    """Several lines through one ``sanad chat --json``; the last part of the answers back."""

    def lines(*given: object, expect: int | None = None) -> list[dict]:
        raw = b"".join(
            (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n"
            for line in given
        )
        command = [
            sys.executable,
            "-I",
            "-m",
            "bot",
            "chat",
            "--json",
            "--data",
            str(tmp_path / "d"),
        ]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SANAD_")}
        done = subprocess.run(
            command, input=raw, capture_output=True, timeout=60, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr.decode()
        assert done.stderr == b""
        answers = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
        assert len(answers) == (len(given) if expect is None else expect)
        assert CANARY.encode() not in b"".join(
            path.read_bytes() for path in tmp_path.rglob("sanad.db*")
        )
        return answers

    return lines


def text(answer: dict) -> str:
    return "\n".join(reply["text"] for reply in answer["replies"])


def gentle(answer: dict, lang: str = "ar") -> bool:
    """There is something to read, in the person's language, and somewhere to go from here."""
    shown = [reply for reply in answer["replies"] if reply["text"].strip()]
    direction = "rtl" if lang == "ar" else "ltr"
    return (
        bool(shown)
        and answer["lang"] == lang
        and all(reply["dir"] == direction for reply in shown)
        and bool(shown[-1]["options"])
    )


LANGS = pytest.mark.parametrize("lang", ["ar", "fr"])
NAMELESS = {
    "blank": "   \t ",
    "empty": "",
    "emoji": "😭" * 40,
    "zero width": ZERO * 20,
    "nul": "\x00\x00\x00",
    "surrogates": "\ud800 \udfff",
    "overrides": f"{RTL}{ISOLATE}{LRM}{POP}",
    "digits": "9" * 100_000,
    "dashes": "-" * 300,
    "marks": "؟" * 50_000,
    "braces": "{} {0} %% {}} <>",
}
MIXED = {
    "100 kB": "x" * 100_000,
    "lines": "a\n" * 50_000,
    "overrides": f"{RTL}{CANARY}{POP} {ISOLATE}abc{LRM}",
    "controls": f"{CANARY}\x00\x07\x1b[31m",
    "path": "../../etc/passwd",
    "sql": "'; drop table cases; --",
}


@LANGS
def test_strange_words_are_answered_in_the_language_of_the_conversation(talk, lang):
    strange = NAMELESS | {name: f"{STORY[lang]} {words}" for name, words in MIXED.items()}
    first, *answers, last = talk(
        {"text": STORY[lang]},
        *({"text": words} for words in strange.values()),
        {"choose": "human"},
    )
    assert gentle(first, lang)
    assert [n for n, a in zip(strange, answers, strict=True) if not gentle(a, lang)] == []
    assert gentle(last, lang)


def test_a_first_message_without_words_is_greeted_in_both_languages(talk):
    leave = {"choose": "quick_exit"}
    answers = talk(*(line for words in NAMELESS.values() for line in ({"text": words}, leave)))
    greeted = {
        name: gentle(answer) and "français" in text(answer)
        for name, answer in zip(NAMELESS, answers[::2], strict=True)
    }
    assert greeted == dict.fromkeys(NAMELESS, True)


@LANGS
def test_no_question_offers_the_same_button_twice(talk, lang):
    words = ["22", "blabla", STORY[lang], "hm", "9", "zzz"]
    for answer in talk(*({"text": each} for each in words)):
        for reply in answer["replies"]:
            labels = [option["label"] for option in reply["options"]]
            assert len(labels) == len(set(labels))


@pytest.mark.parametrize("danger", ["bghit nmout", "je veux mourir", "بغيت نموت"])
def test_a_danger_is_found_under_overrides_and_zero_widths(talk, danger):
    (answer,) = talk({"text": "\u200b".join(f"{RTL}{danger}{POP}")})
    assert answer["urgency"] == "danger"
    assert "escalate" in answer["effects"]


def test_words_shown_again_carry_no_override_of_theirs(talk):
    answers = talk({"text": f"{STORY['fr']} {RTL}300 dh{POP}"}, {"text": "porter plainte"})
    assert not any(RTL in text(answer) for answer in answers)


UNREADABLE = (
    b"{", b"[]", b"null", b'"text"', b"{}", b'{"text": 5}', b'{"text": null}', b'{"choose": []}',
    b'{"file": 3, "kind": "photo"}', b'{"file": "x"}', b'{"file": "x", "kind": "film"}',
    b'{"text": "a", "text": {"text": "b"}}', b"\xff\xfe{", b"[" * 100_000, b'{"text": "\\ud800',
    b"NaN", b"1e999", b'{"other": true}', b'{"sticker": "x"}', b"\x00",
)  # fmt: skip


@LANGS
def test_a_line_that_nobody_can_read_is_answered_too(talk, lang):
    first, *answers, after = talk({"text": STORY[lang]}, *UNREADABLE, {"choose": "safe_yes"})
    said = [gentle(answer, lang) for answer in (first, *answers, after)]
    assert said == [True] * (len(UNREADABLE) + 2)
    assert text(after) not in text(first)  # the question stood, and the button answered it


UNKNOWN = (
    "sesame", "sesame@welcome.safe", "evil@no.such.node", "@", "", "a" * 5_000, "@welcome.safe",
    "\x00", "sit_nothing", "want_nothing", "want_", "sit_", "safe_yes\u200b", "\ud800",
)  # fmt: skip


@LANGS
def test_an_unknown_button_is_answered_and_the_question_stands(talk, lang):
    first, *answers = talk({"text": STORY[lang]}, *({"choose": each} for each in UNKNOWN))
    asked = first["replies"][-1]
    assert [answer["replies"][-1] for answer in answers] == [asked] * len(UNKNOWN)
    assert all(gentle(answer, lang) and answer["effects"] == [] for answer in answers)


def test_a_stale_button_says_so_and_does_nothing(talk):
    *_, answer = talk(
        {"text": STORY["fr"]}, *AGREED, {"choose": "evidence"}, {"choose": "safe_no@welcome.safe"}
    )
    assert gentle(answer, "fr")
    assert answer["urgency"] != "danger"
    assert answer["effects"] == []


BAD_FILES: dict[str, tuple[bytes | None, str]] = {
    "empty.png": (b"", "photo"),
    "picture.png": (b"MZ\x90\x00\x03" + CANARY.encode(), "photo"),
    "voice.ogg": (b"\x7fELF\x02\x01\x01" + b"\0" * 64 + CANARY.encode(), "voice"),
    "page.pdf": (b"PK\x03\x04\x14\x00" + b"\0" * 40, "document"),
    "large.pdf": (b"%PDF-1.7\n" + b"\0" * (20 * 1024 * 1024), "document"),
    "missing.png": (None, "photo"),
    ".": (None, "document"),
    "x" * 5_000: (None, "document"),
}


@LANGS
def test_a_bad_file_is_refused_with_its_reason(talk, tmp_path, lang):
    lines = []
    for name, (content, kind) in BAD_FILES.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        lines += [{"file": str(tmp_path / name), "kind": kind}, {"choose": "file_clean"}]
    _, _, _, *answers = talk({"text": STORY[lang]}, *AGREED, *lines)
    assert all(gentle(answer, lang) for answer in answers[::2])
    refused = [("refuse_file" in x["effects"], "seal_file" in x["effects"]) for x in answers[1::2]]
    assert refused == [(True, False)] * len(BAD_FILES)
    assert len({text(answer) for answer in answers[1::2]}) >= 4  # each reason has its own words
    assert not any(file.is_file() for file in (tmp_path / "d" / "files").glob("*"))


def test_a_nul_in_a_path_is_no_file(talk):
    *_, answer = talk(
        {"text": STORY["ar"]}, *AGREED, {"file": "a\x00b", "kind": "document"},
        {"choose": "file_clean"},
    )  # fmt: skip
    assert "refuse_file" in answer["effects"]


def test_a_mislabelled_picture_is_taken_for_what_it_is(talk, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 64)
    *_, answer = talk(
        {"text": STORY["ar"]}, *AGREED, {"file": str(path), "kind": "document"},
        {"choose": "file_clean"},
    )  # fmt: skip
    assert "seal_file" in answer["effects"]


def test_no_line_at_all_is_no_fault(talk):
    assert talk(b"", b"", expect=0) == []
