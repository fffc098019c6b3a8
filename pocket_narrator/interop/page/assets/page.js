// What happens on a page when somebody uses it.

import { sha256 } from "./hash.js";
import { Controls, make, newSeed } from "./controls.js";
import { Reader } from "./speech.js";

const DEEPEST_NATS = 6; // from here on the colour is at its deepest
const ENDINGS = { end: "finished", stop: "finished", length: "reached max length", stopped: "stopped" };
// The smallest module with an instruction of 128 bits: (v128.const i32x4 0 0 0 0), dropped.
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23, 1, 21, 0, 253, 12, ...Array(16).fill(0), 26, 11];
const $ = (id) => document.getElementById(id);

let asked = 0, setOpened, setFailed;
const opened = new Promise((resolve, reject) => ((setOpened = resolve), (setFailed = reject)));
opened.catch(() => {}); // what has gone wrong stands on the page
let worker = null, controls = null, reader = null, story = { id: 0, options: null, prompt: "", ending: "" };

/** Why this browser cannot run the page; null where it can. */
function whyNot() {
  const lacks = typeof WebAssembly === "undefined" ? "WebAssembly" : !WebAssembly.validate(Uint8Array.from(SIMD)) ? "WebAssembly's SIMD instructions"
    : typeof DecompressionStream === "undefined" ? "DecompressionStream" : typeof Worker === "undefined" ? "web workers" : null;
  return lacks && `This browser lacks ${lacks}, with which the model runs. Open the page in a current Chrome, Edge, Firefox or Safari (16.4 or newer).`;
}

function fail(message) {
  $("status").textContent = "";
  $("problem").textContent = message;
  $("problem").hidden = false;
  busy(false);
  setFailed(new Error(message)); // where it had not opened yet
}

function busy(isTelling) {
  $("stop").hidden = !isTelling;
  $("tell").hidden = isTelling;
  $("another").disabled = isTelling || story.options === null;
  $("tell").disabled = controls === null;
  $("tale").setAttribute("aria-busy", isTelling);
}

/** Begins a story; one that is being told ends. */
function tell(seed) {
  if (controls === null) return;
  const options = { ...controls.options(), ...(seed === undefined ? {} : { seed }) };
  reader.stop();
  story = { id: story.id + 1, options, prompt: $("prompt").value, ending: "" };
  $("problem").hidden = true;
  $("foot").hidden = true;
  $("tale").classList.remove("empty");
  $("text").replaceChildren(make("em", story.prompt), make("i", "", "pen"));
  $("status").textContent = "Generating\u2026";
  busy(true);
  worker.postMessage({ type: "tell", id: story.id, prompt: story.prompt, options });
  $("stories").scrollIntoView({ block: "nearest" });
}

function addWords(words) {
  const made = words.flatMap(([text, nats]) => {
    const shown = text.trimStart(), word = make("span", shown); // a blank before a word is not coloured: it may stand at the end of a line
    word.style.setProperty("--s", Math.min(1, Math.max(0, nats / DEEPEST_NATS)).toFixed(3));
    word.title = `${nats.toFixed(2)} nats, probability ${(100 * Math.exp(-nats)).toFixed(1)} %`;
    return [text.slice(0, text.length - shown.length), word];
  });
  $("text").lastChild.before(...made);
}

function end({ ending, tokens, nats, seconds, first }) {
  $("text").querySelector(".pen")?.remove();
  const shown = [`seed ${story.options.seed}`, `${tokens.toLocaleString("en")} tokens`];
  if (tokens) shown.push(`${Math.round(tokens / Math.max(seconds, 1e-3)).toLocaleString("en")} tokens/s`, `${(nats / tokens).toFixed(2)} nats/token`);
  story.ending = ENDINGS[ending];
  $("figures").replaceChildren(...[...shown, story.ending].map((each) => make("span", each)));
  $("tale").dataset.first = first ?? "";
  $("tale").dataset.ending = ending;
  $("foot").hidden = false;
  $("status").textContent = `${story.ending[0].toUpperCase()}${story.ending.slice(1)}: ${tokens} tokens.`;
  busy(false);
}

const told = () => $("text").textContent;

