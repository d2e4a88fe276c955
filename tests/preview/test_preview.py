# SPDX-License-Identifier: AGPL-3.0-or-later
"""The site that reviewers read: complete, whole, and in need of nothing but a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest

import content
from bot.app import script_of
from bot.message import Option
from bot.preview import write
from bot.preview.texts import Text, reading
from bot.preview.whatsapp import Line, screens
from flows import graph
from nlu import SITUATIONS

NOW = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalog():
    return content.load()


@pytest.fixture(scope="module")
def script(catalog):
    return script_of(catalog)


@pytest.fixture(scope="module")
def site(tmp_path_factory, catalog, script):
    folder = tmp_path_factory.mktemp("site")
    write(folder, catalog, script, NOW)
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path.name: path.read_text(encoding="utf-8") for path in site.glob("*.html")}


def _spaceless(text):
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", text)))


def test_every_text_stands_there_in_every_language(pages, catalog):
    for lang in catalog.languages:
        for key, said in catalog.texts[lang].items():
            page = _spaceless(pages[f"texts-{key.partition('.')[0]}.html"])
            assert _spaceless(re.sub(r"[{}]", "", said)) in page, (lang, key)


def test_quote_marks_keep_to_their_words_as_in_the_chat(pages, catalog):
    assert catalog.tongues["fr"].quotes[0] == "«"
    for name, page in pages.items():
        if name.startswith(("texts-", "flow-")):
            assert not re.search(r"« | »", page), name


def test_a_long_address_breaks_instead_of_widening_the_page(site):
    style = (site / "style.css").read_text(encoding="utf-8")
    assert re.search(r"\bdd \{[^}]*overflow-wrap: anywhere", style)


def test_an_approved_message_stands_there_with_its_buttons(pages, catalog):
    page = pages["texts-templates.html"]
    for one in catalog.templates.values():
        article = page.partition(f'id="{one.key}"')[2].partition("</article>")[0]
        for lang in catalog.languages:
            for label in one.buttons:
                assert f'<span class="button">{catalog.texts[lang][label]}</span>' in article
        assert {"utility": "utilitaire", "marketing": "diffusion"}[one.category] in article


def test_every_node_stands_there_and_says_what_it_says(pages, script):
    for name in script.nodes:
        flow, _, short = name.partition(".")
        assert f'id="{short}"' in pages[f"flow-{flow}.html"], name
        assert f'href="#{short}"' in pages[f"flow-{flow}.html"].partition("</svg>")[0], name


def _phone(pages, flow, node, lang, kind):
    """What one phone of a node shows: up to the next phone, or to the end of the node."""
    article = pages[f"flow-{flow}.html"].partition(f'id="{node}"')[2].partition("</article>")[0]
    begin = article.partition(f'<div class="phone {kind}" lang="{lang}"')[2]
    return begin.partition('<div class="phone ')[0].partition('<ul class="ways">')[0]


def _buttons(html):
    return re.findall(r'<span class="button">([^<]*)', html)


def loosened(text):
    """The words, whatever keeps the quote marks beside them."""
    return re.sub("[\u00a0\u202f]", " ", text)


def test_whatsapp_stands_beside_telegram_with_its_buttons_or_its_list(pages, catalog):
    for lang in catalog.languages:
        labels = catalog.texts[lang]
        three = [labels[f"label.safe_{x}"] for x in ("no", "yes", "seen")]
        green = _phone(pages, "welcome", "safe", lang, "green")
        assert _buttons(green) == three
        assert labels["talk.safe_whatsapp"] in loosened(unescape(green))
        assert 'class="opener"' not in green
        main = _phone(pages, "welcome", "safe", lang, "main")
        assert _buttons(main) == [*three, labels["label.quick_exit"]]
        every = _phone(pages, "welcome", "list", lang, "green")
        assert every.count(labels["label.choose"]) == 2
        assert len(_buttons(every)) == len(SITUATIONS)


def test_the_preview_merges_no_more_than_whatsapp_takes_in_one_bubble():
    short, long = (Line(text_of(length), "") for length in (100, 1000))
    options = (Option("yes", "Oui"),)
    [one] = screens([short, short], options, "fr", "ltr", "Choisir")
    assert (len(one.lines), one.buttons) == (2, ("Oui",))
    first, last = screens([long, short], options, "fr", "ltr", "Choisir")
    assert (first.lines, first.buttons) == ((long,), ())
    assert (last.lines, last.buttons) == ((short,), ("Oui",))


def text_of(length):
    said = {"fr": "x" * length}
    return Text("a.b", said, {}, (), None)


def test_every_fact_stands_there_with_its_sources(pages, catalog):
    for ident in catalog.facts:
        assert f'id="{ident}"' in pages["facts.html"]
    assert pages["facts.html"].count("<article") == len(catalog.facts)
    assert "https://adala.justice.gov.ma" in pages["facts.html"]


def test_a_caution_is_read_in_the_languages_of_the_reviewers(pages, catalog):
    careful = [fact for fact in catalog.facts.values() if fact.caution]
    assert careful
    for fact in careful:
        for lang in ("ar", "fr"):
            assert fact.cautions[lang] in unescape(pages["facts.html"])
            assert fact.cautions[lang] != fact.caution


def test_what_a_person_must_verify_is_on_the_first_page(pages):
    waiting = set(re.findall(r'class="fact waiting" id="([^"]+)"', pages["facts.html"]))
    assert waiting
    assert all(f'href="facts.html#{ident}"' in pages["index.html"] for ident in waiting)


def test_every_link_leads_somewhere(site, pages):
    for name, page in pages.items():
        for target in re.findall(r'href="([^"#]*)(?:#([^"]*))?"', page):
            file, anchor = target
            if file.startswith("http"):
                continue
            assert (site / (file or name)).is_file(), (name, target)
            if anchor and file.endswith(".html"):
                assert f'id="{unescape(anchor)}"' in pages[file], (name, target)


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(pages, site):
    every = "".join(pages.values()) + (site / "style.css").read_text()
    assert "<script" not in every
    assert not re.search(r'(?:src|url\()\s*=?\s*["\']?https?:', every)
    assert re.findall(r"<link[^>]*>", pages["index.html"]) == [
        '<link rel="stylesheet" href="style.css">'
    ]


def test_arabic_reads_from_the_right(pages):
    assert 'lang="ar" dir="rtl"' in pages["texts-answer.html"]
    assert 'lang="fr" dir="ltr"' in pages["texts-answer.html"]


def test_the_dossier_is_there_to_be_read(site, catalog):
    for lang in catalog.languages:
        assert (site / f"dossier.{lang}.pdf").read_bytes().startswith(b"%PDF-")


def test_the_measure_knows_easy_from_hard():
    easy = "Ne payez pas. Gardez tout. Parlez à une personne."
    hard = (
        "Conformément aux dispositions susmentionnées, l'établissement responsable procède "
        "systématiquement à l'identification préalable des destinataires concernés"
    )
    assert reading(easy).ease == "easy"
    assert reading(hard).ease == "hard"
    assert reading(easy).longest == 4


def test_a_graph_names_every_node_and_every_way(script):
    for flow in graph.flow_names(script):
        drawn = graph.mermaid(script, flow)
        assert drawn.startswith("flowchart TD\n")
        for name in script.nodes:
            if graph.flow_of(name) == flow:
                assert name.replace(".", "__") in drawn
        assert len(re.findall("-->", drawn)) == len(list(graph.edges(script, flow)))
