# SPDX-License-Identifier: AGPL-3.0-or-later
"""The built wheel, alone in an empty environment and an empty folder, answers as it should.

Run by ``make wheel``; not a test of pytest's, which would find the checkout beside it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")
LOCKED = ROOT / "requirements" / "run.txt"

# What no import would miss, but somebody who writes to the bot would.
INSIDE = (
    r"bot/static/index\.html",
    r"bot/static/bye\.html",
    r"bot/static/door\.html",
    r"bot/static/licences\.txt",
    r"bot/static/assets/[\w-]+\.js",
    r"bot/static/assets/[\w-]+\.css",
    r"nlu/model/model\.npz",
    r"nlu/data/.+\.yml",
    r"nlu/data/convolution\.npz",
    r"flows/.+\.yaml",
    r"content/facts\.yaml",
    r"content/ar/.+\.yaml",
    r"content/fr/.+\.yaml",
    r"content/ar/words\.txt",
    r"sanad-[\w.]+\.dist-info/licenses/LICENSE",
)
OUTSIDE = r"tests/|web/|bench/|.*\.pyc|.*\.db|.*\.key|.*/\.[^/]*"

TALK = (
    {"text": "Bonjour, un inconnu menace d'envoyer mes photos à ma famille sur Instagram"},
    {"text": "oui je suis en sécurité"},
    {"text": "j'ai 25 ans"},
    {"text": "je veux porter plainte"},
    {"text": "c'est bon, envoyez"},
)
RECEIPT = re.compile(r"(?:\d{4} ){5}\d{2}")
LANGUAGES = {"wa7ed kayhddni b tsawri": "ar", "كيهددني بتصاوري": "ar", "on me menace": "fr"}


def main() -> None:
    """Build, install, ask; the first thing that is not as it should be ends it."""
    with tempfile.TemporaryDirectory(prefix="sanad-wheel-") as name:
        place = Path(name)
        wheel = build(place / "dist")
        complete(wheel)
        sanad = installed(wheel, place / "venv")
        elsewhere = place / "elsewhere"
        elsewhere.mkdir()
        answers(sanad, elsewhere)
        leftovers = sorted(path.name for path in elsewhere.iterdir())
        check(not leftovers, f"it left something behind: {leftovers}")
    print(f"{wheel.name}: complete, and answers alone")  # noqa: T201 - what make shows


def build(to: Path) -> Path:
    """The wheel, made by the locked hatchling: nothing is fetched."""
    run((UV, "build", "--wheel", "--quiet", "--offline", "--no-build-isolation",
         "--python", sys.executable, "--out-dir", to, ROOT), ROOT)  # fmt: skip
    [wheel] = to.glob("*.whl")
    return wheel


def complete(wheel: Path) -> None:
    """Nothing needed is missing, nothing private or local came along."""
    names = zipfile.ZipFile(wheel).namelist()
    missing = [wanted for wanted in INSIDE if not any(re.fullmatch(wanted, n) for n in names)]
    check(not missing, f"missing in the wheel: {missing}")
    stray = [name for name in names if re.fullmatch(f"(?:{OUTSIDE}).*", name)]
    check(not stray, f"astray in the wheel: {stray}")


def installed(wheel: Path, environment: Path) -> Path:
    """The command ``sanad`` in a new environment that holds the locked packages and the wheel."""
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    run((UV, "pip", "sync", "--quiet", "--python", python, "--require-hashes", LOCKED), ROOT)
    run((UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel),
        ROOT)  # fmt: skip
    where = "import bot, nlu, flows, content; print(bot.__file__)"
    found = run((python, "-I", "-c", where), environment)
    check(environment.as_posix() in found, "bot was not imported from the wheel")
    return environment / "bin" / "sanad"


def answers(sanad: Path, cwd: Path) -> None:
    """Each command that a newcomer tries first does what it says."""
    check("demo" in run((sanad, "--help"), cwd), "sanad --help names no demo")
    check("no fault" in run((sanad, "check"), cwd), "sanad check is not content")
    read = lines(run((sanad, "read", "--json"), cwd, "\n".join(LANGUAGES)))
    check([one["language"] for one in read] == list(LANGUAGES.values()), "languages misread")
    check(all(one["label"] == "threat_to_publish" for one in read), "situations misread")
    said = "\n".join(json.dumps(line) for line in TALK)
    turns = lines(run((sanad, "chat", "--json"), cwd, said))
    check(len(turns) == len(TALK), "not one answer a line")
    check(turns[-1]["effects"].count("receipt") == 1, "the complaint was not lodged")
    spoken = "\n".join(reply["text"] for reply in turns[-1]["replies"])
    check(RECEIPT.search(spoken) is not None, "no receipt was shown")
    phones = run((sanad, "demo", "--standins"), cwd, fails=True)
    check("works in a clone" in phones, "demo --standins does not say that it needs a clone")


def lines(output: str) -> list[dict[str, Any]]:
    """One JSON object a line."""
    return [json.loads(line) for line in output.splitlines()]


def run(command: Sequence[Path | str], cwd: Path, said: str = "", *, fails: bool = False) -> str:
    """What a command wrote; its complaint ends everything. No variable of ours reaches it.

    ``fails``: it must end with 1, and what it complains of is given.
    """
    ours = ("SANAD_", "PYTHON", "VIRTUAL_ENV", "COV_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, input=said, text=True,
        encoding="utf-8", capture_output=True, check=False, timeout=600,
    )  # fmt: skip
    if fails:
        check(done.returncode == 1, f"{command[0]} {command[1]} should have failed")
        return done.stderr
    check(done.returncode == 0, f"{command[0]} {command[1]} failed:\n{done.stderr}{done.stdout}")
    return done.stdout


def check(fine: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    """End everything with a sentence, unless all is well."""
    if not fine:
        sys.exit(f"wheel: {otherwise}")


if __name__ == "__main__":
    main()
