// The uniform numbers of a story: NumPy's default_rng([seed, story]).random(), that is PCG64 (O'Neill 2014) behind SeedSequence.

const WORD = 0xffffffffn, LONG = (1n << 64n) - 1n, WIDE = (1n << 128n) - 1n;
const MULTIPLIER = 47026247687942121848144207491837523525n; // of PCG64, 128 bits
const [INIT_A, MULT_A, INIT_B, MULT_B, MIX_L, MIX_R] = [0x43b0d7e5, 0x931e8875, 0x8b51f9dd, 0x58f38ded, 0xca01f9dd, 0x4973f715];
const POOL = 4;

/** A whole number from 0 on as words of 32 bits, lowest first; 0 is one word. */
function words(number) {
  const found = [];
  for (let left = BigInt(number); left > 0n || !found.length; left >>= 32n) found.push(Number(left & WORD));
  return found;
}

/** 64-bit words made of the entropy, as SeedSequence.generate_state(count, uint64). */
function generateState(entropy, count) {
  let constant = INIT_A;
  const hashed = (value) => {
    value = (value ^ constant) >>> 0;
    constant = Math.imul(constant, MULT_A) >>> 0;
    value = Math.imul(value, constant) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mixed = (x, y) => {
    const result = (Math.imul(MIX_L, x) - Math.imul(MIX_R, y)) >>> 0;
    return (result ^ (result >>> 16)) >>> 0;
  };
  const pool = [];
  for (let i = 0; i < POOL; i++) pool.push(hashed(i < entropy.length ? entropy[i] : 0));
  for (let from = 0; from < POOL; from++)
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  for (let from = POOL; from < entropy.length; from++)
    for (let to = 0; to < POOL; to++) pool[to] = mixed(pool[to], hashed(entropy[from]));
  constant = INIT_B;
  const state = [];
  for (let i = 0; i < 2 * count; i++) {
    let value = (pool[i % POOL] ^ constant) >>> 0;
    constant = Math.imul(constant, MULT_B) >>> 0;
    value = Math.imul(value, constant) >>> 0;
    state.push((value ^ (value >>> 16)) >>> 0);
  }
  return Array.from({ length: count }, (_, i) => BigInt(state[2 * i]) | (BigInt(state[2 * i + 1]) << 32n));
}

/** Uniform numbers in [0, 1) of story `number` of a seed (whole numbers from 0 to 2^64 - 1). */
export class Uniforms {
  constructor(seed, number = 0) {
    const [high, low, incrementHigh, incrementLow] = generateState([...words(seed), ...words(number)], 4);
    this._increment = ((((incrementHigh << 64n) | incrementLow) << 1n) | 1n) & WIDE;
    this._state = 0n;
    this._advance();
    this._state = (this._state + ((high << 64n) | low)) & WIDE;
    this._advance();
  }

  next() {
    this._advance();
    const mixed = (this._state >> 64n) ^ (this._state & LONG), turn = this._state >> 122n;
    const bits = ((mixed >> turn) | (mixed << ((64n - turn) & 63n))) & LONG;
    return Number(bits >> 11n) / 9007199254740992;
  }

  _advance() {
    this._state = (this._state * MULTIPLIER + this._increment) & WIDE;
  }
}
