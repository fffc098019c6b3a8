// SHA-256 (FIPS 180-4): the browser's own where it has one for pages like this, else ours, which takes longer.

const PRIMES = (() => {
  const found = [];
  for (let n = 2; found.length < 64; n++) if (found.every((prime) => n % prime)) found.push(n);
  return found;
})();
const fraction = (x) => ((x - Math.floor(x)) * 4294967296) >>> 0;
const ROUNDS = Uint32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

/** In hexadecimal digits. */
export async function sha256(bytes) {
  const words = globalThis.crypto?.subtle ? bigEndian(await crypto.subtle.digest("SHA-256", bytes)) : digest(bytes);
  return Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
}

function bigEndian(buffer) {
  const view = new DataView(buffer);
  return Uint32Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i));
}

/** Eight words. */
export function digest(bytes) {
  const state = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime))), w = new Uint32Array(64);
  const whole = bytes.length - (bytes.length % 64), left = bytes.subarray(whole);
  const end = new Uint8Array(left.length < 56 ? 64 : 128), view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  end.set(left);
  end[left.length] = 0x80;
  const last = new DataView(end.buffer);
  last.setUint32(end.length - 8, Math.floor(bytes.length / 536870912));
  last.setUint32(end.length - 4, (bytes.length << 3) >>> 0);
  for (let at = 0; at < whole; at += 64) mixBlock(state, w, view, at);
  for (let at = 0; at < end.length; at += 64) mixBlock(state, w, last, at);
  return state;
}

function mixBlock(state, w, view, at) {
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15], y = w[i - 2];
    const a = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const b = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16] + a + w[i - 7] + b) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const turned = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + turned + ((e & f) ^ (~e & g)) + ROUNDS[i] + w[i]) | 0;
    const other = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (other + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    (h = g), (g = f), (f = e), (e = (d + first) | 0), (d = c), (c = b), (b = a), (a = (first + second) | 0);
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}
