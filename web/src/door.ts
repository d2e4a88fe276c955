// SPDX-License-Identifier: AGPL-3.0-or-later
// The sealing page: words become seals here, seals become words here, and the server sees neither.

import { inTelegram, theirs } from "./opened"; // first: see there
import * as receipt from "./door-receipt";
import { able, bytes, newCase, opened, recipientOf, sealWords, text as base64 } from "./door-seal";
import { alertLine, during, idle, part, quiet, refused, show, tell, warn } from "./door-screen";
import { learn, put, spokenLang, turnTo } from "./door-texts";
import * as wire from "./door-wire";
import { watch } from "./exit";
import { label, sentence } from "./tongue";
import { random } from "./visitor";
import type { Lang } from "./words";

const LONGEST = 60_000; // bytes of words
const OTHER_TEAM = 409; // statuses that the server gives a reason for
const TOO_MANY = 429;
const TICKS = ["danger", "minor", "deadline"];

const write = part("write", HTMLFormElement);
const box = part("box", HTMLTextAreaElement);
const subject = part("subject", HTMLSelectElement);
const kept = part("kept", HTMLElement);
const back = part("back", HTMLFormElement);
const number = part("number", HTMLInputElement);
const dossier = part("dossier", HTMLElement);
const more = part("more", HTMLFormElement);
const moreBox = part("more-box", HTMLTextAreaElement);
const sure = part("sure", HTMLElement);

let here: wire.Start;
/** What was sealed and is not known to have arrived: sent again as it is, it is kept once. */
let unsent: { said: string; digits: string; filing: wire.Filing } | null = null;
let unadded: { said: string; id: string; more: Parameters<typeof wire.add>[2] } | null = null;
/** The case that is open on this screen. */
let open: { root: receipt.Root; recipient: string } | null = null;
/** The receipt on the screen, for as long as it is there. */
let shown: string | null = null;

/** The words in *from*; null, and a line that says why, when they cannot go. */
function wordsIn(from: HTMLTextAreaElement): string | null {
  const words = from.value;
  if (words.trim() === "") warn("door.empty");
  else if (new TextEncoder().encode(words).length > LONGEST) warn("door.too_long");
  else return words;
  return null;
}

function ticked(): string[] {
  return TICKS.filter((tick) => part(`tick-${tick}`, HTMLInputElement).checked);
}

async function file(words: string): Promise<void> {
  // Read once: what is ticked while the page seals belongs to no filing.
  const told = { situation: subject.value || null, ticks: ticked(), lang: spokenLang() };
  const said = JSON.stringify([words, told]);
  if (unsent?.said !== said) unsent = { said, ...(await sealedCase(words, told)) };
  if (!write.isConnected) return; // a quick exit meanwhile: nothing is sent any more
  let outcome = await wire.keep(unsent.filing);
  if (outcome.kind === "refused" && outcome.status === OTHER_TEAM && (await renewed())) {
    unsent = { said, ...(await sealedCase(words, told)) };
    outcome = await wire.keep(unsent.filing);
  }
  if (outcome.kind === "unreachable") return warn("door.unsent");
  if (outcome.kind === "refused") {
    if (outcome.status !== TOO_MANY) unsent = null; // the same seals would be refused again
    return refused(outcome.why);
  }
  const { digits } = unsent;
  unsent = null;
  write.reset();
  showReceipt(digits, outcome.told.alarmed);
}

async function sealedCase(
  words: string,
  told: Pick<wire.Filing, "situation" | "ticks" | "lang">,
): Promise<{ digits: string; filing: wire.Filing }> {
  const digits = receipt.make();
  const root = await receipt.root(digits, bytes(here.salt));
  const fresh = await newCase(here.team);
  const filing: wire.Filing = {
    ...fresh,
    ...(await sealWords(words, fresh.recipient)),
    token: base64(root.token),
    visitor: await recipientOf(root.identity),
    team: here.team,
    ...told,
  };
  return { digits, filing };
}

/** Ask again who the team is. */
async function renewed(): Promise<boolean> {
  const outcome = await wire.start();
  if (outcome.kind === "told") here = outcome.told;
  return outcome.kind === "told";
}

/** Only ever called once the server has said that the case is on its disk. */
function showReceipt(digits: string, alarmed: boolean): void {
  shown = digits;
  drawReceipt();
  put(part("called", HTMLElement), alarmed ? "door.alarm_queued" : "door.alarm_none");
  show(kept);
  kept.focus();
}

/** Each group with its word under it, in the language of the moment. */
function drawReceipt(): void {
  const digits = shown ?? "";
  const words = receipt.beside(digits, here.words[spokenLang()]);
  const cells = receipt.groups(digits).map((group, at) => {
    const cell = document.createElement("div");
    const number = document.createElement("b");
    const word = document.createElement("span");
    number.textContent = group;
    word.textContent = words[at] ?? "";
    cell.append(number, word);
    return cell;
  });
  part("digits", HTMLElement).replaceChildren(...(shown === null ? [] : cells));
}

