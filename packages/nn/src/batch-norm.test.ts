import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { expectClose, expectGradientsToBeRight, randomTensor } from '../test/gradients.js';
import { BatchNorm2d } from './batch-norm.js';
import { ArgumentError } from './errors.js';
import { Generator } from './generator.js';
import { Parameters } from './parameters.js';

const x = () =>
  tf.transpose(tf.reshape(tf.sin(tf.mul(tf.range(0, 40), 0.37)), [1, 2, 4, 5]), [0, 2, 3, 1]) as tf.Tensor4D;

onEveryBackend(() => {
  let parameters: Parameters;
  let layer: BatchNorm2d;
  let before: number;

  beforeEach(() => {
    before = tf.memory().numTensors;
    parameters = new Parameters();
    layer = new BatchNorm2d(parameters, 2);
    tf.tidy(() => {
      layer.weight.assign(tf.tensor([1.5, -0.5]));
      layer.bias.assign(tf.tensor([0.2, 0.4]));
    });
  });
  afterEach(() => {
    parameters.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('equals torch in training, in its running statistics, and after', () => {
    tf.tidy(() => {
      // torch 2.13: BatchNorm2d(2) on sin(.37 i) of shape [1, 2, 4, 5], as NHWC
      expectClose(
        tf.slice(tf.reshape(layer.forward(x(), true), [-1]), 0, 6),
        [0.08274, -0.113472, 0.889854, -0.17995, 1.587729, -0.154723],
      );
      expectClose(layer.runningMean, [0.005254, 0.014355]);
      expectClose(layer.runningVar, [0.947541, 0.956918]);
      expectClose(
        tf.slice(tf.reshape(layer.forward(x(), false), [-1]), 0, 6),
        [0.191904, -0.052018, 0.749137, -0.10199, 1.230951, -0.083027],
      );
    });
  });

  test('gradients equal torch', () => {
    tf.tidy(() => {
      const weights = tf.reshape(tf.sin(tf.mul(tf.range(0, 40), 0.53)), [1, 4, 5, 2]);
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.mul(layer.forward(x(), true), weights)),
        [layer.weight, layer.bias],
      );
      expectClose(grads[layer.weight.name]!, [0.552598, 1.686493]);
      expectClose(grads[layer.bias.name]!, [1.09772, 1.684389]);
      const dx = tf.grad((x) => tf.sum(tf.mul(layer.forward(x as tf.Tensor4D, true), weights)))(x());
      expectClose(
        tf.slice(tf.reshape(dx, [-1]), 0, 6),
        [-0.117683, -0.227593, 1.796205, -0.556059, 1.72418, -0.200082],
        4,
      );
    });
  });

  test.each([true, false])('gradient of x, training %p', (training) => {
    const input = randomTensor(new Generator(6), [2, 3, 2, 2]);
    expectGradientsToBeRight((x) => layer.forward(x as tf.Tensor4D, training), [input], 1e-2);
    input.dispose();
  });

  test('running statistics are saved and not trained', async () => {
    expect(Object.keys(await parameters.stateDict())).toEqual(['weight', 'bias', 'running_mean', 'running_var']);
    expect(parameters.entries().map(([name]) => name)).toEqual(['weight', 'bias']);
  });

  test('refuses to train on one value a channel', () => {
    const single = tf.ones([1, 1, 1, 2]) as tf.Tensor4D;
    expect(() => layer.forward(single, true)).toThrow(ArgumentError);
    single.dispose();
  });
});
