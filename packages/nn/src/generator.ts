import { ArgumentError } from './errors.js';
import { keptGaps } from './kept-gaps.js';

const WORD = 2 ** 32;

/**
 * A seeded stream of random numbers (sfc32, period at least 2^32): the same seed gives the same numbers everywhere.
 *
 * Its state is all that it remembers, so a stream that is saved and restored goes on exactly.
 */
export class Generator {
  /** What {@link fork} starts from; unlike the state it never changes. */
  private key: readonly [number, number, number];
  private words = new Int32Array(4);

  /**
   * @param seed an integer up to 2^53 in magnitude
   * @throws ArgumentError when the seed is not one
   */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new ArgumentError(`Expected an integer for seed but received ${seed}`);
    this.key = [seed | 0, Math.floor(seed / WORD) | 0, 0];
    this.start();
  }

  /** Four uint32 numbers that may be kept as JSON; setting them throws ArgumentError when they are something else. */
  get state(): readonly number[] {
    return Array.from(this.words, (word) => word >>> 0);
  }

  /**
   * Goes on as the generator did whose state this is.
   * @throws ArgumentError unless it is four uint32 numbers
   */
  set state(state: readonly number[]) {
    if (state.length !== 4 || state.some((word) => !Number.isInteger(word) || word < 0 || word >= WORD)) {
      throw new ArgumentError(`Expected four uint32 numbers for state but received ${JSON.stringify(state)}`);
    }
    this.words = Int32Array.from(state);
  }

  /**
   * A stream of its own that follows from this generator's seed and the name alone: it takes nothing from this stream,
   * and does not depend on how far that has come.
   */
  fork(name: string): Generator {
    let [a, b, c] = this.key;
    for (let i = 0; i < name.length; i++) {
      const unit = name.charCodeAt(i);
      a = mix(a ^ unit);
      b = mix((b + unit) ^ a);
      c = mix((c + b) ^ Math.imul(unit, 0x9e3779b1));
    }
    const child = new Generator(0);
    // The length keeps a fork of the empty name apart from its parent.
    child.key = [mix(a ^ (name.length + 1)), mix(b + a), mix(c + b)];
    child.start();
    return child;
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const s = this.words;
    const sum = (s[0]! + s[1]! + s[3]!) | 0;
    s[3] = s[3]! + 1;
    s[0] = s[1]! ^ (s[1]! >>> 9);
    s[1] = s[2]! + (s[2]! << 3);
    s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A number in [0, 1), a multiple of 2^-32. */
  uniform(): number {
    return this.uint32() / WORD;
  }

  /** A number from the standard normal distribution. */
  normal(): number {
    return this.radius() * Math.cos(2 * Math.PI * this.uniform());
  }

  /**
   * An integer in [0, below), each as likely as the others.
   *
   * @throws ArgumentError when `below` is not an integer from 1 to 2^32
   */
  integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > WORD) {
      throw new ArgumentError(`Expected an integer from 1 to 2^32 for below but received ${below}`);
    }
    // What is left above the last whole multiple would favour small numbers.
    const limit = WORD - (WORD % below);
    let draw = this.uint32();
    while (draw >= limit) draw = this.uint32();
    return draw % below;
  }

  /** Puts the items in a random order, in place. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }

  /** Fills with numbers in [low, high). */
  fillUniform(values: Float32Array, low: number, high: number): Float32Array {
    // 24 bits: more would round up to `high` in a float32.
    for (let i = 0; i < values.length; i++) values[i] = low + (high - low) * ((this.uint32() >>> 8) / 2 ** 24);
    return values;
  }

  /** Fills with normal numbers (Box-Muller: both numbers of a pair are used). */
  fillNormal(values: Float32Array, mean: number, deviation: number): Float32Array {
    for (let i = 0; i < values.length; i += 2) {
      const radius = deviation * this.radius();
      const angle = 2 * Math.PI * this.uniform();
      values[i] = mean + radius * Math.cos(angle);
      if (i + 1 < values.length) values[i + 1] = mean + radius * Math.sin(angle);
    }
    return values;
  }

  /**
   * Fills a dropout mask: 0 with probability `dropRate`, else 1.
   *
   * It draws the gaps between dropped elements, so the cost goes with their number.
   *
   * @throws ArgumentError when the rate is not in [0, 1)
   */
  fillKept(mask: Uint8Array, dropRate: number): Uint8Array {
    if (!(dropRate >= 0 && dropRate < 1))
      throw new ArgumentError(`Expected a number in [0, 1) for dropRate but received ${dropRate}`);
    mask.fill(1);
    if (dropRate === 0) return mask;
    const { gaps, shift, exact } = keptGaps(dropRate);
    // uint32() written out: in local variables the state stays in registers, which saves a third over millions of draws.
    let [a = 0, b = 0, c = 0, counter = 0] = this.words;
    for (let i = -1; ;) {
      const draw = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + draw) | 0;
      let gap = gaps[draw >>> shift]!;
      if (gap < 0) gap = Math.min(exact(draw >>> 0), mask.length - 1 - i) | 0;
      i = (i + 1 + gap) | 0;
      if (i >= mask.length) break;
      mask[i] = 0;
    }
    this.words = Int32Array.of(a, b, c, counter);
    return mask;
  }

  /** The length of a normal vector of two dimensions. */
  private radius(): number {
    return Math.sqrt(-2 * Math.log((this.uint32() + 0.5) / WORD));
  }

  private start(): void {
    this.words = Int32Array.of(...this.key, 1);
    // Seeds that differ in one bit are unlike after 12 rounds; 20 leave a margin.
    for (let round = 0; round < 20; round++) this.uint32();
  }
}

/** The finaliser of MurmurHash3: every input bit reaches every output bit. */
function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