function hideReceipt(): void {
  shown = null;
  drawReceipt();
  show(back);
}

async function come(): Promise<void> {
  const digits = receipt.digitsIn(number.value);
  if (digits.length !== receipt.LENGTH) {
    return warn("door.short_number", { count: String(digits.length) });
  }
  if (!receipt.checks(digits)) return warn("receipt.mistyped");
  await during("door.opening", async () => {
    const root = await receipt.root(digits, bytes(here.salt));
    await look(root);
  });
}

async function look(root: receipt.Root): Promise<void> {
  const outcome = await wire.find(base64(root.token));
  if (outcome.kind === "unreachable") return warn("door.unreached");
  if (outcome.kind === "refused") return refused(outcome.why);
  const { standing, time, recipient, answers } = outcome.told;
  if (standing === "none") return warn("receipt.not_found");
  number.value = "";
  open = { root, recipient };
  put(part("standing", HTMLElement), `receipt.status_${standing}`, { time });
  await showAnswers(root.identity, answers);
  more.hidden = standing === "closed";
  sure.hidden = true;
  show(dossier);
  dossier.focus();
}

async function showAnswers(identity: string, answers: string[]): Promise<void> {
  const list = part("answers", HTMLElement);
  const read = await Promise.all(answers.map((answer) => opened(identity, answer)));
  list.replaceChildren(
    ...read.map((words) => {
      const shown = document.createElement("p");
      shown.className = "answer";
      shown.dir = "auto";
      if (words === null) put(shown, "door.unopened");
      else shown.textContent = words;
      return shown;
    }),
  );
  put(part("answers-head", HTMLElement), answers.length > 0 ? "door.answers" : "door.answers_none");
}

async function addMore(words: string): Promise<void> {
  if (open === null) return;
  if (unadded?.said !== words) {
    unadded = { said: words, id: random(16), more: await sealWords(words, open.recipient) };
  }
  const outcome = await wire.add(base64(open.root.token), unadded.id, unadded.more);
  if (outcome.kind === "unreachable") return warn("door.unsent");
  if (outcome.kind === "refused") return refused(outcome.why);
  if (!outcome.told.kept) return warn("door.not_added");
  unadded = null;
  more.reset();
  tell("complaint.added");
}

async function withdraw(): Promise<void> {
  if (open === null) return;
  const outcome = await wire.drop(base64(open.root.token));
  if (outcome.kind === "unreachable") return warn("door.not_gone");
  if (outcome.kind === "refused") return refused(outcome.why);
  if (!outcome.told.gone) return warn("door.not_gone");
  shut();
  show(back);
  tell("receipt.withdrawn");
}

function shut(): void {
  open = unadded = null;
  more.reset();
  part("answers", HTMLElement).replaceChildren();
}

function subjects(): void {
  for (const situation of here.situations) {
    const option = document.createElement("option");
    option.value = situation;
    put(option, `label.sit_${situation}`);
    subject.append(option);
  }
}

/** Arabic, unless the phone says French: nobody has said a word yet. */
function likely(): Lang {
  return navigator.language.toLowerCase().startsWith("fr") ? "fr" : "ar";
}

async function begin(): Promise<void> {
  const asked = theirs();
  part("in-telegram", HTMLElement).hidden = !inTelegram;
  const outcome = await wire.start();
  if (outcome.kind !== "told") {
    alertLine.replaceChildren(...sentence("lost"));
    return;
  }
  here = outcome.told;
  learn(here.texts);
  subjects();
  turnTo((await asked) ?? likely());
  for (const id of ["all", "tongue"]) part(id, HTMLElement).hidden = false;
  if (!able()) {
    show(null);
    warn("door.old");
  }
}

function on(id: string, act: () => void): void {
  part(id, HTMLButtonElement).addEventListener("click", () => {
    if (idle()) act();
  });
}

function submits(form: HTMLFormElement, act: () => void): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

submits(write, () => {
  const words = wordsIn(box);
  if (words !== null) void during("door.sealing", () => file(words));
});
submits(back, () => void come());
submits(more, () => {
  const words = wordsIn(moreBox);
  if (words !== null) void during("door.sealing", () => addMore(words));
});
on("have", () => show(back));
on("new", () => show(write));
on("noted", hideReceipt);
on("withdraw", () => {
  quiet();
  sure.hidden = false;
  sure.scrollIntoView({ block: "nearest" });
});
on("withdraw-no", () => (sure.hidden = true));
on("withdraw-yes", () => void during("door.opening", withdraw));
on("shut", () => {
  shut();
  show(back);
});
on("tongue", () => {
  turnTo(spokenLang() === "ar" ? "fr" : "ar");
  drawReceipt();
});
watch(part("exit", HTMLButtonElement));

label(document);
void begin();
