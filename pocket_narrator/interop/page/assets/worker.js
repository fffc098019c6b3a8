// Generates beside the page, which stays quick: messages in, words out.

import { fromText } from "./container.js";
import { sha256 } from "./hash.js";
import { Narrator } from "./narrator.js";

const FRAME_MS = 30; // between two messages with words: the eye needs no more
let narrator = null, ending = null;

/** What a model's text, bytes or address holds; Error where it is not what was written. */
async function modelOf({ text, size, url, bytes: given, hash }) {
  const bytes = given ?? (url === undefined ? fromText(text, size) : new Uint8Array(await (await fetched(url)).arrayBuffer()));
  if ((await sha256(bytes)) !== hash) throw new Error("This page is damaged: its model is not the one that was written. Get the file again.");
  return bytes;
}

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The model cannot be loaded: ${response.status} ${response.statusText}`);
  return response;
}

async function tell({ id, prompt, options }) {
  ending?.abort();
  const mine = new AbortController(), began = performance.now();
  ending = mine;
  let words = [], nats = 0, unshown = 0, tokens = 0, last = null, shown = performance.now(), first = null;
  const show = () => {
    if (words.length) postMessage({ type: "words", id, words });
    words = [];
    shown = performance.now();
  };
  for await (const one of narrator.tell(prompt, { ...options, signal: mine.signal })) {
    first ??= performance.now() - began;
    tokens += 1;
    nats += one.nats;
    unshown += one.nats;
    last = one.ending;
    if (one.text) {
      words.push([one.text, unshown, one.token]);
      unshown = 0;
    }
    if (tokens === 1 || performance.now() - shown > FRAME_MS) show();
  }
  show();
  postMessage({ type: "done", id, ending: last ?? "stopped", tokens, nats, seconds: (performance.now() - began) / 1000, first });
}

/** A whole story at once, with its tokens: for programs that drive the page. */
async function whole({ id, prompt, options }) {
  const tokens = [];
  let text = prompt, ended = null;
  for await (const one of narrator.tell(prompt, options)) tokens.push(one.token), (text += one.text), (ended = one.ending);
  postMessage({ type: "whole", id, tokens, text, ending: ended ?? "stopped" });
}

self.onmessage = async ({ data }) => {
  try {
    if (data.type === "open") {
      narrator = await Narrator.open(await modelOf(data));
      postMessage({ type: "ready", about: narrator.about, options: { ...narrator.options(), seed: 0 } });
    } else if (data.type === "tell") await tell(data);
    else if (data.type === "whole") await whole(data);
    else if (data.type === "stop") ending?.abort();
  } catch (error) {
    postMessage({ type: "problem", id: data.id, message: error.message || String(error) });
  }
};
