// SPDX-License-Identifier: AGPL-3.0-or-later
// The quick exit: the screen is empty at once, and the back button does not bring it back.

import { forget, known } from "./visitor";
import { sayLeaving } from "./wire";

export const QUICK_EXIT = "quick_exit";
const ELSEWHERE = "/bye";
const TWICE_WITHIN = 1_000; // milliseconds

/** Say whether a button of the bot's is the quick exit, wherever in the conversation it stands. */
export function isExit(option: string): boolean {
  return option.split("@")[0] === QUICK_EXIT;
}

/** Empty the screen and go; *option* tells the server, unless it already knows (null). */
export function leave(option: string | null = QUICK_EXIT): void {
  const token = known();
  forget();
  document.title = "Notes";
  document.body.replaceChildren();
  try {
    if (token !== null && option !== null) sayLeaving(token, option);
  } finally {
    location.replace(ELSEWHERE);
  }
}

/** Leave when *button* is pressed or Escape is pressed twice. */
export function watch(button: HTMLButtonElement): void {
  button.addEventListener("click", () => leave());
  let last = -Infinity;
  addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || event.repeat) return;
      if (event.timeStamp - last < TWICE_WITHIN) leave();
      last = event.timeStamp;
    },
    { capture: true },
  );
}
