# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures of an evaluation as one page of HTML that needs nothing else: no script, no address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template

from nlu.evaluate import Outcome
from nlu.figures import SHARES, Figures, Share
from nlu.labels import INTENTS, SITUATIONS, VARIETIES

PHRASES = 200  # that were read wrong; more is not read by anybody
DARK = 0.6


def page(found: Sequence[Outcome], figures: Figures) -> str:
    """The whole report on *found*."""
    template = Template(files("bot.cli").joinpath("nlu_report.html").read_text("utf-8"))
    return template.substitute(
        phrases=len(found),
        shares="".join(_card(said, getattr(figures, name)) for name, said in SHARES.items()),
        varieties="".join(_share_row(name, each) for name, each in figures.varieties.items()),
        risks=_risks(figures),
        cells=_cells(figures),
        heat=_heat(found),
        pairs="".join(
            f"<li>{escape(pair.label)} read as <b>{escape(pair.read_as)}</b>"
            f" <small>{pair.share.hits} of {pair.share.n}</small></li>"
            for pair in figures.pairs
        ),
        wrong="".join(map(_wrong, figures.wrong[:PHRASES])),
    )


def _card(said: str, share: Share) -> str:
    if not share.n:
        return ""
    return f"<div><b>{share.value:.1%}</b>{said}<br><small>{_bounds(share)}</small></div>"


def _bounds(share: Share) -> str:
    low, high = share.bounds
    return f"{low:.1%} to {high:.1%}, n&nbsp;{share.n}"


def _share_row(name: str, share: Share) -> str:
    return f"{_head(name)}<td>{share.value:.1%}<td>{_bounds(share)}"


def _head(name: str) -> str:
    return f'<tr><th scope="row">{escape(name)}'


def _risks(figures: Figures) -> str:
    if not figures.risks:
        return ""
    rows = "".join(
        f"{_head(risk)}<td>{score.f1:.3f}<td>{score.heard.value:.1%}<td>{_bounds(score.heard)}"
        f"<td>{score.false_alarms.value:.1%}<td>{_bounds(score.false_alarms)}"
        for risk, score in figures.risks.items()
    )
    names = ("F1", "heard", "95&nbsp;% bounds", "false alarms", "95&nbsp;% bounds")
    return f'<h2>Risks</h2><div class="wide"><table>{_columns(names)}{rows}</table></div>'


def _columns(names: Iterable[str]) -> str:
    cells = "".join(f"<th>{name}" for name in names)
    return f'<thead><tr><th scope="row">{cells}</thead>'


def _cells(figures: Figures) -> str:
    told = {variety for _, variety in figures.cells}
    columns = [name for name in VARIETIES if name in told]
    rows = []
    for label in _ordered({label for label, _ in figures.cells}):
        shares = (figures.cells.get((label, name)) for name in columns)
        rows.append(_head(label) + "".join(map(_cell, shares)))
    return _columns(columns) + "".join(rows)


def _cell(share: Share | None) -> str:
    if share is None:
        return "<td>"
    return _shaded("wrong", 1 - share.value, f"{share.hits}/{share.n}", "")


def _heat(found: Sequence[Outcome]) -> str:
    taken = Counter((each.phrase.label, each.reading.label) for each in found)
    labels = _ordered({label for pair in taken for label in pair})
    support = Counter(each.phrase.label for each in found)
    rows = []
    for at, label in enumerate(labels, 1):
        cells = []
        for other in labels:
            times = taken[label, other]
            if not times:
                cells.append("<td>")
                continue
            kind = "right" if label == other else "wrong"
            title = f"{label} read as {other}: {times} of {support[label]}"
            cells.append(_shaded(kind, times / support[label], str(times), title))
        rows.append(_head(f"{at} {label}") + "".join(cells))
    return _columns(str(at) for at in range(1, len(labels) + 1)) + "".join(rows)


def _shaded(kind: str, heat: float, text: str, title: str) -> str:
    """A cell as dark as *heat* (0 to 1) says; what is there at all can be seen."""
    shade = 0.15 + 0.85 * heat if heat else 0
    dark = " dark" if shade > DARK else ""
    told = f' title="{escape(title)}"' if title else ""
    return f'<td class="{kind}{dark}" style="--heat:{shade:.2f}"{told}>{text}'


def _ordered(labels: Iterable[str]) -> list[str]:
    """*labels* as the vocabulary has them, strange ones behind."""
    place = {label: at for at, label in enumerate((*SITUATIONS, *INTENTS))}
    return sorted(labels, key=lambda label: (place.get(label, len(place)), label))


def _wrong(each: Outcome) -> str:
    reading = each.reading
    doubt = ", in doubt" if reading.doubt else ""
    return (
        f'<li><span class="said" dir="auto">{escape(each.phrase.text)}</span>'
        f"<small>{escape(each.phrase.label)}, read as <b>{escape(reading.label)}</b>"
        f" {reading.confidence:.2f}{doubt}, then {escape(reading.runner_up)}</small></li>"
    )
