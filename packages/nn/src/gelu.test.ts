import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { expectClose, expectGradientsToBeRight, randomTensor } from '../test/gradients.js';
import { gelu } from './gelu.js';
import { Generator } from './generator.js';

/** By Simpson's rule on the density of the normal distribution, in double precision. */
function slowGelu(x: number): number {
  const steps = 2000;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density((x * i) / steps);
  return x * (0.5 + (sum * x) / steps / 3);
}

onEveryBackend(() => {
  test('is x times the normal distribution function', () => {
    const x = [-12, -3, -1.5, -0.75, -0.1, 0, 0.1, 0.75, 1, 2, 3, 12];
    tf.tidy(() => expectClose(gelu(tf.tensor1d(x)), x.map(slowGelu), 5));
  });

  test('is the exact form, not the one by tanh', () => {
    // torch.nn.functional.gelu(torch.tensor([2.25])); its approximation by tanh gives 2.222799.
    tf.tidy(() => expectClose(gelu(tf.tensor1d([2.25])), [2.222495], 5));
  });

  test('gradient equals finite differences', () => {
    const x = randomTensor(new Generator(2), [5, 8]);
    expectGradientsToBeRight((x) => gelu(x!), [x], 1e-3);
    x.dispose();
  });
});
