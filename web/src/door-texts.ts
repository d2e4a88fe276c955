// SPDX-License-Identifier: AGPL-3.0-or-later
// The door's sentences: they come from the server, so that each number and link is a checked fact.

import { speak } from "./tongue";
import type { Lang } from "./words";

let texts: Record<Lang, Record<string, string>> | null = null;
let tongue: Lang = "ar";

/** The language that the page speaks. */
export function spokenLang(): Lang {
  return tongue;
}

/** Take in the sentences. */
export function learn(sentences: Record<Lang, Record<string, string>>): void {
  texts = sentences;
}

/** Speak *lang* from now on: everything that names a sentence says it in that language. */
export function turnTo(lang: Lang): void {
  tongue = lang;
  speak(lang);
  fill(document);
}

/** A sentence with its values. */
export function text(key: string, values: Record<string, string> = {}): string {
  const said = texts?.[tongue][key] ?? "";
  return said.replace(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
}

/** Say it in *element*, in whatever language is spoken then. */
export function put(element: HTMLElement, key: string, values: Record<string, string> = {}): void {
  element.dataset["text"] = key;
  element.dataset["values"] = JSON.stringify(values);
  element.textContent = text(key, values);
}

/** Say nothing there any more. */
export function hush(element: HTMLElement): void {
  delete element.dataset["text"];
  delete element.dataset["values"];
  element.replaceChildren();
}

function fill(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-text]")) {
    const { text: key = "", values = "{}" } = element.dataset;
    put(element, key, JSON.parse(values) as Record<string, string>);
  }
}
