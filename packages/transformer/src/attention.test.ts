import * as tf from '@tensorflow/tfjs';
import { Generator, Parameters } from '@uniad/nn';
import { expectGradientsToBeRight } from '../test/gradients.js';
import { MultiheadAttention, scaledDotProductAttention } from './attention.js';
import { TransformerError } from './error.js';
import { neighborMask } from './neighbor-mask.js';
import type { GridSize } from './neighbor-mask.js';

const random = new Generator(7);
const tensor = (shape: [number, number, number]) =>
  tf.tensor3d(random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b)), 0, 1), shape);

beforeAll(() => tf.setBackend('cpu'));

/** The weights of attention with loops, one number at a time, in double precision. */
function slowWeights(q: number[][], k: number[][], mask?: number[][]): number[][] {
  return q.map((query, i) => {
    const logits = k.map(
      (key, j) => key.reduce((sum, x, d) => sum + x * query[d]!, 0) / Math.sqrt(query.length) + (mask?.[i]![j] ?? 0),
    );
    const largest = Math.max(...logits);
    const weights = logits.map((x) => Math.exp(x - largest));
    const total = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / total);
  });
}

/** With the identity for values, what comes out are the weights, `[queries, keys]`. */
function weightsOf(q: tf.Tensor3D, k: tf.Tensor3D, mask: tf.Tensor2D | undefined): number[][] {
  const identity = tf.expandDims(tf.eye(k.shape[1]), 0) as tf.Tensor3D;
  return scaledDotProductAttention(q, k, identity, mask, 0, undefined).arraySync()[0]!;
}

describe('scaledDotProductAttention', () => {
  const grid = [4, 5] as const;

  test.each([false, true])('equals the slow implementation, masked: %p', (masked) => {
    const mask = masked ? neighborMask(grid, [3, 3]) : undefined;
    const [q, k, v] = [tensor([2, 20, 6]), tensor([2, 20, 6]), tensor([2, 20, 6])];
    const output = scaledDotProductAttention(q, k, v, mask, 0.5, undefined).arraySync();
    const [qs, ks, vs] = [q.arraySync(), k.arraySync(), v.arraySync()];
    output.forEach((rows, b) => {
      const weights = slowWeights(qs[b]!, ks[b]!, mask?.arraySync());
      rows.forEach((row, i) =>
        row.forEach((value, d) => {
          const expected = weights[i]!.reduce((sum, weight, j) => sum + weight * vs[b]![j]![d]!, 0);
          expect(Math.abs(value - expected)).toBeLessThan(1e-6);
        }),
      );
    });
  });

  test.each<[GridSize, GridSize, number]>([
    [[8, 8], [7, 7], 1],
    [[8, 8], [5, 5], 1],
    [[8, 8], [1, 1], 1],
    [[4, 6], [3, 5], 1],
    [[4, 6], [5, 3], 1],
    // Logits of some hundreds: the mask outweighs them.
    [[4, 6], [3, 3], 12],
  ])(
    'grid %p, window %p: weights are zero inside the window, positive outside, and sum to one',
    (grid, window, scale) => {
      const tokens = grid[0] * grid[1];
      const [q, k] = [tf.mul(tensor([1, tokens, 8]), scale), tf.mul(tensor([1, tokens, 8]), scale)] as [
        tf.Tensor3D,
        tf.Tensor3D,
      ];
      const weights = weightsOf(q, k, neighborMask(grid, window));
      const expected = slowWeights(q.arraySync()[0]!, k.arraySync()[0]!);
      weights.forEach((row, query) => {
        const seen = row.map((_, key) => {
          const rows = Math.abs(Math.floor(query / grid[1]) - Math.floor(key / grid[1]));
          return rows > (window[0] - 1) / 2 || Math.abs((query % grid[1]) - (key % grid[1])) > (window[1] - 1) / 2;
        });
        // What is left of the weights of full attention, put to one.
        const left = expected[query]!.reduce((sum, weight, key) => sum + (seen[key] ? weight : 0), 0);
        row.forEach((weight, key) => {
          if (seen[key]) expect(Math.abs(weight - expected[query]![key]! / left)).toBeLessThan(1e-5);
          else expect(weight).toBe(0);
        });
        if (scale === 1) expect(row.filter((weight) => weight > 0)).toHaveLength(seen.filter(Boolean).length);
        expect(Math.abs(row.reduce((a, b) => a + b) - 1)).toBeLessThan(1e-6);
      });
    },
  );

  test.each([
    ['evaluation', 0, false],
    ['masked', 0, true],
    ['dropped out', 0.3, true],
  ])('gradient equals finite differences: %s', (_, rate, masked) => {
    const mask = masked ? neighborMask(grid, [3, 3]) : undefined;
    const inputs = [tensor([1, 20, 4]), tensor([1, 20, 4]), tensor([1, 20, 4])];
    expectGradientsToBeRight((...x) => {
      const generator = rate > 0 ? new Generator(3) : undefined; // The same dropout every time.
      const [q, k, v] = x as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
      return scaledDotProductAttention(q, k, v, mask, rate, generator);
    }, inputs);
    tf.dispose(inputs);
  });

  test('dropout of the weights has the mean and the variance of its rate', () => {
    const [draws, rate] = [400, 0.3];
    const [q, k, v] = [tensor([1, 20, 4]), tensor([1, 20, 4]), tensor([1, 20, 4])];
    const generator = new Generator(11);
    const mean = tf.tidy(() => {
      const outputs = Array.from({ length: draws }, () =>
        scaledDotProductAttention(q, k, v, undefined, rate, generator),
      );
      return (tf.mean(tf.stack(outputs), 0) as tf.Tensor3D).arraySync()[0]!;
    });
    const weights = slowWeights(q.arraySync()[0]!, k.arraySync()[0]!);
    const values = v.arraySync()[0]!;
    // How many of its standard deviations each mean is off.
    const deviations = mean.flatMap((row, i) =>
      row.map((value, d) => {
        const terms = weights[i]!.map((weight, j) => weight * values[j]![d]!);
        const expected = terms.reduce((a, b) => a + b);
        const variance = terms.reduce((sum, term) => sum + term * term, 0) * (rate / (1 - rate));
        return (value - expected) / Math.sqrt(variance / draws);
      }),
    );
    expect(Math.max(...deviations.map(Math.abs))).toBeLessThan(4.5);
    const spread = deviations.reduce((sum, z) => sum + z * z, 0) / deviations.length;
    expect(Math.abs(spread - 1)).toBeLessThan(0.35);
  });
});

