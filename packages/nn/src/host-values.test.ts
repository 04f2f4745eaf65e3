import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { hostValues } from './host-values.js';

onEveryBackend(() => {
  test.each([
    ['float32', Float32Array.of(0.5, -1)],
    ['int32', Int32Array.of(3, -4)],
    ['bool', Uint8Array.of(1, 0)],
  ] as const)('draws %s once', (dtype, values) => {
    const draw = jest.fn((array: { set: (values: ArrayLike<number>) => void }) => array.set(values));
    const before = tf.memory().numTensors;
    const tensor = hostValues(draw, [2, 1], dtype);
    expect(draw).toHaveBeenCalledTimes(1);
    expect([tensor.shape, tensor.dtype, Array.from(tensor.dataSync())]).toEqual([[2, 1], dtype, Array.from(values)]);
    expect(draw).toHaveBeenCalledTimes(1);
    tensor.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('draws once when a gradient is taken', () => {
    const draw = jest.fn((values: Float32Array) => values.fill(3));
    const gradient = tf.tidy(
      () =>
        tf
          .grad((x) => tf.mul(x, hostValues(draw, [], 'float32')))(tf.scalar(2))
          .dataSync()[0],
    );
    expect(gradient).toBe(3);
    expect(draw).toHaveBeenCalledTimes(1);
  });
});

describe('on a backend with a HostValues kernel', () => {
  const kernel = jest.fn((params: Parameters<tf.KernelFunc>[0]) => {
    const { fill, shape, dtype } = params.attrs as object as {
      fill: (values: Float32Array) => void;
      shape: number[];
      dtype: 'float32';
    };
    const values = new Float32Array(2);
    fill(values);
    return tf.tensor(values, shape, dtype);
  });

  beforeAll(async () => {
    await tf.setBackend('cpu');
    tf.registerKernel({ kernelName: 'HostValues', backendName: 'cpu', kernelFunc: kernel });
  });
  afterAll(() => tf.unregisterKernel('HostValues', 'cpu'));

  test('the kernel is handed the callback', () => {
    const draw = jest.fn((values: Float32Array) => values.set([1, 2]));
    const tensor = hostValues(draw, [2], 'float32');
    expect(Array.from(tensor.dataSync())).toEqual([1, 2]);
    expect(kernel).toHaveBeenCalledTimes(1);
    expect(draw).toHaveBeenCalledTimes(1);
    tensor.dispose();
  });
});
