// A model that tells stories: what a page, a worker and a program of one's own use.

import { inflate, readContainer } from "./container.js";
import { openWasm, StackDecoder } from "./decoder.js";
import { Healer } from "./healing.js";
import { NgramDecoder } from "./ngram.js";
import { Uniforms } from "./random.js";
import { checkedOptions, Sampler } from "./sampler.js";
import { Tokenizer } from "./tokenizer.js";
import { StopTexts } from "./stop_texts.js";

const AT_MOST_MS = 12; // of work before others have their turn

/** A prompt that cannot be told on from, or an option that cannot be used, is a RangeError with a sentence for people. */
export class Narrator {
  /** From the bytes of a model file, or what `fetch` gives for it. */
  static async open(model) {
    const bytes = new Uint8Array(model instanceof Response ? await model.arrayBuffer() : model);
    const { about, tensors } = readContainer(await inflate(bytes));
    const wasm = await openWasm(tensors[about.wasm]);
    return new Narrator(wasm, about, tensors);
  }

  constructor(wasm, about, tensors) {
    /** What the model is: name, about, precision, step, parameters, prompts. */
    this.about = about.model;
    this._defaults = { ...about.options, stop: [] };
    this._bounds = about.bounds;
    this._wasm = wasm;
    this.tokenizer = new Tokenizer(about.tokenizer, tensors);
    this._healer = new Healer(this.tokenizer);
    const Decoder = about.program.kind === "stack" ? StackDecoder : NgramDecoder;
    this._decoder = new Decoder(wasm, about.program, tensors);
    this._story = 0;
  }

  /** The model's own options, some of them replaced. */
  options(given = {}) {
    return checkedOptions(given, this._defaults, this._bounds);
  }

  /** The tokens of a prompt; RangeError where it does not fit into the context. */
  encode(prompt) {
    const { context } = this._decoder, most = context * this.tokenizer.longest;
    const tooLong = (what) => new RangeError(`${what}; this model reads at most ${(context - 1).toLocaleString("en")} tokens. Give its last sentences only.`);
    if (prompt.length > most) throw tooLong(`The prompt has ${prompt.length.toLocaleString("en")} characters`);
    const ids = this.tokenizer.encode(prompt);
    if (ids.length + 1 > context) throw tooLong(`The prompt has ${ids.length.toLocaleString("en")} tokens`);
    return ids;
  }

  /** The tokens of a story that goes on from a prompt, as they come: { token, text, nats, known, ending }. One story at a time: one
   *  that is begun ends the one before. Story `number` of a seed; signal: ends it. follow: tokens that the story
   *  goes on with whatever is chosen, to compare what is. */
  async *tell(prompt, { number = 0, signal, follow = null, ...given } = {}) {
    const mine = ++this._story, options = this.options(given), ids = this.encode(prompt), decoder = this._decoder;
    const seam = this._healer.seam(ids), kept = seam === null ? ids : ids.slice(0, seam.at);
    const sampler = new Sampler(this._wasm, decoder.vocabulary, options, new Uniforms(options.seed, number), this._healer);
    try {
      kept.forEach((token) => sampler.add(token));
      decoder.clear();
      decoder.read([this.tokenizer.endOfText, ...kept]);
      if (seam !== null) this._decide(seam, ids, sampler);
      yield* this._tokens(options, sampler, follow, () => mine !== this._story || signal?.aborted);
    } finally {
      sampler.free();
    }
  }

  /** The whole text, with its prompt. */
  async text(prompt, options) {
    let told = prompt;
    for await (const { text } of this.tell(prompt, options)) told += text;
    return told;
  }

  /** Whether the end of the prompt is spelled anew; where not, it is read. */
  _decide(seam, ids, sampler) {
    const others = ids.slice(seam.at);
    if (this._healer.isChosen(seam, others[0], this._logits())) {
      if (seam.owed.length) sampler.healing = seam.owed;
      return;
    }
    this._decoder.read(others);
    others.forEach((token) => sampler.add(token));
  }

  _logits() {
    const at = this._decoder.logits >> 2;
    return this._wasm.views.f32.subarray(at, at + this._decoder.vocabulary);
  }

  async *_tokens(options, sampler, follow, isOver) {
    const decoder = this._decoder, { endOfText } = this.tokenizer, stream = this.tokenizer.stream(), stops = new StopTexts(options.stop);
    let told = 0, since = performance.now();
    for (;;) {
      if (performance.now() - since > AT_MOST_MS) {
        await breathe();
        since = performance.now();
      }
      if (isOver()) return;
      const chosen = sampler.choose(decoder.logits), nats = -this._wasm.call.log_probability(decoder.logits, decoder.vocabulary, chosen);
      const token = follow === null || sampler.healing !== null ? chosen : follow[told];
      sampler.add(token);
      let known = 0;
      if (sampler.healing !== null) {
        const spelled = this.tokenizer.bytesOf(token).length;
        known = Math.min(spelled, sampler.healing.length);
        sampler.healing = known < sampler.healing.length ? sampler.healing.subarray(known) : null;
        if (known === spelled) {
          decoder.read([token]);
          continue; // it only spells the end of the prompt
        }
      }
      told += 1;
      let ending = token === endOfText ? "end" : told >= options.max_tokens ? "length" : null;
      let text = stops.push(stream.push(token, known));
      if (ending !== null && !stops.hasStopped) text += stops.push(stream.finish()) + stops.finish();
      if (stops.hasStopped) ending = "stop";
      yield { token: chosen, text, nats, known, ending };
      if (ending !== null || isOver()) return; // another may have begun, and the decoder is its own now
      decoder.read([token]);
    }
  }
}

/** Lets messages and drawing have their turn. */
function breathe() {
  if (typeof setImmediate === "function") return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (port1.close(), resolve());
    port2.postMessage(0);
  });
}
