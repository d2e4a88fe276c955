// SPDX-License-Identifier: AGPL-3.0-or-later
// Receipts as bot/vault/receipt.py makes and reads them; here they are made, and here they stay.

import { argon2idAsync } from "@noble/hashes/argon2.js";
import { expand } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bech32 } from "@scure/base";

export const LENGTH = 22; // 20 random digits and two that check them
const SHAPE = [4, 4, 4, 4, 4, 2]; // how they are shown
const DIGIT = /\p{Nd}/u;

/** Make a receipt: 66 random bits as 20 digits, and two check digits (ISO 7064, MOD 97-10). */
export function make(): string {
  const body = Array.from({ length: LENGTH - 2 }, randomDigit).join("");
  return body + String(98 - remainder(`${body}00`)).padStart(2, "0");
}

/** The digits in what a person typed, whatever script they are in and whatever stands between. */
export function digitsIn(typed: string): string {
  return Array.from(typed, (sign) => (DIGIT.test(sign) ? String(valueOf(sign)) : "")).join("");
}

/** Say whether the check digits are right: a slip of the finger is told at once. */
export function checks(digits: string): boolean {
  return digits.length === LENGTH && remainder(digits) === 1;
}

/** The groups in which a receipt is shown. */
export function groups(digits: string): string[] {
  let start = 0;
  return SHAPE.map((size) => digits.slice(start, (start += size)));
}

/** One word for each group, always the same: a second look for the eye. */
export function beside(digits: string, vocabulary: readonly string[]): string[] {
  return groups(digits).map((group) => vocabulary[Number(group) % vocabulary.length] ?? "");
}

/** What a receipt opens: the token that finds its case, the identity that opens its answers. */
export interface Root {
  token: Uint8Array;
  identity: string;
}

/** Stretch a receipt by Argon2id (19 MiB, two passes, one lane); a phone needs some seconds. */
export async function root(digits: string, salt: Uint8Array): Promise<Root> {
  const key = await argon2idAsync(digits, salt, { t: 2, m: 19 * 1024, p: 1, dkLen: 32 });
  const derived = (use: string) =>
    expand(sha256, key, new TextEncoder().encode(`sanad receipt v1: ${use}`), 32);
  const identity = bech32.encodeFromBytes("age-secret-key-", derived("identity")).toUpperCase();
  return { token: derived("lookup"), identity };
}

function randomDigit(): string {
  // 250 is the last multiple of ten below 256: beyond it, small digits would come more often.
  for (;;) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < 250) return String(byte % 10);
  }
}

function remainder(digits: string): number {
  return Array.from(digits).reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0);
}

/** What a digit of any script is worth: Unicode keeps the ten of a script together, in order. */
function valueOf(sign: string): number {
  const code = sign.codePointAt(0) ?? 0;
  let below = 0;
  while (DIGIT.test(String.fromCodePoint(code - below - 1))) below += 1;
  return below % 10;
}
