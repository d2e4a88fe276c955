# SPDX-License-Identifier: AGPL-3.0-or-later
"""No text advises what could hurt, promises what nobody can, or blames."""

import pytest

import content

BAD = [
    ("fr", "Ne répondez pas, payez.", "advises to pay: 'payez'"),
    ("fr", "Supprimez la discussion.", "advises to delete: 'Supprimez'"),
    ("fr", "Rencontrez-le en public.", "advises to meet: 'Rencontrez-le'"),
    ("fr", "Enregistrez ses appels.", "advises to record in secret: 'Enregistrez ses'"),
    ("fr", "Menacez-le à votre tour.", "advises to retaliate: 'Menacez'"),
    ("fr", "Envoyez-nous la photo.", "asks for an image: 'Envoyez-nous la photo'"),
    ("fr", "Rien ne sera publié.", "promises what nobody can: 'Rien ne sera publié'"),
    ("fr", "Pourquoi avez-vous dit oui ?", "blames: 'Pourquoi avez'"),
    ("fr", "Vous êtes seul.", "marks a gender or names somebody a victim: 'Vous êtes seul'"),
    ("ar", "ادفع المبلغ.", "advises to pay: 'ادفع'"),
    ("ar", "احذف الرسائل.", "advises to delete: 'احذف'"),
    ("ar", "قابله في مقهى.", "advises to meet: 'قابله'"),
    ("ar", "سجل مكالماته.", "advises to record in secret: 'سجل مكالماته'"),
    ("ar", "انتقم منه.", "advises to retaliate: 'انتقم'"),
    ("ar", "أرسل لنا الصورة.", "asks for an image: 'أرسل لنا الصورة'"),
    ("ar", "لن ينشر شيئا.", "promises what nobody can: 'لن ينشر'"),
    ("ar", "هذا خطؤك.", "blames: 'خطؤك'"),
    ("ar", "1. دفع المبلغ مرة واحدة.", "advises to pay: '1. دفع المبلغ'"),
    ("ar", "1. حذف كل المحادثة.", "advises to delete: '1. حذف كل المحادثة'"),
    ("ar", "2. لقاء في مكان عام.", "advises to meet: '2. لقاء'"),
    ("ar", "3. تسجيل مكالماته.", "advises to record in secret: '3. تسجيل مكالم'"),
    ("ar", "4. نشر اسمه للجميع.", "advises to retaliate: '4. نشر اسمه'"),
    ("ar", "5. إرسال الصورة إلى هنا.", "asks for an image: '5. إرسال الصورة إلى هنا'"),
    ("ar", "لا ترسل شيئا.", "speaks to one gender: 'لا ترسل'"),
    ("ar", "اضغطي على الزر.", "speaks to one gender: 'اضغطي'"),
]
GOOD = {
    "fr": "Ne payez pas, n'effacez rien et ne le menacez pas.",
    "ar": "لا دفع ولا حذف. هذا ليس خطؤك.",
}


@pytest.mark.parametrize(("lang", "text", "fault"), BAD)
def test_each_bad_advice_is_named_with_file_and_key(shelf, lang, text, fault) -> None:
    shelf.both("u", "c: ok\n")
    shelf.write(f"{lang}/u.yaml", f"c: {text}\n")

    assert content.faults(shelf.root) == [f"{lang}/u.yaml: c: {fault}"]


def test_the_same_words_denied_are_good_advice(shelf) -> None:
    for lang, text in GOOD.items():
        shelf.write(f"{lang}/u.yaml", f"c: {text}\n")

    assert content.faults(shelf.root) == []


def test_a_list_of_six_is_too_long_whatever_its_marks(shelf) -> None:
    six = "".join(f"  • point {n}\n" for n in "abcdef")
    shelf.both("u", f"c: |-\n{six}")

    assert content.faults(shelf.root) == [
        f"{lang}/u.yaml: c: list of 6 items, at most 5" for lang in ("ar", "fr")
    ]
