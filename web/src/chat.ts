// SPDX-License-Identifier: AGPL-3.0-or-later
// The chat page: what the visitor does goes out in order, what the bot says comes in once.

import { theirs } from "./opened"; // first: see there
import { Log, word, type Choice } from "./bubbles";
import { isExit, leave, watch } from "./exit";
import { drop, keep, kindOf, letThrough } from "./files";
import { begin, label, sentence, speak } from "./tongue";
import { known, visitor } from "./visitor";
import { giveUp, next, once, pause, say, seen, type Bubble, type Parcel, type Said } from "./wire";
import { twin, type Twin, type Word } from "./words";

const AGAIN_AFTER = 1_000; // milliseconds
const MEASURED = 2_000; // characters
const LONGEST_PAUSE = 30_000; // milliseconds between attempts to reach the server

function part<Part extends HTMLElement>(id: string, kind: new () => Part): Part {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id} in the page`);
  return found;
}

const box = part("box", HTMLTextAreaElement);
const form = part("form", HTMLFormElement);
const picker = part("file", HTMLInputElement);
const alertLine = part("alert", HTMLElement);
const statusLine = part("status", HTMLElement);
const log = new Log(part("log", HTMLElement), choose);

/** What did not arrive, so that sending it again unchanged has the same id. */
let unsent: { id: string; text: string } | null = null;
let line: Promise<void> = Promise.resolve();
let listening = false;

function show(where: HTMLElement, said: Word | Twin | null): void {
  where.replaceChildren(...(said === null ? [] : sentence(said)));
}

/** Send one thing after the one before it; *bubble* shows it, *undo* takes it back. */
function send(id: string, said: Said, bubble: HTMLElement, failed: Word, undo: () => void): void {
  const token = visitor();
  show(alertLine, null);
  bubble.classList.add("going");
  line = line.then(async () => {
    const outcome = await say(token, id, said);
    bubble.classList.remove("going");
    if (outcome.kind === "kept") {
      if (outcome.screen === "leave") return leave(null);
      if (outcome.screen === "clear") log.clear(bubble);
      if (outcome.screen === "drop") log.drop();
      return;
    }
    bubble.remove();
    undo();
    show(alertLine, outcome.kind === "refused" ? outcome.why : twin(failed));
  });
  void listen(token);
}

function submit(): void {
  const text = box.value.trim();
  if (text === "") return;
  const id = unsent?.text === text ? unsent.id : once();
  unsent = null;
  write("");
  send(id, { text }, log.mine(text), "unsent", () => {
    unsent = box.value === "" ? { id, text } : null;
    write(box.value === "" ? text : `${text}\n${box.value}`);
  });
}

function choose({ id, label: text, reopen }: Choice): void {
  if (isExit(id)) return leave(id);
  send(once(), { option: id }, log.mine(text), "unchosen", reopen);
}

function offer(file: File): void {
  if (file.size === 0) return show(alertLine, "empty");
  const kind = kindOf(file);
  const words = box.value.trim();
  write("");
  const size = `${(file.size / 1e6).toFixed(file.size < 1e6 ? 2 : 1)} MB`;
  const bubble = log.mine(word(kind), ` ${size}`, words && `\n${words}`);
  const ticket = keep(file, bubble);
  const said = { file: { kind, size: file.size, ticket }, caption: words };
  send(once(), said, bubble, "unoffered", () => {
    drop(ticket);
    write([words, box.value].filter(Boolean).join("\n"));
  });
}

function write(text: string): void {
  box.value = text;
  fit();
}

function fit(): void {
  // An empty box reads in the page's direction, a text in its own.
  if (box.value === "") box.removeAttribute("dir");
  else box.dir = "auto";
  // Measuring a very long text takes the phone seconds, and it fills the box anyway.
  if (box.value.length > MEASURED) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

/** Fetch what the bot says, for as long as the page is open. */
async function listen(token: string): Promise<void> {
  if (listening) return;
  listening = true;
  const shown = new Set<number>();
  for (let failures = 0; known() === token; ) {
    const parcels = await next(token);
    if (parcels === null) {
      failures += 1;
      if (failures > 1) show(statusLine, "lost");
      await reconnection(Math.min(LONGEST_PAUSE, 500 * 2 ** failures));
      continue;
    }
    if (failures > 0) show(statusLine, null);
    failures = 0;
    await take(token, parcels, shown);
  }
}

/** Show each parcel once, however often it comes; it comes until the server knows it arrived. */
async function take(token: string, parcels: Parcel[], shown: Set<number>): Promise<void> {
  if (parcels.length === 0) return;
  const fresh = parcels.filter(({ id }) => !shown.has(id));
  const bubbles = fresh.filter((parcel): parcel is Bubble => "text" in parcel);
  const last = bubbles[bubbles.length - 1];
  if (last) speak(last.lang);
  log.theirs(bubbles);
  for (const parcel of fresh) if ("upload" in parcel) void bringFile(token, parcel.upload);
  const ids = parcels.map(({ id }) => id);
  for (const id of ids) shown.add(id);
  const told = await seen(token, ids);
  // The leave to bring a file comes again for as long as its bytes are on the way.
  if (!told || fresh.length === 0) await pause(AGAIN_AFTER);
}

async function bringFile(token: string, ticket: string): Promise<void> {
  if (await letThrough(token, ticket)) return;
  show(alertLine, "forgotten");
  await giveUp(token, ticket);
}

function reconnection(milliseconds: number): Promise<void> {
  const online = new Promise<void>((done) =>
    addEventListener("online", () => done(), { once: true }),
  );
  return Promise.race([pause(milliseconds), online]);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  box.focus();
});
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
box.addEventListener("input", fit);
part("attach", HTMLButtonElement).addEventListener("click", () => picker.click());
picker.addEventListener("change", () => {
  const [file] = picker.files ?? [];
  if (file) offer(file);
  picker.value = "";
});
watch(part("exit", HTMLButtonElement));

label(document);
void theirs().then(begin);
const before = known();
if (before === null) log.note("welcome", { word: "sealed", address: "/notes" });
else log.note("continued");
if (before !== null) void listen(before);
