# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nothing that the bot can ask is out of reach on a channel, and no word of it is cut."""

from __future__ import annotations

import pytest

from bot.app import script_of
from bot.channels import Message, Option
from bot.channels import telegram_shape as telegram
from bot.channels import whatsapp_shape as whatsapp
from bot.channels.whatsapp import WhatsApp
from bot.render import Standing, render
from bot.web.chat import OPTION_BYTES
from nlu import SITUATIONS
from tests.golden.scenes import LANGS
from tests.parity.telegram import seen as seen_on_telegram
from tests.parity.told import paged
from tests.parity.whatsapp import seen as seen_on_whatsapp
from tests.service.house import plain
from tests.standins.graph_referee import judge as meta_takes

LONG = 200  # more buttons than any question has


@pytest.fixture(scope="module")
def script(catalog):
    return script_of(catalog)


@pytest.fixture(scope="module")
def asked(catalog, script):
    """Every question with all the buttons that it can ever show, in each language."""

    def message(name, node, lang):
        own = [(c.id, c.label) for c in node.choices]
        if node.situations:
            own = [(f"sit_{one}", f"label.sit_{one}") for one in SITUATIONS]
        keys = [script.key(line.key, None) for line in node.ask]
        texts = [key for key in keys if catalog.has(key)] or ["talk.what"]
        body = {"texts": texts, "options": own, "at": name, "lang": lang}
        return render(catalog, body, Standing())

    return [
        message(name, node, lang)
        for lang in LANGS
        for name, node in script.nodes.items()
        if node.choices or node.situations
    ]


def on_whatsapp(message: Message) -> list[Message]:
    bodies = [whatsapp.shape("212600000001", part) for part in WhatsApp.parts(message)]
    return list(paged(seen_on_whatsapp(meta_takes(body)) for body in bodies))


def on_telegram(message: Message) -> list[Message]:
    return [seen_on_telegram(body) for body in telegram.shape("1", message)]


def taps(bubbles: list[Message]) -> list[tuple[str, str]]:
    return [(o.id, plain(o.label)) for bubble in bubbles for o in bubble.options]


def words(bubbles: list[Message]) -> list[str]:
    return plain(" ".join(bubble.text for bubble in bubbles)).split()


@pytest.mark.parametrize("on", [on_whatsapp, on_telegram])
def test_every_button_of_every_question_is_there_with_its_whole_label(asked, on):
    for message in asked:
        wanted = [(o.id, plain(o.label)) for o in message.options]
        assert taps(on(message)) == wanted
        assert words(on(message)) == plain(message.text).split()


def test_the_page_takes_back_what_every_button_sends(asked):
    for message in asked:
        assert all(0 < len(o.id.encode()) <= OPTION_BYTES for o in message.options)


def test_more_than_ten_buttons_go_on_in_another_list(asked):
    long = [m for m in asked if len(m.options) > whatsapp.LIMITS.options]
    assert long
    for message in long:
        parts = WhatsApp.parts(message)
        assert next(len(part.options) for part in parts if part.options) == whatsapp.LIMITS.options
        assert taps(on_whatsapp(message)) == [(o.id, plain(o.label)) for o in message.options]


@pytest.mark.parametrize("count", [1, 3, 4, 10, 11, 25, LONG])
@pytest.mark.parametrize("side", ["rtl", "ltr"])
def test_any_number_of_buttons_can_be_reached_on_whatsapp(count, side):
    options = tuple(Option(f"o{n}@a.b", f"Réponse {n}") for n in range(count))
    message = Message("Une question ?", options, "fr", side, pick="Choisir")
    assert taps(on_whatsapp(message)) == [(o.id, o.label) for o in options]


def test_every_text_arrives_whole_on_every_channel(catalog):
    for lang in catalog.languages:
        side = "rtl" if catalog.rtl(lang) else "ltr"
        for key in catalog.keys:
            said = catalog.texts[lang][key]
            under = (Option("menu", "Menu"), Option("human", "Humain"))
            for options in ((), under):
                message = Message(said, options, lang, side)
                for on in (on_whatsapp, on_telegram):
                    assert words(on(message)) == plain(said).split(), (key, lang, on.__name__)


def test_are_you_safe_is_three_buttons_on_whatsapp_danger_first(catalog, script):
    node = script.nodes["welcome.safe"]
    for lang in LANGS:
        own = [(c.id, c.label) for c in node.choices if c.id != "quick_exit"]
        body = {
            "texts": ["talk.safe_whatsapp"],
            "options": own,
            "at": "welcome.safe",
            "lang": lang,
        }
        [bubble] = WhatsApp.parts(render(catalog, body, Standing()))
        asked = whatsapp.shape("212600000001", bubble)["interactive"]
        assert asked["type"] == "button"
        assert asked["action"]["buttons"][0]["reply"]["id"] == "safe_no@welcome.safe"
