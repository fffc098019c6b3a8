// From logits to the next token, as generation/sampling.py has it: repetition penalty, forbidden n-grams, what a prompt is owed,
// and then in C temperature, top-k, top-p, min-p and the draw.

const GREEDY_BELOW = 1e-5;
const LARGEST_SEED = 2n ** 64n - 1n, MOST_STOPS = 64, LONGEST_STOP = 1000;

/** Options as they are used. RangeError for one that cannot be; `bounds` are those of recipe/sampling.py. */
export function checkedOptions(given, defaults, bounds) {
  const options = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name === "signal") continue;
    if (!(name in defaults)) throw new RangeError(`There is no option "${name}"; there are ${Object.keys(defaults).join(", ")}.`);
    options[name] = value;
  }
  for (const [name, { at_least, above, at_most, whole, off }] of Object.entries(bounds)) {
    const value = name === "seed" ? wholeNumber(options.seed) : options[name], most = name === "seed" ? LARGEST_SEED : at_most;
    if (value === null && off.length) continue;
    const low = at_least === null ? value > above : value >= at_least;
    const isNumber = typeof value === typeof most && (typeof value === "bigint" || !whole || Number.isInteger(value));
    if (!isNumber || !low || !(value <= most))
      throw new RangeError(`${name}=${String(options[name]).slice(0, 40)} cannot be used: it is a ${whole ? "whole " : ""}number ` +
        `${at_least === null ? `above ${above}` : `of at least ${at_least}`} and at most ${most}.`);
    options[name] = off.includes(value) ? null : value;
  }
  options.stop = checkedStops(options.stop);
  return options;
}

/** As a BigInt; null for what is none. */
function wholeNumber(value) {
  try {
    return BigInt(value);
  } catch {
    return null;
  }
}

function checkedStops(given) {
  const stops = typeof given === "string" ? [given] : given;
  const isRight = Array.isArray(stops) && stops.length <= MOST_STOPS;
  if (!isRight || !stops.every((stop) => typeof stop === "string" && stop.length > 0 && stop.length <= LONGEST_STOP))
    throw new RangeError(`stop cannot be used: it is at most ${MOST_STOPS} texts of 1 to ${LONGEST_STOP} characters.`);
  return stops;
}

/** What choosing a story's tokens depends on. */
export class Sampler {
  constructor(wasm, vocabulary, options, uniforms, healer) {
    this.healing = null; // bytes that the story still owes its prompt
    this._wasm = wasm;
    this._options = options;
    this._uniforms = uniforms;
    this._healer = healer;
    this._vocabulary = vocabulary;
    this._history = new Set();
    this._recent = [];
    this._followers = new Map(); // of n - 1 tokens, where no n-gram may come twice
    const doubles = [options.temperature < GREEDY_BELOW ? 0 : options.temperature, options.top_p ?? 1, options.min_p ?? 0, 0];
    // what C reads: temperature, top-p, min-p, the uniform number; top-k; and where it leaves the token
    this._room = wasm.reserve(48 + 4 * (vocabulary + 64));
    wasm.views.f64.set(doubles, this._room >> 3);
    wasm.views.i32[(this._room + 32) >> 2] = Math.min(options.top_k ?? 0, vocabulary);
  }

  free() {
    this._wasm.release(this._room);
  }

  /** The story goes on with a token. */
  add(token) {
    const n = this._options.no_repeat_ngram;
    if (n !== null) {
      if (this._recent.length >= n - 1) {
        const before = this._recent.join();
        if (!this._followers.has(before)) this._followers.set(before, new Set());
        this._followers.get(before).add(token);
      }
      this._recent = n > 1 ? [...this._recent, token].slice(1 - n) : [];
    }
    this._history.add(token);
  }

  /** The next token after logits at an address. Error where there is none. */
  choose(logits) {
    const { _wasm: wasm, _room: room, _vocabulary: V } = this, at = this._edited(logits);
    wasm.views.f64[(room + 24) >> 3] = this._uniforms.next();
    wasm.call.sample(at, 1n, BigInt(V), BigInt(V), room, room + 32, room + 8, room + 16, room + 24, room + 40);
    const token = wasm.views.i32[(room + 40) >> 2];
    if (token >= 0) return token;
    const own = wasm.views.f32.subarray(logits >> 2, (logits >> 2) + V);
    const isStrange = own.some(Number.isNaN) || !Number.isFinite(own.reduce((a, b) => Math.max(a, b), -Infinity));
    throw new Error(isStrange ? "The model's output is not a number: its training has diverged." : "These options leave nothing to choose from: leave some of them out.");
  }

  /** The address of the logits, changed where options ask for it. */
  _edited(logits) {
    const { repetition_penalty: penalty, no_repeat_ngram: n } = this._options;
    if (penalty === 1 && n === null && this.healing === null) return logits;
    const { f32 } = this._wasm.views, at = this._room + 48;
    const own = f32.subarray(logits >> 2, (logits >> 2) + this._vocabulary), edited = f32.subarray(at >> 2, (at >> 2) + this._vocabulary);
    edited.set(own);
    if (penalty !== 1) {
      const rounded = Math.fround(penalty);
      for (const token of this._history) edited[token] = edited[token] > 0 ? edited[token] / rounded : edited[token] * rounded;
    }
    if (n !== null && this._recent.length >= n - 1) for (const token of this._followers.get(this._recent.join()) ?? []) edited[token] = -Infinity;
    if (this.healing !== null) this._healer.constrain(this.healing, edited, own);
    return at;
  }
}
