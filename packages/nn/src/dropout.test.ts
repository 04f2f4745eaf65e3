import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { expectGradientsToBeRight, randomTensor } from '../test/gradients.js';
import { dropout } from './dropout.js';
import { ArgumentError } from './errors.js';
import { Generator } from './generator.js';

onEveryBackend(() => {
  test('drops at the rate and keeps the mean', () => {
    const values = tf.tidy(() => dropout(tf.ones([200, 500]), 0.2, new Generator(1)).dataSync());
    const kept = values.filter((value) => value !== 0);
    expect(kept.every((value) => Math.abs(value - 1.25) < 1e-6)).toBe(true);
    expect(kept.length / values.length).toBeCloseTo(0.8, 2);
  });

  test('the gradient goes where the values went', () => {
    const x = randomTensor(new Generator(1), [3, 7]);
    expectGradientsToBeRight((x) => dropout(x!, 0.4, new Generator(3)), [x]); // The same mask every time.
    x.dispose();
  });

  test('draws one mask a call and none at rate 0', () => {
    const [generator, other] = [new Generator(1), new Generator(1)];
    const x = tf.ones([50]);
    expect(dropout(x, 0, generator)).toBe(x);
    expect(generator.state).toEqual(other.state);
    const gradients = tf.tidy(() =>
      tf
        .grad((x) => dropout(x, 0.5, generator))(x)
        .dataSync(),
    );
    const mask = other.fillKept(new Uint8Array(50), 0.5);
    expect(Array.from(gradients)).toEqual(Array.from(mask, (bit) => 2 * bit));
    expect(generator.state).toEqual(other.state);
    x.dispose();
  });

  test.each([-0.1, 1, NaN])('refuses rate %p', (rate) => {
    const x = tf.ones([2]);
    const before = tf.memory().numTensors;
    expect(() => dropout(x, rate, new Generator(1))).toThrow(ArgumentError);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});
