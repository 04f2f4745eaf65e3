import { chiSquareDeviations, moments } from '../test/statistics.js';
import { ArgumentError } from './errors.js';
import { Generator } from './generator.js';

const draws = (generator: Generator, count: number) => Array.from({ length: count }, () => generator.uint32());

describe('the stream', () => {
  test('is the same for a seed everywhere', () => {
    expect(draws(new Generator(1), 4)).toEqual(draws(new Generator(1), 4));
    expect(draws(new Generator(1), 3)).toEqual([2719816156, 329822289, 138300035]);
  });

  test('differs between seeds, also beyond 32 bits and below zero', () => {
    const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map((seed) => draws(new Generator(seed), 2).join())).size).toBe(seeds.length);
  });

  test.each([0.5, NaN, Infinity, 2 ** 53])('refuses %p as a seed', (seed) => {
    expect(() => new Generator(seed)).toThrow(ArgumentError);
  });

  test('goes on exactly from a saved state', () => {
    const generator = new Generator(7);
    draws(generator, 100);
    generator.normal();
    generator.fillKept(new Uint8Array(1000), 0.1);
    const saved = JSON.parse(JSON.stringify(generator.state)) as number[];
    const other = new Generator(0);
    other.state = saved;
    const use = (g: Generator) => [
      g.uniform(),
      g.normal(),
      g.integer(10),
      ...g.shuffle([1, 2, 3, 4, 5]),
      ...g.fillNormal(new Float32Array(5), 0, 1),
      ...g.fillKept(new Uint8Array(50), 0.3),
      g.uint32(),
    ];
    expect(use(other)).toEqual(use(generator));
    expect(other.state).toEqual(generator.state);
  });

  test.each([[[]], [[1, 2, 3]], [[1, 2, 3, -1]], [[1, 2, 3, 2 ** 32]], [[1, 2, 3, 0.5]]])(
    'refuses %p as a state',
    (state) => {
      expect(() => (new Generator(1).state = state)).toThrow(ArgumentError);
    },
  );

  test('every bit is set half the time, alone and together with the draw before', () => {
    const generator = new Generator(11);
    const count = 200_000;
    const ones = new Array<number>(32).fill(0);
    const changes = new Array<number>(32).fill(0);
    let previous = generator.uint32();
    for (let i = 0; i < count; i++) {
      const draw = generator.uint32();
      for (let bit = 0; bit < 32; bit++) {
        ones[bit]! += (draw >>> bit) & 1;
        changes[bit]! += ((draw ^ previous) >>> bit) & 1;
      }
      previous = draw;
    }
    for (const sum of [...ones, ...changes]) expect(Math.abs(sum - count / 2)).toBeLessThan(5 * Math.sqrt(count / 4));
  });
});

