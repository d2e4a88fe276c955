// SPDX-License-Identifier: AGPL-3.0-or-later
// Who the visitor is to the server: a random token that lives as long as this tab, and nowhere else.

const KEY = "n"; // whoever looks into the tab's storage reads a letter

let token = remembered();

function remembered(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage is forbidden here: the token lives in memory
  }
}

/** The token of this tab, or null while nothing has been said. */
export function known(): string | null {
  return token;
}

/** The token of this tab, made at the first thing said. */
export function visitor(): string {
  if (token === null) {
    token = random(32);
    try {
      sessionStorage.setItem(KEY, token);
    } catch {
      // As above.
    }
  }
  return token;
}

export function forget(): void {
  token = null;
  try {
    sessionStorage.clear();
  } catch {
    // There is nothing to clear.
  }
}

/** Random bytes as lower-case hexadecimal. */
export function random(bytes: number): string {
  // Not randomUUID: it is missing on older phones.
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
