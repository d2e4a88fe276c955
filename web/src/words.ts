// SPDX-License-Identifier: AGPL-3.0-or-later
// Every word that the pages say by themselves, in both languages; the bot's words come from the bot.

export type Lang = "ar" | "fr";
/** Before the first reply nobody knows which language to speak: then both. */
export type Tongue = Lang | "both";

export const direction = { ar: "rtl", fr: "ltr" } as const;

export const words = {
  ar: {
    exit: "خروج سريع",
    log: "المحادثة",
    box: "الرسالة",
    hint: "الكتابة هنا…",
    send: "إرسال",
    attach: "إرفاق ملف. يسأل البوت قبل استقباله",
    choices: "اختيارات",
    me: "أنت:",
    bot: "سند:",
    welcome:
      "الكتابة هنا بكلماتك: بالدارجة أو العربية أو الفرنسية. لا حاجة إلى اسم.\n" +
      "زر الخروج يمسح الشاشة فورا، ومثله مفتاح Esc مرتين.\n" +
      "قد يبقى عنوان الصفحة في سجل المتصفح.",
    sealed: "صفحة تختم كلماتك قبل أن تخرج: لا يقرؤها هذا الخادم",
    continued: "المحادثة مستمرة. الرسائل السابقة لا تظهر بعد تحديث الصفحة.",
    unsent: "لم ترسل الرسالة: لا اتصال. النص ما زال في الخانة.",
    unchosen: "لم يصل الاختيار: لا اتصال. يمكن الضغط مرة أخرى.",
    unoffered: "لم يصل طلب الملف: لا اتصال. يمكن اختياره مرة أخرى.",
    lost: "انقطع الاتصال. نحاول من جديد…",
    copy: "نسخ الرقم",
    save: "حفظ الوثيقة",
    copied: "تم النسخ.",
    photo: "صورة",
    document: "ملف",
    voice: "صوت",
    waiting: "لم يرسل بعد: ننتظر الموافقة.",
    sending: "الإرسال:",
    received: "أرسل الملف. الجواب في المحادثة.",
    refused: "لم يستقبل الملف.",
    failed: "لم يصل الملف: لا اتصال. يمكن اختياره مرة أخرى.",
    forgotten: "يجب اختيار الملف مرة أخرى: الصفحة فتحت من جديد.",
    empty: "هذا الملف فارغ.",
  },
  fr: {
    exit: "Sortie rapide",
    log: "Conversation",
    box: "Message",
    hint: "Écrire ici…",
    send: "Envoyer",
    attach: "Joindre un fichier. Le bot demande d'abord",
    choices: "Choix",
    me: "Vous :",
    bot: "Sanad :",
    welcome:
      "Écrivez avec vos mots, en français, en arabe ou en darija. Pas besoin de nom.\n" +
      "Le bouton de sortie efface l'écran aussitôt, la touche Échap deux fois aussi.\n" +
      "L'adresse de la page peut rester dans l'historique du navigateur.",
    sealed: "Une page qui scelle vos mots avant l'envoi : ce serveur ne les lit pas",
    continued:
      "La conversation continue. Les messages précédents ne s'affichent plus après un rechargement.",
    unsent: "Message non envoyé : pas de connexion. Le texte est toujours dans la case.",
    unchosen: "Choix non envoyé : pas de connexion. Vous pouvez appuyer à nouveau.",
    unoffered: "Demande non envoyée : pas de connexion. Vous pouvez choisir le fichier à nouveau.",
    lost: "Connexion perdue. Nouvel essai en cours…",
    copy: "Copier le numéro",
    save: "Enregistrer le document",
    copied: "Copié.",
    photo: "Photo",
    document: "Fichier",
    voice: "Son",
    waiting: "Pas encore envoyé : en attente d'accord.",
    sending: "Envoi :",
    received: "Fichier transmis. La réponse suit ici.",
    refused: "Fichier non accepté.",
    failed: "Fichier non envoyé : pas de connexion. Vous pouvez le choisir à nouveau.",
    forgotten: "Choisissez le fichier à nouveau : la page a été rechargée.",
    empty: "Ce fichier est vide.",
  },
} as const satisfies Record<Lang, Record<string, string>>;

export type Word = keyof (typeof words)["ar"] & keyof (typeof words)["fr"];

/** A sentence in each language. */
export type Twin = Record<Lang, string>;

export function twin(word: Word): Twin {
  return { ar: words.ar[word], fr: words.fr[word] };
}

/** The sentence as one line of plain text, for a label or a hint. */
export function line(tongue: Tongue, { ar, fr }: Twin): string {
  return tongue === "both" ? `${ar} · ${fr}` : { ar, fr }[tongue];
}

/** The sentence as elements that tell a screen reader which voice to use. */
export function spoken(tongue: Tongue, sentence: Twin): HTMLElement[] {
  if (tongue !== "both") return [inLang(tongue, sentence)];
  const between = document.createElement("span");
  between.className = "between";
  between.textContent = " · ";
  return [inLang("ar", sentence), between, inLang("fr", sentence)];
}

function inLang(lang: Lang, sentence: Twin): HTMLElement {
  const span = document.createElement("span");
  span.lang = lang;
  span.dir = direction[lang];
  span.textContent = sentence[lang];
  return span;
}
