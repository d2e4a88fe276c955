// SPDX-License-Identifier: AGPL-3.0-or-later
// Sealing in the browser: what leaves here is an age file, and padding that says nothing.

import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";

const STEP = 512; // bytes, as bot/vault/padding.py has it
const PER_OCTAVE = 8;

/** An age file with random bytes behind it, in base64; `length` is the age file's own. */
export interface Sealed {
  words: string;
  length: number;
}

/** A new case: whom its words are sealed to, and the identity that the team alone can open. */
export interface Case {
  recipient: string;
  wrapped: string;
}

/** Say whether this browser has what sealing needs. */
export function able(): boolean {
  return typeof TransformStream === "function" && typeof crypto?.subtle === "object";
}

/** Make a case's identity, seal it to everybody of *team*, and forget it. */
export async function newCase(team: readonly string[]): Promise<Case> {
  const identity = await generateX25519Identity();
  const wrapped = await sealed(`${identity}\n`, team);
  return { recipient: await identityToRecipient(identity), wrapped: text(wrapped) };
}

/** Seal words, byte for byte, and pad what comes out to its size class. */
export async function sealWords(words: string, recipient: string): Promise<Sealed> {
  const file = await sealed(words, [recipient]);
  const padded = new Uint8Array(sizeClass(file.length));
  padded.set(file);
  padded.set(crypto.getRandomValues(new Uint8Array(padded.length - file.length)), file.length);
  return { words: text(padded), length: file.length };
}

/** The recipient of an identity. */
export const recipientOf = identityToRecipient;

/** Open what was sealed to *identity*; null for what does not open. */
export async function opened(identity: string, file: string): Promise<string | null> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  try {
    return await decrypter.decrypt(bytes(file), "text");
  } catch {
    return null;
  }
}

/** Round a length in bytes up to its class. */
export function sizeClass(length: number): number {
  const size = Math.max(length, 1);
  const octave = 2 ** (32 - Math.clz32(size));
  const step = Math.max(STEP, Math.floor(octave / (2 * PER_OCTAVE)));
  return Math.ceil(size / step) * step;
}

/** Bytes as base64. */
export function text(data: Uint8Array): string {
  return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
}

/** Base64 as bytes. */
export function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
}

function sealed(plain: string, recipients: readonly string[]): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of new Set(recipients)) encrypter.addRecipient(recipient);
  return encrypter.encrypt(plain);
}
