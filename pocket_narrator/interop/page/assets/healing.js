// Where a prompt's tokens end as no story's do, its last characters are left to the model to spell: generation/healing.py.

const MOST_BLANKS = 8, ODDS = 30, TAIL = 64;
const BLANK = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]"; // as Python's str.isspace
const BLANKS_AT_END = new RegExp(`${BLANK}+$`), ONLY_BLANKS = new RegExp(`^${BLANK}*$`);

/** The tokens of a vocabulary by the bytes that they begin with. */
class TokenPrefixes {
  constructor(tokenizer) {
    this._of = (token) => tokenizer.bytesOf(token);
    this.ids = [];
    for (let token = 0; token < tokenizer.size; token++)
      if (this._of(token).length && !tokenizer.control.has(token)) this.ids.push(token);
    this.ids.sort((a, b) => compare(this._of(a), this._of(b)) || a - b);
    this.longest = this.ids.reduce((most, token) => Math.max(most, this._of(token).length), 0);
  }

  /** The tokens that begin with all of `bytes` and have more. */
  goingOnFrom(bytes) {
    const first = this._place((own) => compare(own, bytes) <= 0);
    const last = this._place((own) => compare(own.subarray(0, bytes.length), bytes) <= 0);
    return this.ids.slice(first, last);
  }

  /** The tokens that `bytes` begin with, shortest first. */
  within(bytes) {
    const found = [];
    for (let length = 1; length <= Math.min(bytes.length, this.longest); length++) {
      const beginning = bytes.subarray(0, length);
      found.push(...this.ids.slice(this._place((own) => compare(own, beginning) < 0), this._place((own) => compare(own, beginning) <= 0)));
    }
    return found;
  }

  /** How many tokens, in their order, are before the first for which `isBefore` is false. */
  _place(isBefore) {
    let low = 0, high = this.ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this._of(this.ids[middle]))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(a, b) {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

const join = (a, b) => Uint8Array.from([...a, ...b]);
const startsWith = (bytes, beginning) => compare(bytes.subarray(0, beginning.length), beginning) === 0;

/** Finds where a prompt is to be cut, and what its first tokens then have to spell. */
export class Healer {
  constructor(tokenizer) {
    this._tokenizer = tokenizer;
  }

  get tokens() {
    return (this._tokens ??= new TokenPrefixes(this._tokenizer)); // sorted when first asked for
  }

  /** { at, owed, isCertain }, or null where the prompt's tokens stay. */
  seam(ids) {
    if (ids.length && ONLY_BLANKS.test(this._tokenizer.decode(ids))) return { at: 0, owed: new Uint8Array(0), isCertain: true };
    const tail = this._tokenizer.decode(ids.slice(-TAIL)), blanks = BLANKS_AT_END.exec(tail)?.[0] ?? "";
    const bytes = new TextEncoder().encode(blanks.slice(-MOST_BLANKS)).length;
    return bytes ? this._atBlanks(ids, bytes) : this._withinWord(ids);
  }

  /** Whether the prompt is spelled anew. logits: after what is kept; own: the token that the prompt has there. */
  isChosen(seam, own, logits) {
    if (seam.isCertain) return true;
    const others = this.tokens.goingOnFrom(seam.owed).map((token) => logits[token]), top = others.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = others.reduce((total, logit) => total + Math.exp(logit - top), 0);
    return top + Math.log(sum) - logits[own] > Math.log(ODDS);
  }

  /** Leaves minus infinity for all tokens that do not spell what is owed; where `edited` has left none, `unedited` counts. */
  constrain(owed, edited, unedited) {
    const within = this.tokens.within(owed), tokens = [...within, ...this.tokens.goingOnFrom(owed)];
    let kept = tokens.map((token) => edited[token]);
    if (kept.every((logit) => logit === -Infinity)) kept = tokens.map((token) => unedited[token]);
    const isNothing = kept.every((logit) => logit === -Infinity);
    edited.fill(-Infinity);
    if (isNothing) edited[within[within.length - 1]] = 0; // the longest
    else tokens.forEach((token, i) => (edited[token] = kept[i]));
  }

  _atBlanks(ids, blanks) {
    const { tokens } = this, of = (token) => this._tokenizer.bytesOf(token);
    let at = ids.length, owed = new Uint8Array(0);
    while (owed.length < blanks) owed = join(of(ids[--at]), owed);
    const before = at ? of(ids[at - 1]) : null;
    if (before && !(before.length && before.every((byte) => byte === 32 || (byte >= 9 && byte <= 13)))) {
      // There may be tokens that hold the blanks and what stands before them, such as a full stop with its line end.
      const rests = tokens.goingOnFrom(before).map((token) => of(token).subarray(before.length));
      if (rests.some((rest) => startsWith(rest, owed) || startsWith(owed, rest))) (at -= 1), (owed = join(before, owed));
    }
    while (owed.length && !tokens.goingOnFrom(owed).length) {
      const within = tokens.within(owed);
      if (within.length !== 1 || within[0] !== ids[at]) break;
      owed = owed.subarray(of(ids[at++]).length); // nothing else can stand here
    }
    return owed.length ? { at, owed, isCertain: true } : null;
  }

  /** From the first token on from which a single other one would hold all the rest, and more. */
  _withinWord(ids) {
    let seam = null, owed = new Uint8Array(0);
    for (let at = ids.length - 1; at >= 0; at--) {
      owed = join(this._tokenizer.bytesOf(ids[at]), owed);
      if (owed.length >= this.tokens.longest) break;
      if (this.tokens.goingOnFrom(owed).length) seam = { at, owed, isCertain: false };
    }
    return seam;
  }
}
