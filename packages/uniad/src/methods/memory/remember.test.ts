import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { runEagerly } from '../../device/device.js';
import { selectDevice } from '../../device/select-device.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { bankSize, bankSizeOfKind, sayBounded } from './bank-size.js';
import { drawSorted } from './draw-sorted.js';
import { rememberKinds } from './remember-kinds.js';
import { remember } from './remember.js';

describe('bankSize', () => {
  test.each([
    // tokens, ratio, candidates, kept
    [1000, 0.25, 1000, 250],
    [3, 0.01, 3, 1],
    [131_072, 0.25, 131_072, 32_768],
    [524_288, 0.05, 524_288, 26_214],
    [1_568_000, 0.25, 524_288, 32_768],
    [1_568_000, 0.01, 524_288, 15_680],
  ])('of %d tokens with ratio %d', (tokens, ratio, candidates, kept) => {
    expect(bankSize(tokens, ratio)).toEqual({ candidates, kept });
  });

  test('of each kind, less', () => {
    expect(bankSizeOfKind(1000, 0.25, 3)).toEqual({ candidates: 1000, kept: 250 });
    expect(bankSizeOfKind(1_568_000, 0.05, 15)).toEqual({ candidates: 524_288, kept: 8192 });
    expect(bankSizeOfKind(131_072, 0.05, 100)).toEqual({ candidates: 131_072, kept: 1310 });
  });

  test('what is bounded is told', () => {
    const say = (tokens: number, ratio: number) => sayBounded(tokens, ratio, bankSize(tokens, ratio));
    expect(say(131_072, 0.25)).toBeUndefined();
    expect(say(3, 0.01)).toBeUndefined();
    expect(say(1_568_000, 0.25)).toMatch(
      /keeps 32768 of 1568000 tokens instead of 392000, chosen from 524288 drawn at random/,
    );
    expect(say(200_000, 0.25)).toMatch(/keeps 32768 of 200000 tokens instead of 50000, chosen from all/);
    expect(say(1_568_000, 0.01)).toMatch(/15680 tokens are chosen from 524288 of 1568000/);
  });
});

test('each kind has a bank of one size, of its own tokens; one with fewer has some twice', async () => {
  // Of the kind a 9 tokens around 100, all far apart; of the kind b 3, alike.
  const values = [[100, 110, 120], [0, 1, 2], [130, 140, 150], [160, 170, 180]]; // prettier-ignore
  const source: FeatureSource = {
    length: 4,
    shape: [1, 3, 1],
    kinds: ['a', 'b', 'a', 'a'],
    read: async (picture) => Float32Array.from(values[picture]!),
  };
  const progress: number[] = [];
  const { shape, data } = await rememberKinds(source, {
    ratio: 0.7, // Of the 6 tokens that a kind has on average.
    epsilon: 0.9,
    generator: new Generator(0),
    compile: runEagerly,
    onProgress: ({ done, total }) => progress.push(done / total),
  });
  expect(shape).toEqual([2, 4, 1]);
  const [a, b] = [Array.from(data.subarray(0, 4)), Array.from(data.subarray(4))];
  expect(new Set(a).size).toBe(4);
  expect(a.every((value) => values.flat().indexOf(value) >= 0 && value >= 100)).toBe(true);
  expect([...new Set(b)].sort()).toEqual([0, 1, 2]);
  expect(progress).toEqual([...progress].sort((x, y) => x - y));
  expect(progress.at(-1)).toBe(1);
});

test('numbers are drawn in order, each once, and all as often', () => {
  const counts = new Uint32Array(20);
  for (let seed = 0; seed < 2000; seed++) {
    const drawn = Array.from(drawSorted(5, 20, new Generator(seed)));
    expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
    expect(drawn).toHaveLength(5);
    for (const one of drawn) counts[one]!++;
  }
  // 500 expected, deviation 19.4.
  counts.forEach((count) => expect(Math.abs(count - 500)).toBeLessThan(80));
  expect(Array.from(drawSorted(3, 3, new Generator(1)))).toEqual([0, 1, 2]);
});

test('of more tokens than are compared, remembers some of those drawn, prepared, the same for a seed', async () => {
  const { compile } = await selectDevice('onnxruntime');
  const shape = [600, 500, 1] as const; // 2 pictures: 600,000 tokens
  const value = (index: number) => index / 1000;
  const source: FeatureSource = {
    length: 2,
    shape,
    read: async (picture) => Float32Array.from({ length: 300_000 }, (_, i) => value(picture * 300_000 + i)),
  };
  const run = (seed: number) =>
    remember(source, {
      size: bankSize(600_000, 0.0001),
      epsilon: 0.9,
      generator: new Generator(seed),
      compile,
      map: { channels: 1, forward: (tokens) => tf.neg(tokens) },
    });
  const before = tf.memory().numTensors;
  const bank = await run(1);
  expect(tf.memory().numTensors).toBe(before);
  expect(bank.shape).toEqual([60, 1]);
  const drawn = new Set(drawSorted(2 ** 19, 600_000, new Generator(1).fork('candidates')));
  const indices = Array.from(bank.data, (one) => Math.round(-1000 * one));
  expect(indices.every((index) => drawn.has(index))).toBe(true);
  // Farthest first: from the one it begins with to the end that is farther, then to the other, or to what is between the two.
  const all = [...drawn];
  const chosen = [indices[0]!];
  for (let i = 1; i < 5; i++) {
    const apart = (index: number) => Math.min(...chosen.map((one) => Math.abs(one - index)));
    const farthest = all.reduce((best, index) => (apart(index) > apart(best) ? index : best));
    expect(Math.abs(apart(indices[i]!) - apart(farthest))).toBeLessThan(10); // 32 bits do not tell neighbours apart.
    chosen.push(indices[i]!);
  }
  expect((await run(1)).data).toEqual(bank.data);
  expect((await run(2)).data).not.toEqual(bank.data);
});
