import * as tf from '@tensorflow/tfjs';
import { onEveryBackend, onPoorBackend } from '../test/backends.js';
import { expectClose, expectGradientsToBeRight, randomTensor } from '../test/gradients.js';
import { Conv2d, conv2d } from './conv2d.js';
import { ArgumentError } from './errors.js';
import { Generator } from './generator.js';
import { constant, zeros } from './initialisers.js';
import { Parameters } from './parameters.js';

/** NCHW values, as the torch run made them, as an NHWC tensor. */
const x = () =>
  tf.transpose(tf.reshape(tf.sin(tf.mul(tf.range(0, 40), 0.37)), [1, 2, 4, 5]), [0, 2, 3, 1]) as tf.Tensor4D;
const weight = () => tf.reshape(tf.cos(tf.mul(tf.range(0, 54), 0.91)), [3, 2, 3, 3]);

function declare(): void {
  test('equals torch: 3x3, stride 2, padding 1', () => {
    tf.tidy(() => {
      // torch 2.13: conv2d(sin(.37 i), cos(.91 i), [.1, -.2, .3], stride=2, padding=1), as NHWC
      const output = conv2d(x(), weight(), tf.tensor([0.1, -0.2, 0.3]), { stride: 2, padding: 1 });
      expect(output.shape).toEqual([1, 2, 3, 3]);
      expectClose(
        output,
        [
          3.196228, -2.57514, 0.921127, 2.520337, -4.459363, 4.546037, -1.316048, -0.956913, 2.900701, -2.206012,
          3.719794, -3.528898, 2.334608, 1.354912, -4.368219, 4.078872, -2.881008, 0.5172,
        ],
        4,
      );
    });
  });

  test('equals torch: 3x3, stride 2, another padding on each side', () => {
    tf.tidy(() => {
      // torch 2.13: conv2d(pad(sin(.37 i), (2, 0, 0, 1)), cos(.91 i), stride=2), as NHWC
      const padding = [
        [0, 1],
        [2, 0],
      ] as const;
      const output = conv2d(x(), weight(), undefined, { stride: 2, padding });
      expect(output.shape).toEqual([1, 2, 3, 3]);
      expectClose(
        output,
        [
          -0.054458, -1.261311, 2.028549, -5.470527, 3.403242, 0.144082, -4.947772, 5.571019, -3.771485, 1.436584,
          -0.650419, -0.418605, 3.232058, -4.523448, 3.847637, 0.358863, -3.171807, 4.605365,
        ],
        4,
      );
    });
  });

  test.each([
    ['3x3', [2, 4, 5, 2], [3, 2, 3, 3], { stride: 1, padding: 1 }],
    ['3x3 stride 2', [1, 5, 5, 2], [2, 2, 3, 3], { stride: 2, padding: 1 }],
    ['3x3 stride 2 with a row left over', [1, 6, 5, 2], [2, 2, 3, 3], { stride: 2, padding: 0 }],
    ['1x1 stride 2', [1, 4, 4, 3], [2, 3, 1, 1], { stride: 2, padding: 0 }],
    ['3x3 stride 2, even sides', [1, 4, 6, 2], [2, 2, 3, 3], { stride: 2, padding: 1 }],
    [
      '3x3, another padding on each side',
      [1, 4, 5, 2],
      [2, 2, 3, 3],
      {
        padding: [
          [0, 2],
          [1, 0],
        ] as const,
      },
    ],
    ['4x4', [1, 6, 5, 1], [2, 1, 4, 4], {}],
  ])('gradient: %s', (_, inputShape, weightShape, geometry) => {
    const generator = new Generator(4);
    const inputs = [
      randomTensor(generator, inputShape),
      randomTensor(generator, weightShape),
      randomTensor(generator, [weightShape[0]!]),
    ];
    expectGradientsToBeRight((x, weight, bias) => conv2d(x as tf.Tensor4D, weight!, bias, geometry), inputs);
    expectGradientsToBeRight((x, weight) => conv2d(x as tf.Tensor4D, weight!, undefined, geometry), inputs.slice(0, 2));
    tf.dispose(inputs);
  });

  test('refuses a filter that is not square', () => {
    tf.tidy(() => expect(() => conv2d(tf.zeros([1, 6, 6, 1]), tf.zeros([1, 1, 5, 3]))).toThrow(ArgumentError));
  });

  test('the layer passes its geometry on', () => {
    const parameters = new Parameters();
    const layer = new Conv2d(parameters.scope('conv'), 2, 3, 3, {
      weight: zeros,
      bias: constant(1),
      stride: 2,
      padding: 1,
    });
    expect(parameters.entries().map(([name, { shape }]) => [name, shape])).toEqual([
      ['conv.weight', [3, 2, 3, 3]],
      ['conv.bias', [3]],
    ]);
    tf.tidy(() => expect(layer.forward(tf.zeros([1, 7, 8, 2])).shape).toEqual([1, 4, 4, 3]));
    parameters.dispose();
  });
}
onEveryBackend(declare);
onPoorBackend(declare);
