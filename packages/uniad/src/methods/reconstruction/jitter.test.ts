import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { jitter } from './jitter.js';

beforeAll(() => tf.setBackend('cpu'));

const [BATCH, TOKENS, CHANNELS] = [4, 300, 16] as const;

/** Tokens of very different lengths. */
function tokens(): tf.Tensor3D {
  const values = new Generator(1).fillNormal(new Float32Array(BATCH * TOKENS * CHANNELS), 0, 1);
  return tf.tensor3d(
    values.map((value, i) => value * (1 + 9 * ((Math.floor(i / CHANNELS) % TOKENS) / TOKENS))),
    [BATCH, TOKENS, CHANNELS],
  );
}

/** What jitter added to each token, over the deviation that equation 3 gives it: alpha times the token's norm over its channels. */
function relativeNoise(scale: number, probability: number, seed: number): Float32Array {
  const before = tokens();
  const after = jitter(before, { scale, probability }, new Generator(seed));
  const deviation = tf.mul(tf.norm(before, 'euclidean', -1, true), scale / CHANNELS);
  return tf.div(tf.sub(after, before), deviation).dataSync() as Float32Array;
}

describe('jitter', () => {
  test.each([5, 20, 30])('at scale %d each token gets the deviation of equation 3, around 0', (scale) => {
    const noise = relativeNoise(scale, 1, 2);
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    const variance = noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.length;
    // 19200 draws: the deviations of these estimates are 0.0072 and 0.0102.
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.04);
    // A long token gets as much, relative to its length, as a short one.
    const [short, long] = [noise.subarray(0, 50 * CHANNELS), noise.subarray(250 * CHANNELS, 300 * CHANNELS)];
    const spread = (part: Float32Array) => part.reduce((sum, value) => sum + value ** 2, 0) / part.length;
    expect(Math.abs(spread(short) - 1)).toBeLessThan(0.2);
    expect(Math.abs(spread(long) - 1)).toBeLessThan(0.2);
  });

  test('is drawn once a batch: all of its tokens or none, as often as the probability says', () => {
    const jittered = Array.from({ length: 400 }, (_, seed) => {
      const before = tf.ones([2, 3, 4]) as tf.Tensor3D;
      const changed = tf.notEqual(jitter(before, { scale: 20, probability: 0.25 }, new Generator(seed)), before);
      const count = tf.sum(tf.cast(changed, 'int32')).dataSync()[0]!;
      expect([0, 24]).toContain(count);
      return count > 0;
    });
    const share = jittered.filter(Boolean).length / jittered.length;
    expect(Math.abs(share - 0.25)).toBeLessThan(0.09); // four deviations
  });

  test('without scale or probability there is none', () => {
    const before = tokens();
    expect(jitter(before, { scale: 0, probability: 1 }, new Generator(1))).toBe(before);
    expect(jitter(before, { scale: 20, probability: 0 }, new Generator(1))).toBe(before);
  });
});
