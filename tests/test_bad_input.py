# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever arrives at the real command gets one JSON line with a gentle reply, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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
        command = [sys.executable, "-I", "-m", "bot", "chat", "--json", "--data", str(tmp_path / "d")]
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


@pytest.mark.parametrize("lang", ["ar", "fr"])
@pytest.mark.parametrize(
    "strange",
    [
        f"{CANARY} " + "x" * 100_000,
        "؟" * 50_000,
        "a\n" * 50_000,
        "9" * 100_000,
        f"{RTL}{CANARY}{POP} {ISOLATE}abc{LRM}",
        ZERO * 20,
        "😭" * 40,
        "\x00\x00\x00",
        f"{CANARY}\x00\x07\x1b[31m",
        "\ud800 \udfff",
        "   \t ",
        "",
        "-" * 300,
        "{receipt} {0} %s {situation}",
        "../../etc/passwd",
        "'; drop table cases; --",
    ],
    ids=[
        "100 kB", "100 kB Arabic", "lines", "digits", "overrides", "zero width", "emoji", "nul",
        "controls", "surrogates", "blank", "empty", "dashes", "holes", "path", "sql",
    ],
)  # fmt: skip
def test_strange_words_are_answered_in_the_language_of_the_conversation(talk, lang, strange):
    _, answer, after = talk({"text": STORY[lang]}, {"text": strange}, {"choose": "safe_yes"})
    assert gentle(answer, lang)
    assert gentle(after, lang)


@pytest.mark.parametrize("strange", ["😭😭😭", ZERO, "\x00", "\ud83d", RTL + POP])
def test_a_first_message_without_words_is_greeted_in_both_languages(talk, strange):
    (answer,) = talk({"text": strange})
    assert gentle(answer)
    assert "français" in text(answer)


def test_a_danger_is_found_under_overrides_and_zero_widths(talk):
    hidden = "\u200b".join(f"{RTL}bghit nmout{POP}")
    (answer,) = talk({"text": hidden})
    assert answer["urgency"] == "danger"
    assert "escalate" in answer["effects"]


def test_words_shown_again_carry_no_override_of_theirs(talk):
    answers = talk({"text": f"{STORY['fr']} {RTL}300 dh{POP}"}, {"text": "porter plainte"})
    assert not any(RTL in text(answer) for answer in answers)


@pytest.mark.parametrize(
    "line",
    [
        b"{", b"[]", b"null", b'"text"', b"{}", b'{"text": 5}', b'{"text": null}', b'{"choose": []}',
        b'{"file": 3, "kind": "photo"}', b'{"file": "x"}', b'{"file": "x", "kind": "film"}',
        b'{"text": "a", "text": {"text": "b"}}', b"\xff\xfe{", b"[" * 100_000, b'{"text": "\\ud800',
        b"NaN", b"1e999", b'{"other": true}', b'{"sticker": "x"}',
    ],
)  # fmt: skip
def test_a_line_that_nobody_can_read_is_answered_too(talk, line):
    first, answer, after = talk({"text": STORY["fr"]}, line, {"choose": "safe_yes"})
    assert gentle(first, "fr")
    assert gentle(answer, "fr")
    assert gentle(after, "fr")


@pytest.mark.parametrize("lang", ["ar", "fr"])
@pytest.mark.parametrize(
    "option",
    ["sesame", "sesame@welcome.safe", "safe_yes@no.such.node", "@", "", "a" * 5_000, "list@", "\x00",
     "sit_nothing", "want_nothing", "want_", "sit_"],
)  # fmt: skip
def test_an_unknown_button_is_answered_and_the_question_stands(talk, lang, option):
    _, answer = talk({"text": STORY[lang]}, {"choose": option})
    assert gentle(answer, lang)


def test_a_stale_button_says_so_and_does_nothing(talk):
    *_, answer = talk(
        {"text": STORY["fr"]}, *AGREED, {"choose": "evidence"}, {"choose": "safe_no@welcome.safe"}
    )
    assert gentle(answer, "fr")
    assert answer["urgency"] != "danger"
    assert answer["effects"] == []


@pytest.mark.parametrize("lang", ["ar", "fr"])
@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("empty.png", b"", "photo"),
        ("picture.png", b"MZ\x90\x00\x03" + CANARY.encode(), "photo"),
        ("voice.ogg", b"\x7fELF\x02\x01" + CANARY.encode(), "voice"),
        ("page.pdf", b"PK\x03\x04\x14\x00" + b"\0" * 40, "document"),
        ("large.pdf", b"%PDF-1.7\n" + b"\0" * (20 * 1024 * 1024), "document"),
        ("missing.png", None, "photo"),
    ],
    ids=["empty", "program", "elf", "archive", "too large", "gone"],
)
def test_a_bad_file_is_refused_with_its_reason(talk, tmp_path, lang, name, content, kind):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    *_, offered, answer = talk(
        {"text": STORY[lang]}, *AGREED, {"file": str(path), "kind": kind},
        {"choose": "file_clean"},
    )  # fmt: skip
    assert gentle(offered, lang)
    assert "refuse_file" in answer["effects"]
    assert "seal_file" not in answer["effects"]
    assert not any(file.is_file() for file in (tmp_path / "d" / "files").glob("*"))


def test_a_folder_a_device_and_a_nul_in_a_path_are_no_files(talk, tmp_path):
    for path in (str(tmp_path), "/proc/self/mem", "a\x00b", "x" * 5_000):
        *_, answer = talk(
            {"text": STORY["ar"]}, *AGREED, {"file": path, "kind": "document"},
            {"choose": "file_clean"},
        )  # fmt: skip
        assert "refuse_file" in answer["effects"]
        Path(tmp_path / "d" / "sanad.db").unlink()
        for rest in (tmp_path / "d").glob("sanad.db-*"):
            rest.unlink()


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