async function copy() {
  try {
    await navigator.clipboard.writeText(told());
  } catch { // pages from a file may not be let
    const area = Object.assign(make("textarea", told()), { readOnly: true });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  $("status").textContent = "Copied.";
}

function save() {
  const opening = story.prompt.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 40).replace(/^-+|-+$/g, "") || "story";
  const link = Object.assign(make("a"), { download: `${opening}-${story.options.seed}.txt`, href: URL.createObjectURL(new Blob([told().trim() + "\n"], { type: "text/plain" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** The prompt's words become elements too, so that they can be lit up. */
function read() {
  if (reader.isReading) return reader.stop();
  const given = $("text").querySelector("em");
  if (given) given.replaceWith(...(given.textContent.match(/\S+|\s+/g) ?? []).map((word) => make("em", word)));
  if (!reader.start([...$("text").childNodes])) return void ($("status").textContent = "This device has no voice of its own to read with.");
  $("read").setAttribute("aria-pressed", "true");
  $("read").textContent = "Stop reading";
}

function onReading() {
  $("read").setAttribute("aria-pressed", "false");
  $("read").textContent = "Read aloud";
}

function ready({ about, options }) {
  controls = new Controls(options);
  const openings = about.prompts.map((prompt) => {
    const button = Object.assign(make("button", prompt), { type: "button" });
    button.addEventListener("click", () => (($("prompt").value = prompt), $("prompt").focus()));
    return button;
  });
  $("openings").append(...openings);
  $("status").textContent = "Ready.";
  busy(false);
  setOpened();
}

function onMessage({ data }) {
  if (data.type === "ready") ready(data);
  else if (data.type === "problem" && (data.id === undefined || data.id === story.id)) {
    $("text").querySelector(".pen")?.remove();
    fail(data.message);
  } else if (data.id !== story.id) return; // of a story that has been left
  else if (data.type === "words") addWords(data.words);
  else if (data.type === "done") end(data);
}

function listen() {
  $("compose").addEventListener("submit", (event) => (event.preventDefault(), tell()));
  $("another").addEventListener("click", () => tell(newSeed()));
  $("stop").addEventListener("click", () => worker.postMessage({ type: "stop" }));
  $("copy").addEventListener("click", copy);
  $("save").addEventListener("click", save);
  $("read").addEventListener("click", read);
  $("read").hidden = !Reader.isThere;
  $("surprise").addEventListener("change", ({ target }) => ($("tale").classList.toggle("coloured", target.checked), ($("legend").hidden = !target.checked)));
  $("legend").append(...[0, 1, 2, 4, 6].map((nats) => {
    const sample = make("i");
    sample.style.background = `color-mix(in srgb, var(--hot) ${Math.round((80 * nats) / DEEPEST_NATS)}%, transparent)`;
    const entry = make("span");
    entry.append(sample, `${nats} nats`);
    return entry;
  }));
  const dark = matchMedia("(prefers-color-scheme: dark)"), root = document.documentElement;
  const follow = () => (root.dataset.theme = dark.matches ? "dark" : "light");
  dark.addEventListener("change", follow);
  follow();
  $("theme").addEventListener("click", () => (root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.preventDefault(), tell();
    else if (event.key === "Escape" && !$("stop").hidden) worker.postMessage({ type: "stop" });
  });
  addEventListener("pagehide", () => reader.stop());
}

/** For programs, and for the browser's console: `await pocketNarrator("Once upon a time", { seed: 1 })` is a story with its tokens. */
globalThis.pocketNarrator = (prompt, options = {}) =>
  opened.then(() => new Promise((resolve, reject) => {
    const id = `whole ${++asked}`, answered = ({ data }) => {
      if (data.id !== id) return;
      worker.removeEventListener("message", answered);
      if (data.type === "whole") resolve(data);
      else reject(new Error(data.message));
    };
    worker.addEventListener("message", answered);
    worker.postMessage({ type: "whole", id, prompt, options });
  }));

/** Whether style and scripts are those that were written. */
async function isSealed() {
  const parts = [...document.querySelectorAll("style, script[data-part]")].map((part) => part.textContent);
  return parts.length === 0 || (await sha256(new TextEncoder().encode(parts.join("\n")))) === document.body.dataset.seal;
}

async function begin() {
  listen();
  reader = new Reader(onReading);
  const why = whyNot();
  if (why) return fail(why);
  if (!(await isSealed())) return fail("This page is damaged: it is not what was written. Get the file again.");
  const model = $("model"), engine = $("engine");
  worker = new Worker(engine ? URL.createObjectURL(new Blob([engine.textContent], { type: "text/javascript" })) : "worker.js");
  worker.onmessage = onMessage;
  worker.onerror = (event) => fail(`The page's program has failed: ${event.message || "it could not be started"}.`);
  const hash = model.dataset.hash;
  worker.postMessage({ type: "open", hash, ...(model.dataset.url ? { url: new URL(model.dataset.url, location.href).href } : { text: model.textContent, size: Number(model.dataset.size) }) });
  model.textContent = ""; // the worker has it
  if (model.dataset.url) navigator.serviceWorker?.register("service-worker.js").catch(() => {}); // without it the page needs a network
}

begin();
