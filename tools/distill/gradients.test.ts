import * as tf from '@tensorflow/tfjs';
import '@uniad/tfjs-onnxruntime';
import { createTrainableBackbone } from '@uniad/backbones';
import { conv2d, depthwiseConv2d, Generator, maxPool, Parameters } from '@uniad/nn';
import { expectSlopesToBeRight } from '../../packages/backbones/test/gradients.js';
import { sliceNames, trainableSlice } from '../../packages/backbones/test/slices.js';
import { expectGradientsToBeRight, randomTensor } from '../../packages/nn/test/gradients.js';

/** The packages check their gradients on tfjs's own devices; the student trains on this one. */
beforeAll(() => tf.setBackend('onnxruntime'));

const generator = new Generator(5);
const uneven = [
  [0, 1],
  [2, 0],
] as const;

test.each([
  ['conv2d, stride 2, even sides', [1, 4, 6, 2], [3, 2, 3, 3], { stride: 2, padding: 1 }],
  ['conv2d, another padding on each side', [1, 4, 5, 2], [2, 2, 3, 3], { padding: uneven }],
  ['depthwise, same', [1, 4, 5, 3], [3, 1, 3, 3], { padding: 1 }],
  ['depthwise, stride 2, another padding on each side', [1, 6, 5, 2], [2, 1, 3, 3], { stride: 2, padding: uneven }],
] as const)('gradient: %s', (name, shape, weightShape, geometry) => {
  const convolve = name.startsWith('conv2d')
    ? (x: tf.Tensor4D, weight: tf.Tensor) => conv2d(x, weight, undefined, geometry)
    : (x: tf.Tensor4D, weight: tf.Tensor) => depthwiseConv2d(x, weight, geometry);
  const inputs = [randomTensor(generator, [...shape]), randomTensor(generator, [...weightShape])];
  expectGradientsToBeRight((x, weight) => convolve(x as tf.Tensor4D, weight!), inputs);
  tf.dispose(inputs);
});

test.each([{ padding: 1 }, { padding: 1, around: 0 }, {}])('gradient of maxPool %j', (options) => {
  const values = Float32Array.from({ length: 60 }, (_, i) => 0.1 + ((i * 37) % 60) * 0.05); // further apart than a difference reaches
  const x = tf.tensor4d(values, [1, 6, 5, 2]);
  expectGradientsToBeRight((x) => maxPool(x as tf.Tensor4D, 3, { stride: 2, ...options }), [x]);
  x.dispose();
});

test.each(sliceNames)('gradients: %s', (slice) => {
  const parameters = new Parameters();
  const block = trainableSlice(slice, parameters, new Generator(1));
  const input = new Generator(4).fillNormal(new Float32Array(2 * 6 * 6 * block.channels), 0, 1);
  const x = tf.tensor4d(input, [2, 6, 6, block.channels]);
  expectSlopesToBeRight(parameters, () => [block.forward(x, true)]);
  x.dispose();
  parameters.dispose();
});

test('gradients: uniad_tiny, stages 1 and 2', () => {
  const parameters = new Parameters();
  const backbone = createTrainableBackbone('uniad_tiny', { stages: [1, 2], weights: new Generator(3), parameters });
  const images = tf.tensor4d(new Generator(2).fillNormal(new Float32Array(2 * 16 * 16 * 3), 0, 1), [2, 16, 16, 3]);
  expectSlopesToBeRight(parameters, () => backbone.forward(images, true));
  images.dispose();
  parameters.dispose();
});
