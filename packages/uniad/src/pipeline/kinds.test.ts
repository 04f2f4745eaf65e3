import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { judge, judgeBatch } from './judge.js';
import { describeFeatures, descriptorOf, measureLooks, mostLike, normalizeScore } from './kinds.js';
import type { Kind } from './kinds.js';

const CHANNELS = 24;

beforeAll(() => tf.setBackend('cpu'));

/** Features `[4, 4, CHANNELS]` of a picture of a kind. */
function features(kind: number, index: number): Float32Array {
  const values = new Generator(1000 * kind + index).fillNormal(new Float32Array(16 * CHANNELS), 0, 1);
  return values.map((value, i) => (i % CHANNELS === kind ? 3 : 0) + (1 + kind) * value);
}

function kindsOf(pictures: number): Kind[] {
  const descriptors = new Map(
    ['gear', 'tile', 'wood'].map((name, kind) => [
      name,
      Array.from({ length: pictures }, (_, i) => descriptorOf(features(kind, i), CHANNELS)),
    ]),
  );
  return measureLooks(descriptors).map((look, i) => ({
    ...look,
    typical: 1 + i,
    threshold: 2 + 3 * i,
    source: 'test',
  }));
}

test('a descriptor is the same inside of a graph and outside', async () => {
  const batch = tf.tensor4d([...features(0, 1), ...features(2, 1)], [2, 4, 4, CHANNELS]);
  const inside = await describeFeatures(batch).data();
  const outside = [0, 2].flatMap((kind) => Array.from(descriptorOf(features(kind, 1), CHANNELS)));
  inside.forEach((value, i) => expect(value).toBeCloseTo(outside[i]!, 4));
});

test.each([3, 20])('of %d pictures a kind, a new one is known by its look', (pictures) => {
  const kinds = kindsOf(pictures);
  for (let kind = 0; kind < 3; kind++) {
    for (let i = 0; i < 20; i++) {
      const likeness = mostLike(descriptorOf(features(kind, 600 + i), CHANNELS), kinds)!;
      expect(likeness.kind.name).toBe(kinds[kind]!.name);
      expect(likeness.unlike).toBe(false);
    }
  }
});

test('what is far from all is unlike anything learned', () => {
  const away = descriptorOf(
    features(1, 7).map((value) => 40 + 9 * value),
    CHANNELS,
  );
  expect(mostLike(away, kindsOf(20))!.unlike).toBe(true);
  const model = { kinds: kindsOf(20), threshold: { score: 7, source: '', mapRange: [0, 1] as const } };
  expect(judge(9, away, model).category).toBeNull();
  expect(judge(9, descriptorOf(features(1, 7), CHANNELS), model)).toMatchObject({ category: 'tile', threshold: 5 });
  expect(judge(6, away, { ...model, kinds: [] })).toMatchObject({
    category: null,
    categoryDistance: null,
    threshold: 7,
  });
});

test('pictures that are all the same make a kind too', () => {
  const same = descriptorOf(features(0, 0), CHANNELS);
  const looks = measureLooks(new Map([['gear', [same, same]]]));
  const kinds = looks.map((look) => ({ ...look, typical: 1, threshold: 2, source: 'test' }));
  expect(mostLike(same, kinds)).toMatchObject({ distance: 0, unlike: false });
});

test('normalised scores are 0.5 at the threshold, 0.25 for a typical picture, and rise with the score', () => {
  const kind = { typical: 2, threshold: 5 };
  expect(normalizeScore(5, kind)).toBe(0.5);
  expect(normalizeScore(2, kind)).toBe(0.25);
  const rising = [0, 1, 2, 4.99, 5, 5.01, 50, 5000].map((score) => normalizeScore(score, kind));
  expect(rising).toEqual(rising.toSorted((a, b) => a - b));
  expect(new Set(rising).size).toBe(rising.length);
  expect(rising[0]).toBeGreaterThan(0);
  expect(rising.at(-1)).toBeLessThan(1);
  // A threshold by hand may be at or below what is typical.
  for (const threshold of [3, 1]) {
    const [below, at, beyond] = [0, threshold, 9].map((score) => normalizeScore(score, { typical: 3, threshold }));
    expect(at).toBe(0.5);
    expect(below).toBeLessThan(0.5);
    expect(beyond).toBeGreaterThan(0.5);
  }
});

test.each([0, 5])('a graph judges as the detector does, with thresholds %d lower', async (lower) => {
  const kinds = kindsOf(5).map((kind) => ({ ...kind, threshold: kind.threshold - lower }));
  const model = { kinds, threshold: { score: 7, source: '', mapRange: [0, 1] as const } };
  const descriptors = [2, 0, 1].map((kind) => descriptorOf(features(kind, 77), CHANNELS));
  const scores = [1.5, 2.5, 6];
  const batch = tf.tensor2d(
    descriptors.flatMap((one) => Array.from(one)),
    [3, CHANNELS],
  );
  const outputs = judgeBatch(tf.tensor1d(scores), batch, kinds);
  const [normalized, nearest, distances] = await Promise.all(outputs.map((output) => output.data()));
  descriptors.forEach((descriptor, i) => {
    const expected = judge(scores[i]!, descriptor, model);
    expect(normalized![i]).toBeCloseTo(expected.normalizedScore, 5);
    expect(kinds[nearest![i]!]!.name).toBe(expected.category);
    expect(distances![i]).toBeCloseTo(expected.categoryDistance!, 3);
  });
});
