import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { Conv2d, Linear, matMul, multiplyAdds, Parameters, zeros } from './index.js';

const linear = () => new Linear(new Parameters(), 5, 7, { weight: zeros, bias: zeros });
const conv = () => new Conv2d(new Parameters(), 3, 4, 3, { weight: zeros, padding: 1 });

onEveryBackend(() => {
  test.each<[string, () => tf.Tensor, number]>([
    ['a linear map', () => linear().forward(tf.zeros([2, 3, 5])), 6 * 5 * 7],
    ['products', () => matMul(tf.zeros([4, 3, 5]), tf.zeros([4, 5, 2])), 4 * 3 * 5 * 2],
    ['products, transposed', () => matMul(tf.zeros([4, 3, 5]), tf.zeros([4, 2, 5]), false, true), 4 * 3 * 5 * 2],
    ['a convolution', () => conv().forward(tf.zeros([2, 4, 5, 3]) as tf.Tensor4D), 2 * 20 * 4 * 27],
    [
      'a depthwise convolution',
      () => tf.depthwiseConv2d(tf.zeros([2, 6, 6, 3]) as tf.Tensor4D, tf.zeros([3, 3, 3, 1]), 2, 'same'),
      2 * 9 * 3 * 9,
    ],
    ['a sum of two', () => tf.add(linear().forward(tf.zeros([1, 5])), linear().forward(tf.zeros([1, 5]))), 2 * 35],
    ['what is done element by element', () => tf.relu(tf.add(tf.zeros([3]), 1)), 0],
  ])('of %s', async (_, run, expected) => {
    expect(await multiplyAdds(run)).toBe(expected);
  });

  test('frees what was computed', async () => {
    const layer = linear();
    const before = tf.memory().numTensors;
    await multiplyAdds(() => layer.forward(tf.zeros([1, 5])));
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('sees through a Fused kernel, whose parts a profile does not show', async () => {
  await tf.setBackend('cpu');
  const kernel = jest.fn();
  tf.registerKernel({ kernelName: 'Fused', backendName: 'cpu', kernelFunc: kernel });
  try {
    expect(await multiplyAdds(() => linear().forward(tf.zeros([1, 5])))).toBe(35);
    expect(kernel).not.toHaveBeenCalled();
  } finally {
    tf.unregisterKernel('Fused', 'cpu');
  }
});
