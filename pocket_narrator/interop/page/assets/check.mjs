// Opens a page, or the files of a website, in Node: node check.mjs FILE. Stories on standard input, what was told on standard output.

import fs from "node:fs";
import path from "node:path";

process.on("uncaughtException", ({ message }) => (console.error(message), process.exit(1)));
const file = process.argv[2], isFolder = fs.statSync(file).isDirectory();
const html = fs.readFileSync(isFolder ? path.join(file, "index.html") : file, "utf8");
const part = (id) => new RegExp(`<script type="text/plain" id="${id}"([^>]*)>([^]*?)</script>`).exec(html);
const [, about, text] = part("model"), hash = /data-hash="(\w+)"/.exec(about)[1];
let answer = null, requests = 0;
globalThis.self = globalThis;
globalThis.postMessage = (data) => answer(data);
globalThis.fetch = () => {
  requests += 1;
  throw new Error("a request");
};
const asked = (data) => new Promise((resolve, reject) => {
  answer = (found) => (found.type === "problem" ? reject(new Error(found.message)) : resolve(found));
  self.onmessage({ data });
});
(0, eval)(isFolder ? fs.readFileSync(path.join(file, "worker.js"), "utf8") : part("engine")[2]);
const source = isFolder ? { bytes: new Uint8Array(fs.readFileSync(path.join(file, "model.bin"))) } : { text, size: Number(/data-size="(\d+)"/.exec(about)[1]) };
await asked({ type: "open", hash, ...source });
const stories = [];
for (const { prompt, options } of JSON.parse(fs.readFileSync(0, "utf8")))
  stories.push((await asked({ type: "whole", id: 1, prompt, options })).tokens);
process.stdout.write(JSON.stringify({ stories, requests, version: process.version }));
