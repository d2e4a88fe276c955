// SPDX-License-Identifier: AGPL-3.0-or-later
// What goes over the wire at the door: seals and public keys; each call says how it ended.

import { sizeClass, type Case, type Sealed } from "./door-seal";
import { pause } from "./wire";
import type { Lang, Twin } from "./words";

const PATIENCE = 30_000; // milliseconds
const AGAIN_AFTER = [800, 2_500]; // milliseconds between attempts; the server keeps a thing once

/** What the page needs before it can say or seal anything. */
export interface Start {
  salt: string;
  team: string[];
  situations: string[];
  texts: Record<Lang, Record<string, string>>;
  words: Record<Lang, string[]>;
}

export interface Filing extends Case, Sealed {
  token: string;
  visitor: string;
  team: string[];
  lang: Lang;
  situation: string | null;
  ticks: string[];
}

export interface Found {
  standing: "none" | "stored" | "delivered" | "taken" | "closed";
  time: string;
  recipient: string;
  answers: string[];
}

export type Outcome<Told> =
  | { kind: "told"; told: Told }
  | { kind: "refused"; why: Twin; status: number }
  | { kind: "unreachable" };

export function start(): Promise<Outcome<Start>> {
  return call<Start>("start");
}

export function keep(filing: Filing): Promise<Outcome<{ alarmed: boolean }>> {
  return call("keep", filing);
}

export function find(token: string): Promise<Outcome<Found>> {
  return call("open", { token });
}

export function add(token: string, id: string, more: Sealed): Promise<Outcome<{ kept: boolean }>> {
  return call("add", { token, id, ...more });
}

export function drop(token: string): Promise<Outcome<{ gone: boolean }>> {
  return call("drop", { token });
}

async function call<Told>(name: string, body?: object): Promise<Outcome<Told>> {
  let outcome = await once<Told>(name, body);
  for (const wait of AGAIN_AFTER) {
    if (outcome.kind !== "unreachable" || !navigator.onLine) break;
    await pause(wait);
    outcome = await once<Told>(name, body);
  }
  return outcome;
}

async function once<Told>(name: string, body?: object): Promise<Outcome<Told>> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch(`/notes/${name}`, { ...request(body), signal: stop.signal });
    if (response.ok) return { kind: "told", told: (await response.json()) as Told };
    if (response.status >= 500) return { kind: "unreachable" };
    return { kind: "refused", why: (await response.json()) as Twin, status: response.status };
  } catch {
    return { kind: "unreachable" };
  } finally {
    clearTimeout(timer);
  }
}

function request(body?: object): RequestInit {
  const common: RequestInit = { credentials: "omit", cache: "no-store" };
  if (body === undefined) return common;
  // Blanks up to a size class: who watches the line must not count letters, nor which subject.
  const said = JSON.stringify(body);
  const padded = said.padEnd(sizeClass(said.length), " ");
  return { ...common, method: "POST", headers: { "Content-Type": "application/json" }, body: padded };
}
