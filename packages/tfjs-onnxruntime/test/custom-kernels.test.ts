import * as tf from '@tensorflow/tfjs';
import { compile } from '../src/index.js';

beforeAll(() => tf.setBackend('onnxruntime'));

function layerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor[] {
  return tf.engine().runKernel('LayerNorm', { x, gamma, beta }, { epsilon: 1e-5 });
}

/** The definition, from ordinary kernels. */
function composed(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor[] {
  const mean = tf.mean(x, -1, true);
  const centred = tf.sub(x, mean);
  const inverseDeviation = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5));
  return [tf.add(tf.mul(tf.mul(centred, inverseDeviation), gamma), beta), mean, inverseDeviation];
}

it.each([[[3, 8]], [[2, 3, 5]], [[7]]])('LayerNorm of %j equals its definition', (shape) => {
  const channels = shape.at(-1) ?? 1;
  const ramp = (size: number, scale: number): Float32Array => Float32Array.from({ length: size }, (_, index) => Math.sin(index * scale));
  const inputs = [tf.tensor(ramp(tf.util.sizeFromShape(shape), 1.7), shape), tf.tensor(ramp(channels, 0.3)), tf.tensor(ramp(channels, 2.1))] as const;
  const expected = composed(...inputs);
  const compiled = compile((x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => layerNorm(x, gamma, beta));
  for (const actual of [layerNorm(...inputs), compiled(...inputs)]) {
    actual.forEach((tensor, index) => {
      expect(tensor.shape).toEqual(expected[index]?.shape);
      const difference = tf.max(tf.abs(tf.sub(tensor, expected[index] ?? 0))).dataSync()[0];
      expect(difference).toBeLessThan(1e-5);
    });
  }
  compiled.dispose();
});

it('HostValues draws at each call', () => {
  let count = 0;
  const attrs: unknown = { fill: (values: Float32Array) => values.fill(count++), shape: [1], dtype: 'float32' };
  const draw = (): number | undefined => tf.engine().runKernel<tf.Tensor>('HostValues', {}, attrs as tf.NamedAttrMap).dataSync()[0];
  expect([draw(), draw()]).toEqual([0, 1]);
});
