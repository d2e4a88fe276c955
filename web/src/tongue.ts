// SPDX-License-Identifier: AGPL-3.0-or-later
// Which language the page itself speaks: both at first, then that of the last reply.

import { direction, line, spoken, twin, type Lang, type Tongue, type Twin, type Word } from "./words";

let tongue: Tongue = "both";

/** Speak *lang* from now on, and lay the page out in its direction. */
export function speak(lang: Lang): void {
  if (tongue === lang) return;
  tongue = lang;
  document.documentElement.lang = lang;
  document.documentElement.dir = direction[lang];
  label(document);
}

/** Speak *lang*, if any, unless a reply of the bot has already set the language. */
export function begin(lang: Lang | null): void {
  if (tongue === "both" && lang !== null) speak(lang);
}

/** Put the words into every element below *root* that names one. */
export function label(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-word],[data-label],[data-hint]")) {
    const { word, label: name, hint } = element.dataset;
    if (word) element.replaceChildren(...spoken(tongue, twin(word as Word)));
    if (name) element.setAttribute("aria-label", line(tongue, twin(name as Word)));
    if (hint) element.setAttribute("placeholder", line(tongue, twin(hint as Word)));
  }
}

/** A sentence for an element that is written once and not relabelled. */
export function sentence(said: Word | Twin): HTMLElement[] {
  return spoken(tongue, typeof said === "string" ? twin(said) : said);
}
