# SPDX-License-Identifier: AGPL-3.0-or-later
"""The embedded engine against Rasa's two pipelines, in one run: ``make bench-rasa``.

The same training files, the same held-out phrases, the same machine. A reading by Rasa is what
the bot would wait for: the embedded reader with Rasa's labels, asked over the loopback. Nobody
answers in Rasa's place. Run it on a machine with nothing else to do, at the least once all
have learnt; DIET learns longest. ``make bench-rasa KEPT=folder`` keeps there what Rasa has learnt
and how long it took; the next run begins with that.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

import nlu
from bench.reading import HELDOUT
from bot import workshop
from bot.beside import Beside, Rasa
from bot.cli.engine import PATIENCE, packaged
from nlu.evaluate import Reads, evaluate
from nlu.phrases import Phrase, Source, read

FILES = sorted(HELDOUT.glob("*.yml"))
PASSES = 5  # of which times are the median: one second's noise is not an engine's
SANAD = Path(sys.executable).with_name("sanad")

# A process that loads the embedded engine, reads every held-out phrase, and says what it took.
ALONE = """
import sys, time
began = time.perf_counter()
import nlu
from datetime import datetime, UTC
reader = nlu.load()
reader.read("salam", datetime.now(UTC))
print(time.perf_counter() - began)
for line in sys.stdin:
    reader.read(line, datetime.now(UTC))
print(open("/proc/self/status").read().split("VmRSS:")[1].split()[0])
"""


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Return a column of figures for each engine: all learn in *folder*, then each reads."""
    phrases = {file.stem: read([Source(file)]) for file in FILES}
    columns = {}
    learnt = {each: _learnt(each, folder) for each in workshop.PIPELINES}
    for engine, figures in _columns(phrases, learnt):
        columns[engine] = figures
        print(engine, figures, file=sys.stderr, flush=True)
    return columns


def _learnt(pipeline: str, folder: Path) -> tuple[Path, float]:
    """Return a trained model of Rasa, and the seconds it took; that of *folder* if it has one."""
    model, seconds = folder / f"{pipeline}{workshop.SUFFIX}", folder / f"{pipeline}.seconds"
    if seconds.exists():
        return model, float(seconds.read_text("utf-8"))
    began = time.perf_counter()
    workshop.train(packaged(), pipeline, model)
    trained = time.perf_counter() - began
    seconds.write_text(str(trained), "utf-8")
    print(f"{pipeline} has learnt in {trained:.0f} s", file=sys.stderr, flush=True)
    return model, trained


def _columns(
    phrases: Mapping[str, Sequence[Phrase]], learnt: Mapping[str, tuple[Path, float]]
) -> Iterator[tuple[str, dict[str, float]]]:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run([SANAD, "nlu", "train", "--to", Path(folder) / "model.npz"], check=True)
        trained = time.perf_counter() - began
    reader = nlu.load()
    lines = "\n".join(phrase.text for each in phrases.values() for phrase in each)
    told = subprocess.run(
        [sys.executable, "-c", ALONE], input=lines, capture_output=True, text=True, check=True
    )
    start, kilobytes = map(float, told.stdout.split())
    alone = {"training, s": trained, "start, s": start, "resident, MB": kilobytes * 1024 / 1e6}
    yield "embedded", alone | _read(reader, phrases)
    for pipeline, (model, seconds) in learnt.items():
        yield f"Rasa {pipeline}", {"training, s": seconds} | _rasa(model, reader, phrases)


def _rasa(
    model: Path, reader: nlu.Reader, phrases: Mapping[str, Sequence[Phrase]]
) -> dict[str, float]:
    began = time.perf_counter()
    with workshop.serve(model) as parser:
        start = time.perf_counter() - began
        with Rasa(parser.url, parser.token, patience=PATIENCE) as rasa:
            figures = _read(Beside(reader, rasa, alone=True), phrases)
        held = parser.resident() / 1e6
    return {"start, s": start, "resident, MB": held} | figures


def _read(engine: Reads, phrases: Mapping[str, Sequence[Phrase]]) -> dict[str, float]:
    varieties = {
        f"right in {variety} ({len(each)}), %": 100
        * evaluate(engine, each, time.perf_counter).accuracy
        for variety, each in phrases.items()
    }
    together = [one for each in phrases.values() for one in each]
    passes = [evaluate(engine, together, time.perf_counter) for _ in range(PASSES)]
    whole = passes[0]  # all read alike; only their times differ
    return {
        **varieties,
        f"right in all ({whole.phrases}), %": 100 * whole.accuracy,
        "macro-F1, %": 100 * whole.macro_f1,
        "in doubt, %": 100 * whole.doubted,
        "sure and wrong, %": 100 * whole.sure_and_wrong,
        "a reading, p50, ms": median(each.p50_us for each in passes) / 1000,
        "a reading, p99, ms": median(each.p99_us for each in passes) / 1000,
    }


def main() -> None:
    """Print one table."""
    with tempfile.TemporaryDirectory() as name:
        columns = measure(Path(sys.argv[1] if sys.argv[1:] else name))
    print(f"{'':28}" + "".join(f"{name:>14}" for name in columns))
    for figure in next(iter(columns.values())):
        print(f"{figure:28}" + "".join(f"{each[figure]:14.4g}" for each in columns.values()))


if __name__ == "__main__":
    main()
