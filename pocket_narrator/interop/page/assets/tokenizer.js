// Text to tokens and back, exactly as pocket_narrator.tokenizers does it: what tokenizer.py has written.

// Letters, digits and marks of Unicode 17: for the library that a model's text was split with they are none yet.
const LATER = new RegExp(
  "[" + ("88f c5c cdc 1acf-1add 1ae0-1aeb a7ce-a7cf a7d2 a7d4 a7f1 10940-10959 10ec5-10ec7 10efa-10efb 11b60-11b67 11db0-11ddb " +
    "11de0-11de9 16ea0-16eb8 16ebb-16ed3 16ff2-16ff6 187f8-187ff 18d09-18d1e 18d80-18df2 1e6c0-1e6de 1e6e0-1e6f5 1e6fe-1e6ff " +
    "2b73a-2b73f 2cea2-2cead 323b0-33479").replace(/\w+/g, (code) => `\\u{${code}}`).replace(/ /g, "") + "]", "gu");
const MOST_KEPT = 50000; // words whose tokens are kept
const UNKNOWN_PENALTY = 10; // below the worst score, of a Unigram's character that has no piece
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** With U+FFFD for halves of surrogate pairs, which no text has. */
export const wellFormed = (text) => text.replace(LONE, "\ufffd");

const encoder = new TextEncoder(), latin1 = new TextDecoder("latin1");
// As a string of one character a byte, which can be the key of a map; TextDecoder's latin1 is windows-1252, one to one too.
const keyOf = (bytes) => latin1.decode(bytes);

export class Tokenizer {
  constructor(about, tensors) {
    this.about = about;
    this.endOfText = about.end_of_text;
    this.longest = about.longest;
    this.control = new Set(about.control);
    const all = tensors[about.bytes], lengths = tensors[about.lengths];
    this._bytes = [];
    for (let token = 0, at = 0; token < lengths.length; token++) this._bytes.push(all.subarray(at, (at += lengths[token])));
    this._splits = about.splits.map((pattern) => new RegExp(pattern, "gu"));
    this._seams = about.seams === null ? null : new RegExp(about.seams, "gu");
    this._added = new Map(about.added);
    const names = [...this._added.keys()].sort((a, b) => b.length - a.length).map((name) => name.replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&"));
    this._isAdded = names.length ? new RegExp(names.join("|"), "gu") : null;
    this._kept = new Map();
    const not = new Set(about.not_pieces), added = new Set(this._added.values()), utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
    this._pieces = new Map();
    this._bytes.forEach((bytes, token) => {
      if (!not.has(token) && !added.has(token)) this._pieces.set(about.by_bytes ? keyOf(bytes) : utf8.decode(bytes), token);
    });
    if (about.kind === "unigram") {
      this._scores = tensors[about.scores];
      this._unknown = this._scores.reduce((a, b) => Math.min(a, b), 0) - UNKNOWN_PENALTY;
      this._longestPiece = [...this._pieces.keys()].reduce((most, piece) => Math.max(most, [...piece].length), 0);
    } else {
      this._merges = new Map();
      const merges = tensors[about.merges], V = lengths.length;
      for (let i = 0; i < merges.length; i += 3) this._merges.set(merges[i] * V + merges[i + 1], [i, merges[i + 2]]);
    }
  }

  get size() {
    return this._bytes.length;
  }

  bytesOf(token) {
    return this._bytes[token];
  }

  /** Token ids of a text, without an end-of-text token. Text is only ever text. */
  encode(text) {
    const ids = [];
    for (const [part, isSpelled] of this._cut(wellFormed(text))) {
      if (isSpelled) for (const byte of encoder.encode(part)) ids.push(this._tokenOfByte(byte));
      else for (const [word, token] of this._words(part)) ids.push(...(token === undefined ? this._encodeWord(word) : [token]));
    }
    return ids;
  }

  /** The bytes of tokens, one piece; end-of-text has none. */
  decodeBytes(ids) {
    const parts = [...ids].map((id) => (id === this.endOfText ? this._bytes[0].subarray(0, 0) : this._bytes[id]));
    const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) joined.set(part, at), (at += part.length);
    return joined;
  }

