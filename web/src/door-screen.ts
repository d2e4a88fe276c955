// SPDX-License-Identifier: AGPL-3.0-or-later
// What the sealing page shows: one screen at a time, one line that warns, one that tells.

import { hush, put } from "./door-texts";
import { sentence } from "./tongue";
import type { Twin } from "./words";

/** An element that the page is made with. */
export function part<Part extends HTMLElement>(id: string, kind: new () => Part): Part {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id} in the page`);
  return found;
}

export const alertLine = part("alert", HTMLElement);
const statusLine = part("status", HTMLElement);
let busy = false;

/** Whether nothing is being sealed or opened now. */
export function idle(): boolean {
  return !busy;
}

/** Show one screen, or none, from its top. */
export function show(screen: HTMLElement | null): void {
  quiet();
  for (const one of document.querySelectorAll<HTMLElement>("[data-screen]")) one.hidden = one !== screen;
  scrollTo(0, 0);
}

export function quiet(): void {
  hush(alertLine);
  hush(statusLine);
}

/** Say what went wrong, in sight. */
export function warn(key: string, values: Record<string, string> = {}): void {
  hush(statusLine);
  put(alertLine, key, values);
  alertLine.scrollIntoView({ block: "nearest" });
}

/** Say what is going on or done. */
export function tell(key: string): void {
  hush(alertLine);
  put(statusLine, key);
  statusLine.scrollIntoView({ block: "nearest" });
}

/** Say why the server refused, in its own words. */
export function refused(why: Twin): void {
  quiet();
  alertLine.replaceChildren(...sentence(why));
  alertLine.scrollIntoView({ block: "nearest" });
}

/** Do one thing at a time; while it lasts the page says so. */
export async function during(key: string, work: () => Promise<void>): Promise<void> {
  if (busy) return;
  busy = true;
  tell(key);
  for (const button of document.querySelectorAll("main button")) button.setAttribute("aria-disabled", "true");
  try {
    // Argon2 keeps the phone busy: let it draw the line above first.
    await new Promise((done) => setTimeout(done, 50));
    await work();
  } catch {
    warn("door.failed");
  } finally {
    busy = false;
    if (statusLine.dataset["text"] === key) hush(statusLine);
    for (const button of document.querySelectorAll("main button")) button.removeAttribute("aria-disabled");
  }
}
