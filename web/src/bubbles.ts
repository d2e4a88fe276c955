// SPDX-License-Identifier: AGPL-3.0-or-later
// What the conversation looks like: bubbles, the choices under them, and what becomes of both.

import { label } from "./tongue";
import type { Word } from "./words";
import type { Attachment, Bubble } from "./wire";

const LINK = /https:\/\/[^\s<>"«»]+/g;
const AFTER_LINK = /[.,;:!?)\]،؛؟]+$/;
const DIGITS_OF_RECEIPT = 22;
const GROUPS = /\d{2,}(?:[ \u00a0\u202f-]\d{2,})+/g;

export interface Choice {
  id: string;
  label: string;
  /** Open the choices again: this one did not arrive. */
  reopen(): void;
}

/** Make an element with a class and children, and nothing parsed from a string. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** One of the page's own words; it follows the page's language once it is labelled. */
export function word(name: Word, className = ""): HTMLElement {
  const element = make("span", className);
  element.dataset["word"] = name;
  return element;
}

export class Log {
  private turn = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly chosen: (choice: Choice) => void,
  ) {}

  /** Show something the page itself says, and perhaps another page of ours under it. */
  note(said: Word, to?: { word: Word; address: string }): void {
    const note = make("div", "note", word(said));
    if (to !== undefined) {
      const link = make("a", "", word(to.word));
      link.href = to.address;
      // In place of this page: after a quick exit over there, "back" must not lead here.
      link.addEventListener("click", (event) => {
        event.preventDefault();
        location.replace(to.address);
      });
      note.append(link);
    }
    label(note);
    this.root.append(note);
  }

  /** Show what the visitor said, and begin a new turn. */
  mine(...words: (Node | string)[]): HTMLElement {
    this.turn += 1;
    const said = make("p", "", ...words);
    said.dir = "auto";
    const bubble = make("div", "bubble mine", word("me", "unseen"), said);
    label(bubble);
    this.root.append(bubble);
    bubble.scrollIntoView({ block: "end" });
    return bubble;
  }

  /** Show the bot's bubbles, the first of them in sight even when they are long. */
  theirs(bubbles: Bubble[]): void {
    const [first] = bubbles.map((bubble) => this.one(bubble));
    first?.scrollIntoView({ block: "start" });
  }

  /** Remove everything down to and including *last*: it has been erased. */
  clear(last: Element): void {
    release(this.root);
    while (this.root.firstChild && this.root.firstChild !== last) this.root.firstChild.remove();
    last.remove();
  }

  /** Remove the documents that were handed over; what was saved elsewhere is not ours. */
  drop(): void {
    for (const bubble of this.root.querySelectorAll(".document")) {
      bubble.remove();
      release(bubble);
    }
  }

  private one(bubble: Bubble): HTMLElement {
    const said = make("p", "", ...linked(bubble.text));
    const shown = make("div", "bubble theirs", word("bot", "unseen"), said);
    shown.lang = bubble.lang;
    shown.dir = bubble.dir;
    for (const file of bubble.attachments) shown.append(attached(shown, file));
    const receipt = receiptIn(bubble.text);
    if (receipt && navigator.clipboard) shown.append(copying(receipt));
    if (bubble.options.length > 0) {
      this.settle((turn) => turn < this.turn);
      shown.append(this.choices(bubble));
    }
    label(shown);
    this.root.append(shown);
    return shown;
  }

  private choices(bubble: Bubble): HTMLElement {
    const group = make("div", "choices");
    group.setAttribute("role", "group");
    group.dataset["label"] = "choices";
    group.dataset["turn"] = String(this.turn);
    for (const { id, label: text } of bubble.options) {
      const button = make("button", "", text);
      button.type = "button";
      button.addEventListener("click", () => this.choose(button, id, text));
      group.append(button);
    }
    return group;
  }

  private choose(button: HTMLButtonElement, id: string, text: string): void {
    if (button.getAttribute("aria-disabled") === "true") return;
    const settled = this.settle(() => true);
    button.setAttribute("aria-pressed", "true");
    const reopen = () => {
      button.removeAttribute("aria-pressed");
      for (const one of settled) available(one, true);
    };
    this.chosen({ id, label: text, reopen });
  }

  /** Close the choices of the turns that *which* names; return the buttons that were open. */
  private settle(which: (turn: number) => boolean): Element[] {
    const groups = [...this.root.querySelectorAll<HTMLElement>(".choices")];
    const open = groups
      .filter((group) => which(Number(group.dataset["turn"])))
      .flatMap((group) => [...group.querySelectorAll("button:not([aria-disabled])")]);
    for (const button of open) available(button, false);
    return open;
  }
}

/** Not `disabled`: the keyboard's focus would fall off the button that was just pressed. */
function available(button: Element, yes: boolean): void {
  if (yes) {
    button.removeAttribute("aria-disabled");
    button.removeAttribute("tabindex");
  } else {
    button.setAttribute("aria-disabled", "true");
    button.setAttribute("tabindex", "-1");
  }
}

/** The text with its web addresses as links that tell nobody where they were followed from. */
function linked(text: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[0].replace(AFTER_LINK, "");
    const link = make("a", "", address);
    link.href = address;
    link.dir = "ltr";
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    parts.push(text.slice(end, found.index), link);
    end = found.index + address.length;
  }
  return [...parts, text.slice(end)];
}

/** A file that came with a bubble, held by this page alone and gone with it. */
function attached(bubble: HTMLElement, { kind, name, type, data }: Attachment): HTMLElement {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  if (kind === "voice") {
    const audio = make("audio", "");
    audio.controls = true;
    audio.src = address;
    return audio;
  }
  bubble.classList.add("document");
  const link = make("a", "file", word("save"));
  link.href = address;
  link.download = name;
  return link;
}

/** Let go of the bytes behind every file shown in *root*. */
function release(root: Element): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>("a.file")) URL.revokeObjectURL(link.href);
  for (const audio of root.querySelectorAll("audio")) URL.revokeObjectURL(audio.src);
}

/** The receipt's digits as they are grouped, when the text holds one. */
export function receiptIn(text: string): string | undefined {
  const groups = text.match(GROUPS) ?? [];
  return groups.find((group) => group.replace(/\D/g, "").length === DIGITS_OF_RECEIPT);
}

function copying(receipt: string): HTMLElement {
  const button = make("button", "copy", word("copy"));
  button.type = "button";
  button.addEventListener("click", () => {
    const done = () => {
      button.replaceChildren(word("copied"));
      label(button);
    };
    navigator.clipboard.writeText(receipt).then(done, () => undefined);
  });
  return button;
}

/** A line of the page's own under a bubble, whose words may still change. */
export function caption(bubble: HTMLElement): (said: Word, more?: string) => void {
  const under = make("p", "under");
  bubble.append(under);
  return (said, more = "") => {
    under.replaceChildren(word(said), more && ` ${more}`);
    label(under);
  };
}

