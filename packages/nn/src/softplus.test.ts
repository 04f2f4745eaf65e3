import * as tf from '@tensorflow/tfjs';
import { softplus } from './softplus.js';

beforeAll(() => tf.setBackend('cpu'));

const values = [-100, -20, -5, -1, -0.3, -1e-4, 0, 1e-4, 0.3, 1, 5, 20, 100];

test('is log(1 + exp(x)), far from zero too', () => {
  const actual = softplus(tf.tensor(values)).dataSync();
  values.forEach((x, i) => {
    const expected = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    expect(actual[i]! - expected).toBeCloseTo(0, 6);
    if (expected > 1e-30) expect(actual[i]! / expected).toBeCloseTo(1, 5);
  });
});

test('has the logistic function as its gradient', () => {
  const gradient = tf
    .grad((x) => tf.mul(softplus(x), 3))(tf.tensor(values))
    .dataSync();
  values.forEach((x, i) => expect(gradient[i]).toBeCloseTo(3 / (1 + Math.exp(-x)), 5));
});
