import * as tf from '@tensorflow/tfjs';
import { Parameters } from '@uniad/nn';
import { useBackend } from '../test/backends.js';
import { FoldedConvolution } from './folded-convolution.js';
import type { Activation } from './networks/activation.js';
import { samePadding } from './networks/padding.js';
import { TrainableConvolution } from './trainable-convolution.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe.each(['cpu', 'wasm'] as const)('activations on %s', (backend) => {
  useBackend(backend);

  test.each([
    [undefined, (x: number) => x],
    ['relu', (x: number) => Math.max(x, 0)],
    ['relu6', (x: number) => Math.min(Math.max(x, 0), 6)],
    ['silu', (x: number) => x * sigmoid(x)],
    ['sigmoid', sigmoid],
  ] as [Activation | undefined, (x: number) => number][])('%s, frozen and trainable', (activation, expected) => {
    const convolution = {
      name: 'layer',
      inChannels: 1,
      outChannels: 1,
      kernel: 1,
      stride: 1,
      padding: samePadding(1, 1),
      ...(activation && { activation }),
    };
    const state = {
      'layer.weight': { shape: [1, 1, 1, 1], data: Float32Array.of(2) },
      'layer.bias': { shape: [1], data: Float32Array.of(1) },
    };
    const parameters = new Parameters();
    const folded = new FoldedConvolution(convolution, state);
    const trainable = new TrainableConvolution(convolution, parameters, state);
    tf.tidy(() => {
      const inputs = [-8, -2, -0.5, 0, 1, 2.4, 2.6, 20];
      const x = tf.tensor4d(inputs, [1, 2, 4, 1]);
      for (const y of [folded.forward(x), trainable.forward(x, true)]) {
        y.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected(2 * inputs[i]! + 1), 4));
      }
    });
    folded.dispose();
    parameters.dispose();
  });
});
