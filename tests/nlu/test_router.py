# SPDX-License-Identifier: AGPL-3.0-or-later
import pytest

# The last column says where the line comes from: "own", or the public source and its licence.
FIRST = [
    ("salam wa7ed kayhddni b tsawri 3la insta", "ar", "arabizi", "own"),
    ("عطيت تيليفوني يتصاوب", "ar", "darija", "own"),
    ("أريد تقديم شكوى ضد شخص يهددني", "ar", "msa", "own"),
    ("Bonjour, on m'a volé mes photos", "fr", "fr", "own"),
    ("jsuis trop mal la", "fr", "fr", "own"),
    ("oui", "fr", "fr", "own"),
    ("bah non", "fr", "fr", "own"),
    ("merci beaucoup", "fr", "fr", "own"),
    ("wakha", "ar", "arabizi", "own"),
    ("chokran bzaf", "ar", "arabizi", "own"),
    ("شكرا", "ar", None, "own"),
    ("bgit nmout", "ar", "arabizi", "own"),
    ("en finir", "fr", "fr", "own"),
    ("danger immédiat", "fr", "fr", "own"),
    ("réinitialiser instagram", "fr", "fr", "own"),
    ("clé usb", "fr", "fr", "own"),
    ("réinitialiser gmail", "fr", "fr", "own"),
    ("vidéo dyali", "ar", "arabizi", "own"),
    ("kifach nsupprimi l compte dyali", "ar", None, "own"),
    ("l compte dyali tpirata", "ar", None, "own"),
    ("كيدير ليا chantage b les photos sur instagram et facebook", "ar", "mixed", "own"),
    ("mon voisin محمد a publié ma vidéo", "fr", "mixed", "own"),
    ("je ne veux pas que ma famille le sache, كريم me menace", "fr", "mixed", "own"),
    ("I speak Arabic and French; here are the numbers you asked me for", "other", None, "own"),
    ("Hola, necesito ayuda, alguien quiere publicar mis fotos por favor", "other", None, "own"),
    ("hola me estan chantajeando con fotos y no sé qué hacer", "other", None, "own"),
    ("Hola, un hombre me amenaza con publicar mis fotos, no sé qué hacer", "other", None, "own"),
    ("ayuda, alguien tiene mis fotos y quiere dinero", "other", None, "own"),
    ("casino en ligne, casino en ligne, casino en ligne", "fr", None, "fr"),
    ("Привет, помогите", "other", None, "own"),
    ("Personne ne connaît son nom.", "fr", "fr", "Tatoeba, CC BY 2.0 FR"),
    ("imkan lina ndoro bla tachi hadaf", "ar", "arabizi", "DODa, MIT"),
    ("kifach 3erfo rqmi", "ar", "arabizi", "own"),
]


@pytest.mark.parametrize(("text", "language", "variety", "source"), FIRST)
def test_the_reply_speaks_the_language_that_was_written(read, text, language, variety, source):
    reading = read(text)
    assert reading.language == language, source
    assert reading.signal
    if variety is not None:
        assert reading.variety == variety


@pytest.mark.parametrize("held", ["ar", "fr"])
@pytest.mark.parametrize("text", ["ok", "2511", "😭", "", "photos", "la", "cv", "...", "?", "17"])
def test_a_message_without_signal_keeps_the_language_of_the_conversation(read, text, held):
    reading = read(text, language=held)
    assert reading.language == held
    assert not reading.signal


@pytest.mark.parametrize("text", ["ok", "2511", "cv"])
def test_a_first_message_without_signal_is_answered_in_arabic(read, text):
    assert read(text).language == "ar"


def test_the_language_may_change_in_the_middle(read):
    assert read("je préfère continuer en français", language="ar").language == "fr"
    assert read("بغيت نهضر بالدارجة", language="fr").language == "ar"


def test_the_general_detector_says_the_same_twice(read):
    text = "Ich brauche Hilfe, jemand hat mein Konto gehackt und will Geld von mir haben"
    assert len({read(text).language for _ in range(5)}) == 1


@pytest.mark.parametrize("held", ["ar", "fr"])
@pytest.mark.parametrize(
    "text", ["@sami_maroc_99", "t.me/groupe_x", "https://www.facebook.com/x.y", "a.b@example.org"]
)
def test_a_handle_or_a_link_changes_no_language_and_tells_nothing(read, text, held):
    reading = read(text, language=held)
    assert (reading.language, reading.signal, reading.labels) == (held, False, ())
