// An N-gram with modified Kneser-Ney smoothing: models/ngram/model.py and scoring.py.

/** One story of an N-gram, told as `StackDecoder` tells one. */
export class NgramDecoder {
  constructor(wasm, about, tensors) {
    this.wasm = wasm;
    this.context = about.context;
    this.vocabulary = about.vocabulary;
    this._endOfText = about.end_of_text;
    this._tables = about.tables.map(({ tokens, probabilities, backoffs, children }) => ({
      tokens: tensors[tokens],
      probabilities: tensors[probabilities],
      backoffs: backoffs === null ? null : tensors[backoffs],
      first: children === null ? null : placesOf(tensors[children]),
    }));
    this._unigrams = Float64Array.from(this._tables[0].probabilities, Math.log);
    this._logs = new Float64Array(about.vocabulary);
    this.logits = wasm.reserve(4 * (about.vocabulary + 64));
    this.clear();
  }

  clear() {
    this._recent = [];
  }

  /** No context reaches back across an end-of-text, nor further than the order. */
  read(tokens) {
    const order = this._tables.length, all = [...this._recent, ...tokens], recent = all.slice(Math.max(0, all.length - order + 1));
    this._recent = recent.slice(Math.max(0, recent.lastIndexOf(this._endOfText)));
    this._tell();
  }

  /** The logarithms of the distribution: from the shortest context to the longest one that is in the tables. */
  _tell() {
    const logs = this._logs, tables = this._tables;
    logs.set(this._unigrams);
    for (let length = 1; length <= this._recent.length; length++) {
      const row = this._find(this._recent.slice(this._recent.length - length));
      if (row < 0) break;
      const below = tables[length - 1], table = tables[length], less = Math.log(below.backoffs[row]);
      for (let token = 0; token < logs.length; token++) logs[token] += less;
      for (let at = below.first[row]; at < below.first[row + 1]; at++) logs[table.tokens[at]] = Math.log(table.probabilities[at]);
    }
    this.wasm.views.f32.set(logs, this.logits >> 2);
  }

  /** The row of an N-gram in the table of its order; -1 where it is not there. */
  _find(ngram) {
    let row = ngram[0];
    for (let k = 1; k < ngram.length; k++) {
      const { first } = this._tables[k - 1], { tokens } = this._tables[k];
      let low = first[row], high = first[row + 1];
      const end = high;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (tokens[middle] < ngram[k]) low = middle + 1;
        else high = middle;
      }
      if (low === end || tokens[low] !== ngram[k]) return -1;
      row = low;
    }
    return row;
  }
}

/** From how many there are of each to where each begins. */
function placesOf(counts) {
  const places = new Int32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) places[i + 1] = places[i] + counts[i];
  return places;
}
