// The C decoder of a stack of layers, compiled to WebAssembly: one story, token by token. See program.py for what it is given.

const KIND = { BLANK: 0, PLAIN: 1, TABLE: 2, PRODUCT: 3, ROTATION: 4 };
const STEP_BYTES = 48; // decode_step: three numbers of 8 bytes, six addresses of 4

/** Instantiates the module's functions and memory. */
export async function openWasm(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  instance.exports._initialize?.();
  return new Wasm(instance.exports);
}

/** Memory of the module, and its functions. */
class Wasm {
  constructor(exports) {
    this.call = exports;
    this._buffer = null;
  }

  /** Views of the memory, made anew where it has grown. */
  get views() {
    const buffer = this.call.memory.buffer;
    if (this._buffer !== buffer) {
      this._buffer = buffer;
      this._views = { u8: new Uint8Array(buffer), i32: new Int32Array(buffer), f32: new Float32Array(buffer), f64: new Float64Array(buffer) };
    }
    return this._views;
  }

  /** The address of so many bytes of zeros. */
  reserve(bytes) {
    const at = this.call.reserve(bytes);
    if (!at) throw new RangeError(`This model needs more memory than there is: another ${(bytes / 1048576).toFixed(0)} MB.`);
    return at;
  }

  /** A copy of a typed array, in at least so many bytes. */
  copy(array, bytes = array.byteLength) {
    const at = this.reserve(Math.max(bytes, array.byteLength));
    this.views.u8.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    return at;
  }

  release(at) {
    this.call.release(at);
  }
}

/** One story of a stack. Tokens are read with `read`; the logits that follow lie at `logits`, V floats. */
export class StackDecoder {
  constructor(wasm, about, tensors) {
    this.wasm = wasm;
    this.about = about;
    this.context = about.context;
    this.vocabulary = about.vocabulary;
    this._rotations = [];
    this._recurrentStates = about.recurrent_states.map((number) => ({ number, bytes: about.memory[number][1] }));
    this._places = about.memory.map((described) => this._place(described, tensors));
    this.logits = this._places[about.logits];
    this._link(tensors);
    this._rotate(about.context);
    this.clear();
  }

  /** Forgets the story. */
  clear() {
    this.position = 0;
    this._before = this.about.before_first;
    this._recent = [];
    for (const { number, bytes } of this._recurrentStates) this.wasm.views.u8.fill(0, this._places[number], this._places[number] + bytes);
  }

  /** Reads on; the logits are those after the last token. */
  read(tokens) {
    let unread = tokens;
    if (this.about.restarts) {
      // A story whose absolute positions are used up goes on from its last half context.
      if (this.position + unread.length > this.context) {
        const kept = this._recent.slice(-(this.context >> 1));
        this.clear();
        unread = [...kept, ...unread];
      }
      this._recent = [...this._recent, ...unread].slice(-this.context);
    }
    const { rows } = this.about;
    for (let at = 0; at < unread.length; at += rows) this._step(unread.slice(at, at + rows), at + rows >= unread.length);
  }

  _place(described, tensors) {
    const { wasm } = this, [kind, first, ...rest] = described;
    if (kind === KIND.BLANK) return wasm.reserve(first);
    if (kind === KIND.PLAIN) return wasm.copy(tensors[first], rest[0]);
    if (kind === KIND.TABLE) {
      const [scales, rows, columns] = rest, at = wasm.reserve(4 * rows * columns);
      const from = wasm.copy(tensors[first]), by = wasm.copy(tensors[scales]);
      wasm.call.expand_rows(from, by, rows, columns, at);
      wasm.release(from), wasm.release(by);
      return at;
    }
    if (kind === KIND.PRODUCT) {
      const [form, filled, outputs, inputs] = rest, at = wasm.reserve(wasm.call.packed_size(form, outputs, inputs));
      const from = wasm.copy(tensors[first]);
      (form === 0 ? wasm.call.pack_floats : wasm.call.pack_bytes)(from, filled, inputs, at);
      wasm.release(from);
      return at;
    }
    this._rotations.push({ width: first, base: rest[0], isSine: rest[1], places: [] });
    return -this._rotations.length; // its tables are made by _rotate
  }

  /** Addresses into the structs, and the list of operations. */
  _link(tensors) {
    const { wasm, about } = this, structs = wasm.copy(tensors[about.structs]), links = tensors[about.addresses];
    for (let i = 0; i < links.length; i += 3) {
      const at = this._places[links[i + 1]];
      if (at < 0) this._rotations[-at - 1].places.push(structs + links[i]);
      else wasm.views.i32[(structs + links[i]) >> 2] = at + links[i + 2];
    }
    const count = about.operations.length / 2, listed = wasm.reserve(16 * count), rows = about.rows;
    let room = 0;
    for (let i = 0; i < count; i++) {
      const at = listed + 16 * i;
      wasm.views.i32[at >> 2] = about.operations[2 * i];
      wasm.views.i32[(at >> 2) + 2] = structs + about.operations[2 * i + 1];
      room = Math.max(room, Number(wasm.call.decode_room(at, BigInt(rows))));
    }
    // tokens, before and positions of each row; slots and first rows of the one run; the row whose logits are wanted
    this._numbers = wasm.reserve(6 * 8 * (rows + 1));
    this._stepAt = wasm.reserve(STEP_BYTES);
    for (let i = 0; i < 6; i++) wasm.views.i32[(this._stepAt >> 2) + 6 + i] = this._numbers + i * 8 * (rows + 1);
    this._arguments = [listed, BigInt(count), this._stepAt, wasm.reserve(4 * room), BigInt(room), 1n];
  }

  /** Tables of rotary positions below `length` (Su et al. 2021, eq. 15), in double precision as `rotation_table` has them. */
  _rotate(length) {
    const { wasm } = this;
    for (const one of this._rotations) {
      const half = one.width >> 1, table = new Float32Array(length * half), of = one.isSine ? Math.sin : Math.cos;
      for (let d = 0; d < half; d++) {
        const frequency = one.base ** (-d / half);
        for (let t = 0; t < length; t++) table[t * half + d] = of(t * frequency);
      }
      if (one.at) wasm.release(one.at);
      one.at = wasm.copy(table);
      for (const place of one.places) wasm.views.i32[place >> 2] = one.at;
    }
    this._rotated = length;
  }

  _step(tokens, isLast) {
    const { wasm } = this, rows = tokens.length, stride = 2 * (this.about.rows + 1);
    if (this.position + rows > this._rotated) this._rotate(2 * (this.position + rows));
    const { i32 } = wasm.views, at = this._numbers >> 2, step = this._stepAt >> 2;
    const put = (row, index, value) => {
      i32[at + row * stride + 2 * index] = value;
      i32[at + row * stride + 2 * index + 1] = value < 0 ? -1 : 0;
    };
    tokens.forEach((token, i) => {
      put(0, i, token);
      put(1, i, i ? tokens[i - 1] : this._before);
      put(2, i, this.position + i);
    });
    put(3, 0, 0), put(4, 0, 0), put(4, 1, rows), put(5, 0, rows - 1);
    i32[step] = rows, i32[step + 2] = 1, i32[step + 4] = isLast ? 1 : 0;
    wasm.call.decode(...this._arguments);
    this.position += rows;
    this._before = tokens[rows - 1];
  }
}
