// Tensors and what is said about them: what container.py has written.

const ARRAYS = {
  int8: Int8Array, uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array,
  float32: Float32Array, float64: Float64Array,
};
const AWKWARD = [0x00, 0x0d, 0x3c];

/** The first `size` bytes of a page's text of symbols of seven bits each; more may be there than was written. */
export function fromText(text, size) {
  const bytes = new Uint8Array((text.length * 14) >> 3);
  let held = 0, bits = 0, at = 0;
  for (let i = 0; i < text.length; i++) {
    let symbol = text.charCodeAt(i);
    if (symbol >= 0x80) {
      symbol = (AWKWARD[(symbol - 0x80) >> 7] << 7) | (symbol & 0x7f);
      held = (held << 14) | symbol;
      bits += 14;
    } else {
      held = (held << 7) | symbol;
      bits += 7;
    }
    while (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
    held &= (1 << bits) - 1;
  }
  return bytes.subarray(0, Math.min(at, size));
}

/** What zlib has compressed. */
export async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** { about, tensors } of a container that has been inflated. */
export function readContainer(bytes) {
  const end = bytes.indexOf(10);
  const about = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const begin = bytes.byteOffset + Math.ceil((end + 1) / 8) * 8;
  const tensors = about.tensors.map(([type, size, at]) => new ARRAYS[type](bytes.buffer, begin + at, size));
  return { about, tensors };
}
