// SPDX-License-Identifier: AGPL-3.0-or-later
// Opened by a button on Telegram: what stands behind the # is taken away and asked one thing only.

import type { Lang } from "./words";

const PATIENCE = 10_000; // milliseconds

// Evaluated before the page does anything: it says who opened us, and no address may keep that.
const signed = new URLSearchParams(location.hash.slice(1)).get("tgWebAppData");
if (location.hash !== "") history.replaceState(null, "", location.pathname);

/** Whether this page stands inside Telegram, which then can see what it shows. */
export const inTelegram = signed !== null;

/** The language of the person's app, once our server has checked the signature; else null. */
export async function theirs(): Promise<Lang | null> {
  if (signed === null) return null;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch("/telegram/language", {
      method: "POST",
      body: signed,
      credentials: "omit",
      cache: "no-store",
      signal: stop.signal,
    });
    return response.ok ? (await response.json()).lang : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
