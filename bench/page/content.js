// What is sent: bytes that both pages can make for themselves, so that the receiver knows whether each is what it should be.

/** After so many bytes they repeat: eight times a prime, so that no two pieces near each other begin alike, whatever their size. */
const PERIOD = 8 * 131_171;

/** The largest piece, bytes. */
export const LONGEST = 1024 * 1024;

/** The bytes of a run. They are made once; what is sent are views of them, so that making them costs no contestant anything. */
export class Content {
  #block;

  constructor() {
    const words = new Uint32Array(PERIOD / 4);
    let state = 0x9e3779b9; // xorshift32: any start but 0 will do
    for (let index = 0; index < words.length; index += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[index] = state;
    }
    const period = new Uint8Array(words.buffer);
    this.#block = new Uint8Array(PERIOD + LONGEST);
    this.#block.set(period);
    this.#block.set(period.subarray(0, LONGEST), PERIOD);
  }

  /** `length` bytes, at most `LONGEST`, from the `offset`th. */
  at(offset, length) {
    const start = offset % PERIOD;
    return this.#block.subarray(start, start + length);
  }
}

/**
 * A sum over bytes in their order: another order, a byte more or less, or a wrong one give another. FNV-1a by words rather than bytes, so that
 * it costs a twentieth of what receiving does.
 */
export class Checksum {
  value = 0x811c9dc5;

  /** Takes the next bytes, a multiple of four. */
  add(bytes) {
    if (bytes.length % 4 !== 0) throw new RangeError(`a piece of ${bytes.length} bytes, which is no multiple of four`);
    const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    const words = new Uint32Array(whole.buffer, whole.byteOffset, whole.length / 4);
    let { value } = this;
    for (let index = 0; index < words.length; index += 1) value = Math.imul(value ^ words[index], 0x01000193);
    this.value = value;
  }
}

/** The sum of the first `total` bytes. */
export function expected(content, total) {
  const sum = new Checksum();
  for (let offset = 0; offset < total; offset += LONGEST) sum.add(content.at(offset, Math.min(LONGEST, total - offset)));
  return sum.value;
}
