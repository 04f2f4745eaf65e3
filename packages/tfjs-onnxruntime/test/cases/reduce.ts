import * as tf from '@tensorflow/tfjs';
import type { Case, Kind } from '../agreement.js';

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

function reduction(kernel: string, reduce: Reduction, kind: Kind = 'normal', noGradients = false): Case[] {
  const uses: [number[], (number | number[])?, boolean?][] = [
    [[]],
    [[5]],
    [[2, 3]],
    [[2, 3, 4], 1],
    [[2, 3, 4], -1, true],
    [
      [2, 3, 4],
      [0, 2],
    ],
    [[2, 3, 4], [0, -1], true],
    [[2, 1, 3], 1],
    [
      [4, 2, 3, 2],
      [1, 2],
    ],
  ];
  return uses.map(([shape, axis, keepDims]) => ({
    kernel,
    run: (x) => reduce(x as tf.Tensor, axis, keepDims),
    inputs: [{ shape, kind }],
    noGradients,
  }));
}

const nan = (kernel: string, reduce: Reduction): Case => ({
  kernel,
  run: (x) => reduce(x as tf.Tensor, 1),
  inputs: [{ shape: [6, 5], kind: 'special' }],
  noGradients: true,
});

/** Sums of these are NaN or infinite, their extremes are not. */
const withInfinities = (x: tf.Tensor): tf.Tensor => {
  const rows = [[Infinity, -Infinity, 1], [3e38, 3e38, -1], [-Infinity, 0, -2], [Infinity, NaN, -Infinity]]; // prettier-ignore
  return tf.add(rows, tf.mul(x, 0));
};

const infinite = (kernel: string, reduce: Reduction): Case => ({
  kernel,
  run: (x) => reduce(withInfinities(x as tf.Tensor), 1),
  inputs: [{ shape: [1] }],
  noGradients: true,
});

export const reduceCases: Case[] = [
  ...reduction('Sum', tf.sum),
  nan('Sum', tf.sum),
  ...reduction('Sum', tf.sum, 'flag', true),
  { kernel: 'Sum', run: (x) => tf.sum(x as tf.Tensor, 0), inputs: [{ shape: [0, 3] }], noGradients: true },
  // Sums over leading axes are products.
  ...[0, [0, 1], [1, 0]].map((axis): Case => ({
    kernel: 'Sum',
    run: (x) => tf.sum(x as tf.Tensor, axis, true),
    inputs: [{ shape: [8, 64, 40] }],
    tolerance: 1e-4,
  })),
  {
    kernel: 'Sum',
    run: (x) => tf.sum(x as tf.Tensor, 0),
    inputs: [{ shape: [1, 20000], kind: 'special' }],
    noGradients: true,
  },
  { kernel: 'Sum', run: (x) => tf.sum(tf.square(x as tf.Tensor), 1), inputs: [{ shape: [3, 7] }] },
  {
    kernel: 'Sum',
    run: (x) => tf.sum(tf.square(x as tf.Tensor), 1),
    inputs: [{ shape: [3, 7], kind: 'index', below: 9 }],
    noGradients: true,
  },
  ...reduction('Mean', tf.mean),
  ...reduction('Max', tf.max, 'distinct'),
  nan('Max', tf.max),
  infinite('Max', tf.max),
  ...reduction('Min', tf.min, 'distinct'),
  nan('Min', tf.min),
  infinite('Min', tf.min),
  ...reduction('Prod', tf.prod, 'positive', true),
  ...reduction('All', (x, ...rest) => tf.all(x, ...rest), 'flag', true),
  ...reduction('Any', (x, ...rest) => tf.any(x, ...rest), 'flag', true),
  ...[0, 1, -1].flatMap((axis): Case[] => [
    {
      kernel: 'ArgMax',
      run: (x) => tf.argMax(x as tf.Tensor, axis),
      inputs: [{ shape: [3, 4, 5], kind: 'distinct' }],
      noGradients: true,
    },
    {
      kernel: 'ArgMin',
      run: (x) => tf.argMin(x as tf.Tensor, axis),
      inputs: [{ shape: [3, 4, 5], kind: 'distinct' }],
      noGradients: true,
    },
  ]),
  ...[[4], [2, 5], [2, 3, 4], [2, 3, 1, 5]].flatMap((shape): Case[] => [
    { kernel: 'Softmax', run: (x) => tf.softmax(x as tf.Tensor), inputs: [{ shape }] },
    { kernel: 'Softmax', run: (x) => tf.logSoftmax(x as tf.Tensor), inputs: [{ shape }] },
  ]),
  { kernel: 'Cumsum', run: (x) => tf.cumsum(x as tf.Tensor, 1), inputs: [{ shape: [2, 5] }] },
  { kernel: 'Cumsum', run: (x) => tf.cumsum(x as tf.Tensor, 2, true, true), inputs: [{ shape: [2, 3, 5] }] },
];
