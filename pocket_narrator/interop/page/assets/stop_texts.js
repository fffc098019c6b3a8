// A story's text, held back while it may be the beginning of a text that ends it: generation/stop_texts.py.

export class StopTexts {
  constructor(stops) {
    this._stops = stops;
    this._longest = this._stops.reduce((most, stop) => Math.max(most, stop.length), 0);
    this._held = "";
    this.hasStopped = false;
  }

  /** What can be shown after more text. */
  push(more) {
    if (!this._longest) return more;
    const text = this._held + more;
    const found = this._stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    if (found.length) {
      this.hasStopped = true;
      this._held = "";
      return text.slice(0, Math.min(...found));
    }
    let held = Math.min(text.length, this._longest - 1);
    while (held && !this._stops.some((stop) => stop.startsWith(text.slice(text.length - held)))) held--;
    this._held = text.slice(text.length - held);
    return text.slice(0, text.length - held);
  }

  /** What is left when no more comes. */
  finish() {
    const left = this._held;
    this._held = "";
    return left;
  }
}
