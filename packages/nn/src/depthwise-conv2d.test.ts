import * as tf from '@tensorflow/tfjs';
import { onEveryBackend, onPoorBackend } from '../test/backends.js';
import { expectGradientsToBeRight, randomTensor } from '../test/gradients.js';
import { conv2d } from './conv2d.js';
import { depthwiseConv2d } from './depthwise-conv2d.js';
import { ArgumentError } from './errors.js';
import { Generator } from './generator.js';
import type { WindowGeometry } from './padding.js';

const cases: [string, number[], number, WindowGeometry][] = [
  ['3x3', [2, 4, 5, 2], 3, { padding: 1 }],
  [
    '3x3 stride 2, padding at the end',
    [1, 6, 6, 2],
    3,
    {
      stride: 2,
      padding: [
        [0, 1],
        [0, 1],
      ],
    },
  ],
  ['3x3 stride 2, padding at the start', [1, 6, 5, 2], 3, { stride: 2, padding: 1 }],
  ['5x5 stride 2', [1, 7, 6, 1], 5, { stride: 2, padding: 2 }],
  ['3x3 stride 2 without padding, a row left over', [1, 6, 5, 2], 3, { stride: 2 }],
  ['2x2 stride 3', [1, 7, 6, 2], 2, { stride: 3 }],
];

function declare(): void {
  test.each(cases)(
    'is conv2d with zeros between channels, and its gradient right: %s',
    (_, shape, kernel, geometry) => {
      const generator = new Generator(5);
      const channels = shape[3]!;
      const inputs = [randomTensor(generator, shape), randomTensor(generator, [channels, 1, kernel, kernel])];
      tf.tidy(() => {
        const [x, weight] = inputs as [tf.Tensor4D, tf.Tensor];
        const between = tf.reshape(tf.eye(channels), [channels, channels, 1, 1]);
        const expected = conv2d(x, tf.mul(weight, between), undefined, geometry);
        const actual = depthwiseConv2d(x, weight, geometry);
        expect(actual.shape).toEqual(expected.shape);
        expect(tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]).toBeLessThan(1e-5);
      });
      expectGradientsToBeRight((x, weight) => depthwiseConv2d(x as tf.Tensor4D, weight!, geometry), inputs);
      tf.dispose(inputs);
    },
  );
}
onEveryBackend(declare);
onPoorBackend(declare);

test('refuses other filters', () => {
  tf.tidy(() => {
    const x = tf.zeros([1, 6, 6, 4]) as tf.Tensor4D;
    for (const shape of [
      [4, 2, 3, 3],
      [3, 1, 3, 3],
      [4, 1, 5, 3],
      [4, 9],
    ]) {
      expect(() => depthwiseConv2d(x, tf.zeros(shape))).toThrow(ArgumentError);
    }
    expect(() => depthwiseConv2d(x, tf.zeros([3, 1, 3, 3]))).toThrow(
      'Expected a filter of shape [4, 1, kernel, kernel] but received [3, 1, 3, 3]',
    );
  });
});
