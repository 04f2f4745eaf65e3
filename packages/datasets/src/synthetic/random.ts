const { PI, cos, floor, imul, log, sqrt } = Math;

/** Random numbers that depend on a key alone, so a picture is the same whatever else was drawn before it (sfc32). */
export class Random {
  private readonly state: Uint32Array;

  constructor(private readonly key: string) {
    this.state = hashWords(key);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** A stream of its own; takes nothing from this one. */
  fork(name: string): Random {
    return new Random(`${this.key}/${name}`);
  }

  uint32(): number {
    const s = this.state;
    const sum = (s[0]! + s[1]! + s[3]!) >>> 0;
    s[3] = s[3]! + 1;
    s[0] = s[1]! ^ (s[1]! >>> 9);
    s[1] = s[2]! + (s[2]! << 3);
    s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + sum;
    return sum;
  }

  /** In [0, 1). */
  uniform(): number {
    return this.uint32() / 2 ** 32;
  }

  normal(): number {
    return sqrt(-2 * log(1 - this.uniform())) * cos(2 * PI * this.uniform());
  }

  /** In 0 .. below - 1. */
  integer(below: number): number {
    return floor(this.uniform() * below);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** `amount` or its negative, or anything in between. */
  spread(amount: number): number {
    return this.between(-amount, amount);
  }

  sign(): 1 | -1 {
    return this.uniform() < 0.5 ? 1 : -1;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)]!;
  }
}

function hashWords(key: string): Uint32Array {
  const words = Uint32Array.of(0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef);
  for (let i = 0; i < key.length; i++) {
    for (let w = 0; w < 4; w++) {
      const mixed = imul(words[w]! ^ key.charCodeAt(i), 0x85ebca6b + 2 * w);
      words[w] = mixed ^ (mixed >>> 15) ^ words[(w + 1) % 4]!;
    }
  }
  return words;
}