describe('MultiheadAttention', () => {
  test.each([
    ['query', [1, 3, 3]],
    ['key', [3, 1, 3]],
    ['value', [3, 3, 1]],
    ['key and value', [3, 1, 1]],
  ] as const)('a batch of 1 for %s is the same as its repetition, gradients too', (_, batches) => {
    const attention = new MultiheadAttention(new Parameters(), 8, 2, 0, new Generator(1));
    const inputs = batches.map((batch) => tensor([batch, 20, 8]));
    const weights = tensor([3, 20, 8]);
    const run = (repeat: boolean) => {
      const forward = (...x: tf.Tensor[]) => {
        const [q, k, v] = x.map((x) => (repeat && x.shape[0] === 1 ? tf.tile(x, [3, 1, 1]) : x)) as tf.Tensor3D[];
        return attention.forward(q!, k!, v!);
      };
      const gradients = tf.grads((...x: tf.Tensor[]) => tf.sum(tf.mul(forward(...x), weights)))(inputs);
      return [forward(...inputs), ...gradients];
    };
    const [shared, repeated] = [run(false), run(true)];
    expect(shared[0]!.shape).toEqual([3, 20, 8]);
    shared.forEach((tensor, i) => {
      const difference = tf.max(tf.abs(tf.sub(tensor, repeated[i]!))).dataSync()[0]!;
      expect(difference).toBeLessThan(2e-6);
    });
  });

  test('refuses a width that the heads do not divide', () => {
    expect(() => new MultiheadAttention(new Parameters(), 10, 4, 0, new Generator(1))).toThrow(TransformerError);
    expect(() => new MultiheadAttention(new Parameters(), 10, 4, 0, new Generator(1))).toThrow(
      'multiple of heads (4) but received 10',
    );
  });
});
