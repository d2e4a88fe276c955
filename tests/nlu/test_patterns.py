# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every entry of the pattern files is held to its own examples, on both sides of its edge."""

import pytest

from nlu.features import split
from nlu.grammar import Rule
from nlu.labels import RISKS, SIGNS
from nlu.net import Net
from nlu.normalize import normalize
from nlu.patterns import CRY, HINT, entries, net


def names(text, using=None):
    words = split(normalize(text))
    found = (using or net()).hear(words)
    return {name.removesuffix(HINT).removesuffix(CRY) for name in found}


EXAMPLES = [(entry.name, text) for entry in entries() for text in entry.examples]
COUNTER = [(entry.name, text) for entry in entries() for text in entry.counter]


@pytest.mark.parametrize(("name", "text"), EXAMPLES)
def test_an_example_is_found(name, text):
    assert name in names(text)


@pytest.mark.parametrize(("name", "text"), COUNTER)
def test_a_counter_example_is_not(name, text):
    assert name not in names(text)


def test_every_entry_is_of_the_closed_vocabularies_and_shows_both_sides():
    for entry in entries():
        assert entry.name in {*RISKS, *SIGNS}
        assert entry.examples, entry.name
        assert entry.counter, entry.name
    assert {entry.name for entry in entries()} >= {*RISKS, *SIGNS}


SELF_HARM = [
    "salam, ex dyali nchr tsawri f insta w ana daba ma b9it baghya n3ich ma kanakol ma kan3ess",
    "واحد كيهددني من شهر وأنا عييت من هاد الحياة",
    "J'ai tout perdu à cause de cette vidéo, je pense à en finir ce soir",
    "خويا بغا ينتحر حيت نشرو ليه الفيديو",
    "ma copine veut se suicider depuis qu'il a publié ses photos",
    "BGHIT NMOOOOUT",
    "بـغـيـت نـمـوت",
    "je v me suicider",
    "ana ghadi nanta7ir",
    "j'ai envie de mourrir",
    "tout le monde serait mieux sans moi",
    "n9tel rassi 7sen liya",
]
PHYSICAL = [
    "راجلي حابسني فالدار وخدا ليا التيليفون",
    "mon frère a juré de me tuer si la vidéo sort",
    "3ndo jnwi w ghadi yji 3ndi l dar",
    "il m'a étranglée hier soir",
    "yhddni bl9tel ila mchit l boulis",
    "il m'attend devant chez moi",
    "غادي نمشي نتلاقا معاه باش يعطيني التصاور",
    "darna ila chafo had tsawr ghay9tlouni",
    "ils m'ont enfermée dans une chambre",
    "يهددني بالذبح إن لم أدفع",
    "quelqu'un me suit partout depuis lundi",
]
NO_DANGER = [
    "je suis mort de rire mdr",
    "قتلني الضحك",
    "متت بالضحك",
    "kanmout 3lik a khouya",
    "ghadi i9telni baba",
    "mes parents vont me tuer",
    "mama ghat9telni ila t3ttelt",
    "je ne veux pas mourir",
    "لا أريد أن أموت",
    "il me suit sur insta depuis longtemps",
    "ce boulot me tue",
    "j'ai tué le temps en attendant",
    "il a publié mes photos intimes hier",
    "كيهددني بنشر صوري",
    "bghit nms7 l compte dyali",
    "je suis morte de honte",
    "il menace de tout montrer à ma famille",
    "bonjour",
    "la batterie de mon téléphone est morte",
    "mon téléphone est mort",
    "je veux vivre tranquille",
    "واش خاصني نخلص؟",
]


@pytest.mark.parametrize("text", SELF_HARM)
def test_self_harm_is_heard(text):
    assert "self_harm" in names(text)


@pytest.mark.parametrize("text", PHYSICAL)
def test_physical_danger_is_heard(text):
    assert "physical_danger" in names(text)


@pytest.mark.parametrize("text", NO_DANGER)
def test_a_manner_of_speaking_is_no_danger(text):
    assert not names(text) & {"self_harm", "physical_danger"}


@pytest.mark.parametrize("text", [*SELF_HARM[:4], *PHYSICAL[:4]])
def test_danger_is_heard_at_the_end_of_a_very_long_story(text):
    assert names(text) <= names("bla bla. " * 9000 + text) | names(text)
    assert names("bla bla. " * 9000 + text) & {"self_harm", "physical_danger"}


GRAMMAR = Net(
    [
        Rule("gap", "one .. two"),
        Rule("near", "un deux"),
        Rule("stem", "menac*"),
        Rule("spread", "n{9,q}tel"),
        Rule("either", "chat|petit_chien noir?"),
        Rule("alone", "^ exit $"),
        Rule("listed", "@animals mange"),
        Rule("guarded", "peur", group=1),
        Rule("guarded", "sans peur", voids=True, group=1),
        Rule("needing", "danger", needs="animals"),
        Rule("unless", "silence", without="animals"),
    ],
    {"animals": ["chat", "grand ours"]},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two", {"gap"}),
        ("one a b two", {"gap"}),
        ("one a b c two", set()),
        ("one. two", set()),
        ("one, two", {"gap"}),
        ("un deux", {"near"}),
        ("un x deux", set()),
        ("menacée", {"stem"}),
        ("nqtel", {"spread"}),
        ("petit chien", {"either"}),
        ("exit", {"alone"}),
        ("exit!", {"alone"}),
        ("exit non", set()),
        ("grand ours mange", {"listed"}),
        ("peur", {"guarded"}),
        ("sans peur", set()),
        ("sans peur mais peur", {"guarded"}),
        ("danger", set()),
        ("danger, grand ours", {"needing"}),
        ("silence", {"unless"}),
        ("silence grand ours", set()),
    ],
)
def test_the_grammar_of_patterns(text, expected):
    assert names(text, GRAMMAR) - ({"either"} if "chat" in text else set()) == expected
