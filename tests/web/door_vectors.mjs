// SPDX-License-Identifier: AGPL-3.0-or-later
// Runs the door's own sources outside a browser: one JSON object in, what they make of it out.

import * as receipt from "../../web/src/door-receipt.ts";
import * as seal from "../../web/src/door-seal.ts";

const asked = JSON.parse(await new Response(process.stdin).text());
const salt = seal.bytes(asked.salt);
const roots = [];
for (const digits of asked.digits) {
  const { token, identity } = await receipt.root(digits, salt);
  roots.push({ token: seal.text(token), identity, recipient: await seal.recipientOf(identity) });
}
const made = Array.from({ length: asked.make }, receipt.make);
const fresh = await seal.newCase(asked.team);
const sealed = [];
for (const words of asked.words) sealed.push(await seal.sealWords(words, fresh.recipient));
console.log(
  JSON.stringify({
    roots,
    made,
    checks: made.map(receipt.checks),
    typed: asked.typed.map((text) => [receipt.digitsIn(text), receipt.checks(receipt.digitsIn(text))]),
    groups: made.map(receipt.groups),
    beside: made.map((digits) => receipt.beside(digits, asked.vocabulary)),
    classes: asked.lengths.map(seal.sizeClass),
    fresh,
    sealed,
    opened: await Promise.all(asked.answers.map((blob) => seal.opened(asked.identity, blob))),
  }),
);
