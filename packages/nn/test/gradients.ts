import * as tf from '@tensorflow/tfjs';
import { Generator } from '../src/generator.js';

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

export function randomTensor(generator: Generator, shape: number[]): tf.Tensor {
  return tf.tensor(generator.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1)), 0, 1), shape);
}

/** Holds the gradients of a random weighted sum of the operation's output against central differences, for every element of every input. */
export function expectGradientsToBeRight(operation: Operation, inputs: readonly tf.Tensor[], tolerance = 3e-3): void {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const weights = randomTensor(new Generator(99), operation(...inputs).shape);
    const actual = tf.grads((...x) => tf.sum(tf.mul(operation(...x), weights)))([...inputs]);
    const weightValues = weights.dataSync();
    inputs.forEach((input, which) => {
      expect(actual[which]!.shape).toEqual(input.shape);
      const values = input.dataSync();
      const gradient = actual[which]!.dataSync();
      for (let i = 0; i < values.length; i++) {
        const at = (delta: number) => {
          const moved = Float32Array.from(values);
          moved[i]! += delta;
          const outputs = operation(
            ...inputs.map((x, j) => (j === which ? tf.tensor(moved, x.shape) : x)),
          ).dataSync<'float32'>();
          return outputs.reduce((sum, y, j) => sum + y * weightValues[j]!, 0); // Added up in double precision.
        };
        const step = 1e-2;
        const numeric = (at(step) - at(-step)) / (2 * step);
        expect(Math.abs(gradient[i]! - numeric)).toBeLessThan(tolerance * (1 + Math.abs(numeric)));
      }
    });
  });
  expect(tf.memory().numTensors).toBe(before);
}

export function expectClose(actual: tf.Tensor, expected: readonly number[], digits = 5): void {
  const values = actual.dataSync();
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits));
}
