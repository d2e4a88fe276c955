// SPDX-License-Identifier: AGPL-3.0-or-later
// What goes over the wire: each call says how it ended, and none of them throws.

import type { Lang, Twin } from "./words";
import { random } from "./visitor";

const SAY_PATIENCE = 30_000; // milliseconds
const POLL_PATIENCE = 40_000; // the server answers after 25 s at the latest
const AGAIN_AFTER = [800, 2_500]; // milliseconds between attempts with the same id

export type FileKind = "photo" | "document" | "voice";

export type Said =
  | { text: string }
  | { option: string }
  | { file: { kind: FileKind; size: number; ticket: string }; caption: string };

export type Screen = "keep" | "drop" | "clear" | "leave";

export type Outcome =
  | { kind: "kept"; screen: Screen }
  | { kind: "refused"; why: Twin }
  | { kind: "unreachable" };

/** A file inside the answer itself: it has no address of its own. */
export interface Attachment {
  kind: "document" | "voice";
  name: string;
  type: string;
  data: string;
}

export interface Bubble {
  id: number;
  attachments: Attachment[];
  text: string;
  options: { id: string; label: string }[];
  lang: Lang;
  dir: "rtl" | "ltr";
}

export type Parcel = Bubble | { id: number; upload: string };

export function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** An id for one thing said: the server knows by it what it already has. */
export function once(): string {
  return random(16);
}

/** Say one thing; try again with the same id when nothing tells that it arrived. */
export async function say(token: string, id: string, said: Said): Promise<Outcome> {
  let outcome = await sayOnce(token, id, said);
  for (const wait of AGAIN_AFTER) {
    if (outcome.kind !== "unreachable" || !navigator.onLine) break;
    await pause(wait);
    outcome = await sayOnce(token, id, said);
  }
  return outcome;
}

async function sayOnce(token: string, id: string, said: Said): Promise<Outcome> {
  try {
    const response = await call("/chat/say", token, SAY_PATIENCE, { id, ...said });
    if (response.status === 202) return { kind: "kept", screen: (await response.json()).screen };
    if (response.status >= 500) return { kind: "unreachable" };
    return { kind: "refused", why: (await response.json()) as Twin };
  } catch {
    return { kind: "unreachable" };
  }
}

/** What waits for the visitor, or null when the server could not be reached. */
export async function next(token: string): Promise<Parcel[] | null> {
  try {
    const response = await call("/chat/next", token, POLL_PATIENCE);
    return response.ok ? (await response.json()).parcels : null;
  } catch {
    return null;
  }
}

/** Tell the server what has arrived; false when it does not know it yet. */
export async function seen(token: string, ids: number[]): Promise<boolean> {
  try {
    return (await call("/chat/seen", token, SAY_PATIENCE, { ids })).ok;
  } catch {
    return false;
  }
}

async function call(
  address: string,
  token: string,
  patience: number,
  body?: object,
): Promise<Response> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    return await fetch(address, { ...request(token, body), signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

/** Tell the server that a file it let through is not here: the page was opened anew. */
export async function giveUp(token: string, ticket: string): Promise<void> {
  const common = { ...request(token), method: "DELETE" };
  await fetch(fileAt(ticket), common).catch(() => undefined);
}

function fileAt(ticket: string): string {
  return `/chat/files/${ticket}`;
}

/** Say one thing without waiting for anything: the page is going away. */
export function sayLeaving(token: string, option: string): void {
  const body = { id: once(), option };
  fetch("/chat/say", { ...request(token, body), keepalive: true }).catch(() => undefined);
}

function request(token: string, body?: object): RequestInit {
  const headers: Record<string, string> = { "X-Sanad-Visitor": token };
  const common: RequestInit = { headers, credentials: "omit", cache: "no-store" };
  if (body === undefined) return common;
  headers["Content-Type"] = "application/json";
  return { ...common, method: "POST", body: JSON.stringify(body) };
}

/** Bring the bytes of a file that the bot has let through; fetch() tells no progress, so XHR. */
export function bring(
  token: string,
  ticket: string,
  file: Blob,
  progress: (part: number) => void,
): Promise<"received" | "refused" | "failed"> {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("PUT", fileAt(ticket));
    request.setRequestHeader("X-Sanad-Visitor", token);
    // Neither the name nor the type of the file is told: the bytes say what it is.
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => progress(event.loaded / Math.max(event.total, 1));
    // Here "received" says that the bytes are there; whether they are kept is for the bot to say.
    request.onload = () => {
      if (request.status < 300) done("received");
      else done(request.status < 500 ? "refused" : "failed");
    };
    request.onerror = request.ontimeout = request.onabort = () => done("failed");
    request.send(file);
  });
}
