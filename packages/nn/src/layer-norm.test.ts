import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { expectClose, expectGradientsToBeRight, randomTensor } from '../test/gradients.js';
import { Generator } from './generator.js';
import { LayerNorm, layerNorm } from './layer-norm.js';
import { Parameters } from './parameters.js';

const x = [
  [1, 2, 4],
  [-3, 0, 0.5],
];
// torch 2.13: layer_norm(x, (3,), [1, 2, .5], [0, .1, -.1])
const expected = [-1.069041, -0.434521, 0.568151, -1.401823, 1.178326, 0.33133];

onEveryBackend(() => {
  test('equals torch', () => {
    tf.tidy(() =>
      expectClose(layerNorm(tf.tensor(x), tf.tensor([1, 2, 0.5]), tf.tensor([0, 0.1, -0.1]), 1e-5), expected),
    );
  });

  test.each([[[4, 5]], [[2, 3, 5]]])('gradient for x of shape %p', (shape) => {
    const generator = new Generator(2);
    const inputs = [randomTensor(generator, shape), randomTensor(generator, [5]), randomTensor(generator, [5])];
    expectGradientsToBeRight((x, gamma, beta) => layerNorm(x!, gamma!, beta!, 1e-5), inputs, 1e-2);
    tf.dispose(inputs);
  });

  test('a layer starts as plain normalisation', () => {
    const parameters = new Parameters();
    const layer = new LayerNorm(parameters, 4);
    tf.tidy(() => {
      const { mean, variance } = tf.moments(layer.forward(tf.tensor([[1, 5, -2, 8]])));
      expectClose(mean, [0]);
      expectClose(variance, [1]);
    });
    parameters.dispose();
  });
});

describe('on a backend with a LayerNorm kernel', () => {
  const kernelFunc: tf.KernelFunc = ({ inputs, attrs }) => {
    const { x, gamma, beta } = inputs as { x: tf.Tensor; gamma: tf.Tensor; beta: tf.Tensor };
    const { mean, variance } = tf.moments(x, -1, true);
    const inverseDeviation = tf.rsqrt(tf.add(variance, attrs!.epsilon as number));
    runs++;
    return [tf.add(tf.mul(tf.mul(tf.sub(x, mean), inverseDeviation), gamma), beta), mean, inverseDeviation];
  };
  let runs = 0;

  beforeAll(async () => {
    await tf.setBackend('cpu');
    tf.registerKernel({ kernelName: 'LayerNorm', backendName: 'cpu', kernelFunc });
  });
  afterAll(() => tf.unregisterKernel('LayerNorm', 'cpu'));

  test('the kernel runs, and the gradient stays right', () => {
    tf.tidy(() =>
      expectClose(layerNorm(tf.tensor(x), tf.tensor([1, 2, 0.5]), tf.tensor([0, 0.1, -0.1]), 1e-5), expected),
    );
    expect(runs).toBe(1);
    const generator = new Generator(2);
    const inputs = [randomTensor(generator, [3, 4]), randomTensor(generator, [4]), randomTensor(generator, [4])];
    tf.tidy(() => {
      const gradients = tf.grads((x, gamma, beta) => tf.sum(tf.square(layerNorm(x!, gamma!, beta!, 1e-5))))(inputs);
      tf.unregisterKernel('LayerNorm', 'cpu');
      const composed = tf.grads((x, gamma, beta) => tf.sum(tf.square(layerNorm(x!, gamma!, beta!, 1e-5))))(inputs);
      tf.registerKernel({ kernelName: 'LayerNorm', backendName: 'cpu', kernelFunc });
      gradients.forEach((gradient, i) => expectClose(gradient, Array.from(composed[i]!.dataSync()), 4));
    });
    tf.dispose(inputs);
  });
});
