import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { expectGradientsToBeRight } from '../test/gradients.js';
import { dropout } from './dropout.js';
import { ArgumentError } from './errors.js';
import { Generator } from './generator.js';
import { reluDropout } from './relu-dropout.js';

/** Away from 0, where finite differences see the bend. */
const x = () =>
  tf.tensor2d(
    new Generator(4).fillNormal(new Float32Array(60), 0, 1).map((value) => value + 0.1 * Math.sign(value)),
    [6, 10],
  );

onEveryBackend(() => {
  test.each([0, 0.3])('is dropout of relu, at rate %p', (rate) => {
    tf.tidy(() => {
      const expected = dropout(tf.relu(x()), rate, new Generator(1)).dataSync();
      expect(reluDropout(x(), rate, new Generator(1)).dataSync()).toEqual(expected);
    });
  });

  test.each([0, 0.3])('gradient equals finite differences, at rate %p', (rate) => {
    const input = x();
    expectGradientsToBeRight((x) => reluDropout(x!, rate, new Generator(3)), [input]); // The same mask every time.
    input.dispose();
  });

  test.each([-0.1, 1, NaN])('refuses rate %p', (rate) => {
    const input = x();
    const before = tf.memory().numTensors;
    expect(() => reluDropout(input, rate, new Generator(1))).toThrow(ArgumentError);
    expect(tf.memory().numTensors).toBe(before);
    input.dispose();
  });
});