  /** Bytes that are not UTF-8 become U+FFFD. */
  decode(ids) {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.decodeBytes(ids));
  }

  /** Text as tokens come: `push(token, skip)` gives the characters that are complete now, `finish()` what is left. */
  stream() {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return {
      push: (token, skip = 0) => decoder.decode(this.decodeBytes([token]).subarray(skip), { stream: true }),
      finish: () => decoder.decode(),
    };
  }

  /** Where names of control tokens are cut; and characters that only bytes spell. */
  *_cut(text) {
    if (this._seams === null) return void (yield [text, false]);
    const parts = text.split(this._seams), step = (this._groups ??= new RegExp(this._seams.source + "|", "u").exec("").length);
    for (let i = 0; i < parts.length; i++) if (parts[i]) yield [parts[i], i % step !== 0];
  }

  _tokenOfByte(byte) {
    this._ofByte ??= new Map();
    if (!this._ofByte.has(byte))
      this._ofByte.set(byte, this._bytes.findIndex((bytes, token) => bytes.length === 1 && bytes[0] === byte && !this.control.has(token)));
    return this._ofByte.get(byte);
  }

  /** [word, undefined], or ["", token] for an added one. */
  *_words(text) {
    if (this._isAdded === null) return yield* this._parts(text, 0);
    for (const [part, isMatch] of pieces(text, this._isAdded)) {
      if (isMatch) yield ["", this._added.get(part)];
      else yield* this._parts(part, 0);
    }
  }

  *_parts(text, level) {
    if (level === this._splits.length) return void (yield [text, undefined]);
    for (const [part] of pieces(text, this._splits[level])) yield* this._parts(part, level + 1);
  }

  _encodeWord(word) {
    let ids = this._kept.get(word);
    if (ids === undefined) {
      if (this._kept.size > MOST_KEPT) this._kept.clear();
      ids = this.about.kind === "unigram" ? this._likeliest(word) : this._merge(word);
      if (word.length <= 64) this._kept.set(word, ids);
    }
    return ids;
  }

  _symbols(word) {
    const bytes = this.about.byte_tokens;
    if (this.about.by_bytes) return Array.from(encoder.encode(word), (byte) => bytes[byte]);
    const ids = [];
    for (const character of word) {
      const token = this._pieces.get(character);
      if (token !== undefined) ids.push(token);
      else for (const byte of encoder.encode(character)) ids.push(bytes[byte]);
    }
    return ids;
  }

  /** BPE: the pair of the lowest rank first, from the left. */
  _merge(word) {
    if (this.about.whole_words_first) {
      const whole = this._pieces.get(this.about.by_bytes ? keyOf(encoder.encode(word)) : word);
      if (whole !== undefined) return [whole];
    }
    const ids = this._symbols(word), V = this._bytes.length;
    while (ids.length > 1) {
      let best = null, at = 0;
      for (let i = 0; i + 1 < ids.length; i++) {
        const found = this._merges.get(ids[i] * V + ids[i + 1]);
        if (found !== undefined && (best === null || found[0] < best[0])) (best = found), (at = i);
      }
      if (best === null) break;
      ids.splice(at, 2, best[1]);
    }
    return ids;
  }

  /** Unigram: the pieces of the best sum of scores (Viterbi). */
  _likeliest(word) {
    const letters = [...word], best = [{ score: 0, from: 0, token: -1 }];
    for (let i = 0; i < letters.length; i++) {
      let piece = "", hasSingle = false;
      for (let j = i; j < Math.min(letters.length, i + this._longestPiece); j++) {
        const token = this._pieces.get((piece += letters[j]));
        if (token === undefined) continue;
        hasSingle ||= j === i;
        reach(best, j + 1, best[i].score + this._scores[token], i, token);
      }
      if (!hasSingle) reach(best, i + 1, best[i].score + this._unknown, i, -1);
    }
    const ids = [];
    for (let at = letters.length; at > 0; at = best[at].from) {
      if (best[at].token >= 0) ids.push(best[at].token);
      else ids.push(...Array.from(encoder.encode(letters[at - 1]), (byte) => this.about.byte_tokens[byte]).reverse());
    }
    return ids.reverse();
  }
}

function reach(best, at, score, from, token) {
  if (best[at] === undefined || score > best[at].score) best[at] = { score, from, token };
}

/** A text as [part, whether the pattern has matched it]. */
function* pieces(text, pattern) {
  const known = text.replace(LATER, (letter) => (letter.length === 1 ? "\ufffe" : "\u{10fffe}"));
  let at = 0;
  for (const { index, 0: match } of known.matchAll(pattern)) {
    if (!match) continue;
    if (index > at) yield [text.slice(at, index), false];
    yield [text.slice(index, index + match.length), true];
    at = index + match.length;
  }
  if (at < text.length) yield [text.slice(at), false];
}