describe('distributions', () => {
  test('uniform: mean, variance, and 1000 cells', () => {
    const generator = new Generator(2);
    const values = Array.from({ length: 500_000 }, () => generator.uniform());
    const { mean, deviation } = moments(values);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(deviation ** 2).toBeCloseTo(1 / 12, 3);
    const counts = new Array<number>(1000).fill(0);
    for (const value of values) counts[Math.floor(value * 1000)]! += 1;
    expect(
      Math.abs(
        chiSquareDeviations(
          counts,
          counts.map(() => values.length / 1000),
        ),
      ),
    ).toBeLessThan(4);
  });

  test.each(['normal', 'fillNormal'])('%s: moments, and tails', (method) => {
    const generator = new Generator(3);
    const values =
      method === 'normal'
        ? Array.from({ length: 400_001 }, () => generator.normal())
        : generator.fillNormal(new Float32Array(400_001), 0, 1);
    const { mean, deviation, skew, kurtosis } = moments(values);
    expect(Math.abs(mean)).toBeLessThan(0.008);
    expect(deviation).toBeCloseTo(1, 2);
    expect(Math.abs(skew)).toBeLessThan(0.02);
    expect(kurtosis).toBeCloseTo(3, 1);
    const beyond = (limit: number) => Array.from(values).filter((x) => Math.abs(x) > limit).length / values.length;
    expect(beyond(1)).toBeCloseTo(0.3173, 2);
    expect(beyond(3)).toBeCloseTo(0.0027, 3);
  });

  test('fillNormal: neighbours do not go together', () => {
    const values = new Generator(4).fillNormal(new Float32Array(200_000), 0, 1);
    const correlation = values.reduce((sum, x, i) => (i === 0 ? 0 : sum + x * values[i - 1]!), 0) / values.length;
    expect(Math.abs(correlation)).toBeLessThan(0.012);
  });

  test('fillNormal and fillUniform take mean, deviation and bounds', () => {
    const generator = new Generator(5);
    const { mean, deviation } = moments(generator.fillNormal(new Float32Array(100_000), 5, 0.5));
    expect(mean).toBeCloseTo(5, 1);
    expect(deviation).toBeCloseTo(0.5, 2);
    const values = generator.fillUniform(new Float32Array(200_000), -3, -1);
    expect(Math.min(...values.subarray(0, 50_000))).toBeLessThan(-2.99);
    expect(values.every((x) => x >= -3 && x < -1)).toBe(true);
  });

  test('integer: every value as often, below as any number', () => {
    const generator = new Generator(6);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 140_000; i++) counts[generator.integer(7)]! += 1;
    expect(
      Math.abs(
        chiSquareDeviations(
          counts,
          counts.map(() => 20_000),
        ),
      ),
    ).toBeLessThan(4);
    // Without rejection two thirds of all draws would be below 2^30.
    const half = Array.from({ length: 10_000 }, () => generator.integer(3 * 2 ** 30)).filter((x) => x < 2 ** 30).length;
    expect(half / 10_000).toBeCloseTo(1 / 3, 1);
    expect(generator.integer(1)).toBe(0);
    for (const below of [0, -1, 1.5, NaN, 2 ** 32 + 1]) expect(() => generator.integer(below)).toThrow(ArgumentError);
  });

  test('shuffle: in place, each order as often', () => {
    const generator = new Generator(8);
    const items = ['a', 'b', 'c', 'd'];
    expect(generator.shuffle(items)).toBe(items);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = generator.shuffle(['a', 'b', 'c', 'd']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(chiSquareDeviations([...counts.values()], new Array<number>(24).fill(1000)))).toBeLessThan(4);
  });
});

describe('fork', () => {
  test('takes nothing from its parent and does not depend on how far that has come', () => {
    const parent = new Generator(20);
    const state = parent.state;
    const early = draws(parent.fork('noise'), 5);
    expect(parent.state).toEqual(state);
    draws(parent, 10);
    expect(draws(parent.fork('noise'), 5)).toEqual(early);
  });

  test('differs by name, seed and lineage', () => {
    const root = new Generator(20);
    const forks = [
      root,
      root.fork(''),
      root.fork('a'),
      root.fork('b'),
      root.fork('ab'),
      root.fork('ba'),
      root.fork('a').fork('b'),
      root.fork('a').fork(''),
      new Generator(21).fork('a'),
    ];
    expect(new Set(forks.map((generator) => draws(generator, 3).join())).size).toBe(forks.length);
    const numbered = Array.from({ length: 5000 }, (_, i) => draws(root.fork(`shuffle ${i}`), 1)[0]);
    expect(new Set(numbered).size).toBeGreaterThan(4990);
  });

  test('streams of neighbouring names do not go together', () => {
    const root = new Generator(22);
    const count = 100_000;
    const [a, b] = [root.fork('noise 1'), root.fork('noise 2')];
    let agreeing = 0;
    for (let i = 0; i < count; i++) {
      let difference = a.uint32() ^ b.uint32();
      for (let bit = 0; bit < 32; bit++, difference >>>= 1) agreeing += 1 - (difference & 1);
    }
    expect(Math.abs(agreeing - 16 * count)).toBeLessThan(5 * Math.sqrt(8 * count));
  });
});
