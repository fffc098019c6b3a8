// Reads a story aloud with the browser's own voice, and lights up the word that is being said.

const SENTENCE = /[^.!?\n]+[.!?]*["'\u201d\u2019)]*\s*|[.!?\n\s]+/g; // long texts in one piece fall silent in some browsers

/** whenOver: called at the end. */
export class Reader {
  constructor(whenOver) {
    this._whenOver = whenOver;
    this._turn = 0;
    if (Reader.isThere) speechSynthesis.getVoices(); // some browsers look for them when first asked
  }

  static get isThere() {
    return typeof speechSynthesis !== "undefined" && typeof SpeechSynthesisUtterance !== "undefined";
  }

  get isReading() {
    return this._marked !== undefined;
  }

  /** words: nodes whose texts together are the story; of those the elements light up. False where this device has no voice of its own:
   *  others would be sent the story. */
  start(words) {
    this.stop();
    const voices = speechSynthesis.getVoices().filter((one) => one.localService);
    const voice = voices.find((one) => one.lang.startsWith("en")) ?? voices[0];
    if (voice === undefined) return false;
    const turn = ++this._turn, places = [];
    let text = "";
    for (const word of words) places.push([text.length, word]), (text += word.textContent);
    this._marked = [];
    const sentences = [...text.matchAll(SENTENCE)].filter(([sentence]) => sentence.trim());
    const next = (number) => {
      if (turn !== this._turn) return;
      if (number === sentences.length) return this.stop();
      const { index, 0: sentence } = sentences[number], said = new SpeechSynthesisUtterance(sentence);
      said.voice = voice;
      said.lang = voice.lang;
      said.onboundary = (event) => turn === this._turn && event.name !== "sentence" && this._mark(places, text, index + event.charIndex);
      said.onend = () => next(number + 1);
      said.onerror = () => turn === this._turn && this.stop();
      speechSynthesis.speak(said);
    };
    next(0);
    return true;
  }

  stop() {
    if (!this.isReading) return;
    this._turn++;
    this._unmark();
    this._marked = undefined;
    speechSynthesis.cancel();
    this._whenOver();
  }

  _unmark() {
    for (const word of this._marked) word.classList.remove("spoken");
  }

  /** The elements that hold the word at a place of the text. */
  _mark(places, text, begin) {
    const length = /^[\p{L}\p{N}\p{M}'\u2019-]*/u.exec(text.slice(begin))[0].length || 1;
    this._unmark();
    this._marked = places.filter(([at, word]) => word.classList && at < begin + length && at + word.textContent.length > begin).map(([, word]) => word);
    for (const word of this._marked) word.classList.add("spoken");
    this._marked[0]?.scrollIntoView({ block: "nearest" });
  }
}
