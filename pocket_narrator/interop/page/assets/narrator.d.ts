/** Sampling options; those not given are the model's own. */
export interface Options {
  /** 0 always takes the most likely token. */
  temperature?: number;
  top_k?: number | null;
  top_p?: number | null;
  min_p?: number | null;
  repetition_penalty?: number;
  /** No n-gram of so many tokens twice. */
  no_repeat_ngram?: number | null;
  /** New tokens of a story. */
  max_tokens?: number;
  /** From 0 to 2^64 - 1: the same seed gives the same story. */
  seed?: number | bigint | string;
  /** A story ends before any of these. */
  stop?: string | string[];
}

export interface TellOptions extends Options {
  /** Of the story among those of the same seed, from 0 on. */
  number?: number;
  /** Ends the story. */
  signal?: AbortSignal;
}

export interface Told {
  token: number;
  /** What can be shown now; none while a character is unfinished. */
  text: string;
  /** How surprising the token was: -log of its probability, before options have changed it. */
  nats: number;
  /** Bytes of the token that the prompt has already. */
  known: number;
  /** Of the last token: end of text, max_tokens, or a text of `stop`. */
  ending: "end" | "length" | "stop" | null;
}

export interface About {
  name: string;
  about: string;
  precision: "int8" | "fp32";
  step: number;
  parameters: number;
  prompts: string[];
}

export class Tokenizer {
  readonly endOfText: number;
  readonly size: number;
  encode(text: string): number[];
  decode(ids: Iterable<number>): string;
  decodeBytes(ids: Iterable<number>): Uint8Array;
  bytesOf(token: number): Uint8Array;
}

export class Narrator {
  /** From the bytes of `model.bin`, or the response of `fetch` for it. */
  static open(model: ArrayBuffer | Uint8Array | Response): Promise<Narrator>;
  readonly about: About;
  readonly tokenizer: Tokenizer;
  /** All options, checked; RangeError for one that cannot be used. */
  options(given?: Options): Required<Options>;
  /** RangeError where the prompt does not fit into the model's context. */
  encode(prompt: string): number[];
  /** One story at a time: a new one ends the one before. */
  tell(prompt: string, options?: TellOptions): AsyncGenerator<Told, void, undefined>;
  /** The prompt and the whole story. */
  text(prompt: string, options?: TellOptions): Promise<string>;
}
