import * as tf from '@tensorflow/tfjs';
import { Generator, Parameters } from '@uniad/nn';
import { MultiheadAttention, scaledDotProductAttention } from './attention.js';
import { TransformerError } from './error.js';
import { neighborMask } from './neighbor-mask.js';

const random = new Generator(7);
const tensor = (shape: [number, number, number]) =>
  tf.tensor3d(random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b)), 0, 1), shape);

beforeAll(() => tf.setBackend('cpu'));

/** Attention with loops, one number at a time. */
function slowAttention(q: number[][], k: number[][], v: number[][], mask?: number[][]): number[][] {
  return q.map((query, i) => {
    const logits = k.map(
      (key, j) => key.reduce((sum, x, d) => sum + x * query[d]!, 0) / Math.sqrt(query.length) + (mask?.[i]![j] ?? 0),
    );
    const largest = Math.max(...logits);
    const weights = logits.map((x) => Math.exp(x - largest));
    const total = weights.reduce((a, b) => a + b);
    return v[0]!.map((_, d) => weights.reduce((sum, w, j) => sum + (w / total) * v[j]![d]!, 0));
  });
}

describe('scaledDotProductAttention', () => {
  const grid = [4, 5] as const;

  test.each([false, true])('equals the slow implementation, masked: %p', (masked) => {
    const mask = masked ? neighborMask(grid, [3, 3]) : undefined;
    const [q, k, v] = [tensor([2, 20, 6]), tensor([2, 20, 6]), tensor([2, 20, 6])];
    const output = scaledDotProductAttention(q, k, v, mask, 0.5, undefined).arraySync();
    const [qs, ks, vs] = [q.arraySync(), k.arraySync(), v.arraySync()];
    output.forEach((rows, b) => {
      const expected = slowAttention(qs[b]!, ks[b]!, vs[b]!, mask?.arraySync());
      rows.forEach((row, i) => row.forEach((value, d) => expect(value).toBeCloseTo(expected[i]![d]!, 5)));
    });
  });

  test.each([
    ['evaluation', 0, false],
    ['masked', 0, true],
    ['dropped out', 0.3, true],
  ])('gradient equals finite differences: %s', (_, rate, masked) => {
    const mask = masked ? neighborMask(grid, [3, 3]) : undefined;
    const inputs = [tensor([1, 20, 4]), tensor([1, 20, 4]), tensor([1, 20, 4])];
    const weight = tensor([1, 20, 4]);
    const generator = rate > 0 ? new Generator(3) : undefined;
    const start = generator?.state;
    const f = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => {
      if (generator && start) generator.state = start; // The same dropout every time.
      return tf.sum(
        tf.mul(
          weight,
          scaledDotProductAttention(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D, mask, rate, generator),
        ),
      ) as tf.Scalar;
    };
    const gradients = tf.grads(f as (...x: tf.Tensor[]) => tf.Tensor)(inputs);
    const step = 1e-2;
    inputs.forEach((input, which) => {
      const values = input.dataSync();
      const actual = gradients[which]!.dataSync();
      for (let i = 0; i < values.length; i += 7) {
        const at = (delta: number) => {
          const moved = values.slice();
          moved[i]! += delta;
          const args = inputs.map((x, j) => (j === which ? tf.tensor(moved, input.shape) : x));
          return f(args[0]!, args[1]!, args[2]!).dataSync()[0]!;
        };
        expect(Math.abs(actual[i]! - (at(step) - at(-step)) / (2 * step))).toBeLessThan(5e-3);
      }
    });
  });

  test('dropout keeps the expectation', () => {
    const [q, k, v] = [tensor([1, 20, 4]), tensor([1, 20, 4]), tensor([1, 20, 4])];
    const generator = new Generator(11);
    const mean = tf.tidy(() => {
      const draws = Array.from({ length: 400 }, () => scaledDotProductAttention(q, k, v, undefined, 0.1, generator));
      return tf.mean(tf.stack(draws), 0).dataSync();
    });
    const expected = scaledDotProductAttention(q, k, v, undefined, 0.1, undefined).dataSync();
    mean.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(0.1));
  });
});

describe('MultiheadAttention', () => {
  test('a query without batch is the same as the query repeated', () => {
    const attention = new MultiheadAttention(new Parameters(), 8, 2, 0, new Generator(1));
    const query = tensor([1, 20, 8]);
    const memory = tensor([3, 20, 8]);
    const shared = attention.forward(query, memory, memory).dataSync();
    const repeated = attention.forward(tf.tile(query, [3, 1, 1]), memory, memory).dataSync();
    shared.forEach((value, i) => expect(value).toBeCloseTo(repeated[i]!, 5));
  });

  test('refuses a width that the heads do not divide', () => {
    expect(() => new MultiheadAttention(new Parameters(), 10, 4, 0, new Generator(1))).toThrow(TransformerError);
    expect(() => new MultiheadAttention(new Parameters(), 10, 4, 0, new Generator(1))).toThrow(
      'multiple of heads (4) but received 10',
    );
  });
});
