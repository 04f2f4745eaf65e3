import * as tf from '@tensorflow/tfjs';
import { ArrayPool } from './array-pool.js';
import './index.js';
import { onnxRuntimeBackend } from './register.js';

const SIZE = 5000;

it('gives an array back to the next of its type and size', () => {
  const pool = new ArrayPool();
  const floats = pool.take({ shape: [SIZE], dtype: 'float32' });
  const bytes = pool.take({ shape: [SIZE], dtype: 'bool' });
  expect([floats[Symbol.toStringTag], bytes[Symbol.toStringTag], floats.length]).toEqual([
    'Float32Array',
    'Uint8Array',
    SIZE,
  ]);
  pool.give(floats, 'float32');
  pool.give(bytes, 'bool');
  expect(pool.take({ shape: [SIZE + 1], dtype: 'float32' })).not.toBe(floats);
  expect(pool.take({ shape: [SIZE / 50, 50], dtype: 'float32' })).toBe(floats);
  expect(pool.take({ shape: [SIZE], dtype: 'float32' })).not.toBe(floats);
  expect(pool.take({ shape: [SIZE], dtype: 'bool' })).toBe(bytes);
});

describe('on the backend', () => {
  beforeAll(() => tf.setBackend('onnxruntime'));

  it('never touches an array that a caller or another tensor holds', () => {
    tf.tidy(() => {
      const x = tf.ones([SIZE]);
      const read = tf.add(x, 1);
      const values = read.dataSync();
      const doubled = tf.mul(x, 2);
      const view = tf.reshape(doubled, [SIZE / 2, 2]);
      const variable = tf.variable(tf.mul(x, 4));
      tf.dispose([read, doubled]);
      for (let i = 0; i < 8; i++) tf.add(x, 100 + i);
      expect(values.every((value) => value === 2)).toBe(true);
      expect(view.dataSync().every((value) => value === 2)).toBe(true);
      expect(variable.dataSync().every((value) => value === 4)).toBe(true);
      variable.dispose();
    });
  });

  it('takes in what a tensor leaves behind', () => {
    const x = tf.ones([SIZE]);
    const give = jest.spyOn(onnxRuntimeBackend().pool, 'give');
    tf.add(x, 1).dispose();
    expect(give).toHaveBeenCalledTimes(1);
    give.mockRestore();
    x.dispose();
  });
});
