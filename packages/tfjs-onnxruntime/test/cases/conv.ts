import * as tf from '@tensorflow/tfjs';
import type { Case } from '../agreement.js';

type Pad = 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];
const EXPLICIT: Pad = [
  [0, 0],
  [1, 2],
  [2, 1],
  [0, 0],
];

interface Window {
  readonly size: number;
  readonly filter: number;
  readonly stride: number;
  readonly pad: Pad;
  readonly dilation?: number;
}

const WINDOWS: readonly Window[] = [
  { size: 5, filter: 1, stride: 1, pad: 'same' },
  { size: 6, filter: 3, stride: 1, pad: 'same' },
  { size: 7, filter: 3, stride: 2, pad: 'same' },
  { size: 8, filter: 3, stride: 2, pad: 'same' },
  { size: 7, filter: 3, stride: 2, pad: 'valid' },
  { size: 8, filter: 5, stride: 2, pad: EXPLICIT },
  { size: 8, filter: 3, stride: 3, pad: 1 },
];
const DILATED: Window = { size: 7, filter: 3, stride: 1, pad: 'same', dilation: 2 };

const dense = (kernel: string, { size, filter, stride, pad, dilation = 1 }: Window, noGradients = false): Case => ({
  kernel,
  run: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad, 'NHWC', dilation),
  inputs: [{ shape: [2, size, size + 1, 3] }, { shape: [filter, filter, 3, 4] }],
  noGradients,
});

const depthwise = (kernel: string, { size, filter, stride, pad, dilation = 1 }: Window, multiplier: number): Case => ({
  kernel,
  run: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad, 'NHWC', dilation),
  inputs: [{ shape: [2, size, size + 1, 3] }, { shape: [filter, filter, 3, multiplier] }],
  noGradients: dilation > 1,
});

const activations = ['relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const;

export const convCases: Case[] = [
  ...['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'].flatMap((kernel) =>
    WINDOWS.map((window) => dense(kernel, window)),
  ),
  dense('Conv2D', DILATED, true),
  ...['DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'].flatMap(
    (kernel) => [
      ...WINDOWS.map((window) => depthwise(kernel, window, 1)),
      ...WINDOWS.slice(1, 4).map((window) => depthwise(kernel, window, 2)),
      depthwise(kernel, DILATED, 1),
    ],
  ),
  ...activations.flatMap((activation): Case[] => [
    {
      kernel: 'FusedConv2D',
      run: (x, w, bias) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: w as tf.Tensor4D,
          strides: 2,
          pad: 'same',
          bias: bias as tf.Tensor,
          activation,
          leakyreluAlpha: 0.2,
        }),
      inputs: [{ shape: [2, 6, 6, 3] }, { shape: [3, 3, 3, 4] }, { shape: [4] }],
      noGradients: true,
    },
    {
      kernel: 'FusedDepthwiseConv2D',
      run: (x, w, bias) =>
        tf.fused.depthwiseConv2d({
          x: x as tf.Tensor4D,
          filter: w as tf.Tensor4D,
          strides: 1,
          pad: 'same',
          bias: bias as tf.Tensor,
          activation,
          leakyreluAlpha: 0.2,
        }),
      inputs: [{ shape: [2, 6, 6, 3] }, { shape: [3, 3, 3, 1] }, { shape: [3] }],
      noGradients: true,
    },
  ]),
  ...WINDOWS.filter(({ filter, pad }) => filter > 1 && pad !== EXPLICIT).flatMap(
    ({ size, filter, stride, pad }): Case[] => {
      const inputs = [{ shape: [2, size, size + 1, 3], kind: 'distinct' as const }];
      return [
        { kernel: 'AvgPool', run: (x) => tf.avgPool(x as tf.Tensor4D, filter, stride, pad as 'same'), inputs },
        { kernel: 'AvgPoolGrad', run: (x) => tf.avgPool(x as tf.Tensor4D, filter, stride, pad as 'same'), inputs },
        {
          kernel: 'MaxPool',
          run: (x) => tf.maxPool(x as tf.Tensor4D, filter, stride, pad as 'same'),
          inputs,
          noGradients: true,
        },
      ];
    },
  ),
  ...[
    [7, 9],
    [3, 2],
    [1, 1],
    [4, 5],
  ].flatMap(([height = 1, width = 1]) =>
    [
      [false, false],
      [true, false],
      [false, true],
    ].flatMap(([aligned, half]): Case[] =>
      ['ResizeBilinear', 'ResizeBilinearGrad'].map((kernel) => ({
        kernel,
        run: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [height, width], aligned, half),
        inputs: [{ shape: [2, 4, kernel === 'ResizeBilinear' ? 5 : 4, 3] }], // tfjs swaps height and width in this gradient's shape
        noGradients: kernel === 'ResizeBilinear',
      })),
    ),
  ),
  {
    kernel: 'FusedBatchNorm',
    run: (x, mean, variance, offset, scale) =>
      tf.batchNorm(
        x as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-3,
      ),
    inputs: [{ shape: [2, 3, 3, 4] }, { shape: [4] }, { shape: [4], kind: 'positive' }, { shape: [4] }, { shape: [4] }],
  },
];
