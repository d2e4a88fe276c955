// SPDX-License-Identifier: AGPL-3.0-or-later
// Files wait in the page until the bot lets them through; only then do their bytes leave the phone.

import { caption } from "./bubbles";
import { random } from "./visitor";
import { bring, pause, type FileKind } from "./wire";
import type { Word } from "./words";

const ATTEMPTS = 3;
const BETWEEN = 2_000; // milliseconds

interface Waiting {
  file: File;
  tell: (word: Word, more?: string) => void;
}

const waiting = new Map<string, Waiting>();

export function kindOf(file: File): FileKind {
  if (file.type.startsWith("image/")) return "photo";
  return file.type.startsWith("audio/") ? "voice" : "document";
}

/** Keep *file* until its ticket comes back; return the ticket. */
export function keep(file: File, bubble: HTMLElement): string {
  const ticket = random(16);
  const tell = caption(bubble);
  tell("waiting");
  waiting.set(ticket, { file, tell });
  return ticket;
}

export function drop(ticket: string): void {
  waiting.delete(ticket);
}

/** Bring the file of *ticket*; false when this page does not hold it (it was opened anew). */
export async function letThrough(token: string, ticket: string): Promise<boolean> {
  const kept = waiting.get(ticket);
  if (kept === undefined) return false;
  waiting.delete(ticket);
  const progress = (part: number) => kept.tell("sending", `${Math.round(part * 100)} %`);
  progress(0);
  let end = await bring(token, ticket, kept.file, progress);
  for (let tried = 1; end === "failed" && tried < ATTEMPTS; tried += 1) {
    await pause(BETWEEN);
    end = await bring(token, ticket, kept.file, progress);
  }
  kept.tell(end);
  return true;
}
