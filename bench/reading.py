# SPDX-License-Identifier: AGPL-3.0-or-later
"""How fast one message is read, in process, on one core: ``python -m bench.reading``."""

import json
import time
from pathlib import Path

import nlu
from nlu.evaluate import evaluate
from nlu.phrases import Source, read

HELDOUT = Path(__file__).parent.parent / "tests" / "nlu" / "heldout"
ROUNDS = 10


def measure() -> dict[str, float | int | None]:
    """Return accuracy on the held-out phrases and microseconds per message."""
    begun = time.perf_counter()
    reader = nlu.load()
    loaded = time.perf_counter() - begun
    phrases = read([Source(file) for file in sorted(HELDOUT.glob("*.yml"))])
    scores = evaluate(reader, phrases * ROUNDS, time.perf_counter)
    return {
        "load_s": round(loaded, 3),
        "messages": scores.phrases,
        "accuracy": round(scores.accuracy, 3),
        "macro_f1": round(scores.macro_f1, 3),
        "sure_and_wrong": round(scores.sure_and_wrong, 3),
        "read_p50_us": round(scores.p50_us),
        "read_p99_us": round(scores.p99_us),
        "model_bytes": scores.model_bytes,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
