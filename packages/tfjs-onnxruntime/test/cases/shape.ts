import * as tf from '@tensorflow/tfjs';
import type { Case, Sample } from '../agreement.js';

function one(
  kernel: string,
  shape: number[],
  run: (x: tf.Tensor) => tf.Tensor | tf.Tensor[],
  sample: Partial<Sample> = {},
): Case {
  return {
    kernel,
    run: (x) => run(x as tf.Tensor),
    inputs: [{ shape, ...sample }],
    noGradients: sample.kind !== undefined,
  };
}

export const shapeCases: Case[] = [
  one('Identity', [2, 3], (x) => tf.mul(x.clone(), 2)),
  one('Cast', [3], (x) => tf.cast(x, 'int32')),
  one('Cast', [3], (x) => tf.cast(x, 'float32'), { kind: 'index', below: 5 }),
  one('Cast', [3], (x) => tf.cast(x, 'bool')),
  one('Cast', [2, 2], (x) => tf.cast(x, 'float32'), { kind: 'flag' }),
  one('Reshape', [2, 6], (x) => tf.reshape(tf.square(x), [3, -1])),
  one('Reshape', [1, 1], (x) => tf.reshape(tf.square(x), [])),
  one('ExpandDims', [2, 3], (x) => tf.expandDims(tf.square(x), -1)),
  ...[
    [1, 0],
    [0, 1],
  ].map((perm) => one('Transpose', [2, 3], (x) => tf.transpose(x, perm))),
  one('Transpose', [2, 3, 4, 5], (x) => tf.transpose(x, [0, 3, 1, 2])),
  one('Transpose', [2, 3, 4], (x) => tf.transpose(tf.transpose(x, [2, 0, 1]), [1, 2, 0])),
  one('Transpose', [2, 0, 4], (x) => tf.transpose(x)),
  one('Tile', [2, 3], (x) => tf.tile(x, [2, 1])),
  one('Tile', [1, 3, 1], (x) => tf.mul(tf.tile(x, [4, 1, 2]), 2)),
  {
    kernel: 'Concat',
    run: (...x) => tf.concat(x, -1),
    inputs: [{ shape: [2, 3] }, { shape: [2, 1] }, { shape: [2, 4] }],
  },
  {
    kernel: 'Concat',
    run: (...x) => tf.concat(x, 0),
    inputs: [
      { shape: [2, 3], kind: 'index', below: 5 },
      { shape: [1, 3], kind: 'index', below: 5 },
    ],
    noGradients: true,
  },
  { kernel: 'Concat', run: (...x) => tf.concat(x, 0), inputs: [{ shape: [0, 3] }, { shape: [1, 3] }] },
  one('Slice', [4, 5], (x) => tf.slice(x, [1, 2], [2, -1])),
  one('Slice', [4, 5], (x) => tf.slice(x, 1, 2)),
  one('Slice', [6], (x) => tf.slice(x, 2)),
  one('StridedSlice', [4, 6], (x) => tf.stridedSlice(x, [0, 1], [4, 6], [2, 3]), { kind: 'normal' }),
  one('StridedSlice', [4, 6], (x) => tf.stridedSlice(x, [1, -4], [3, 0], [1, 1], 0, 2), { kind: 'normal' }),
  one('SplitV', [4, 6], (x) => tf.split(x, 3, 1)),
  one('SplitV', [4, 6], (x) => tf.split(x, [1, 2, 3], -1)),
  one('SplitV', [5, 2], (x) => tf.split(x, [1, -1], 0)),
  { kernel: 'Pack', run: (...x) => tf.stack(x, 1), inputs: [{ shape: [2, 3] }, { shape: [2, 3] }] },
  { kernel: 'Pack', run: (...x) => tf.stack(x, -1), inputs: [{ shape: [2] }, { shape: [2] }] },
  one('Unpack', [3, 2], (x) => tf.unstack(x)),
  one('Unpack', [3, 2], (x) => tf.unstack(x, -1)),
  one('PadV2', [2, 3], (x) =>
    tf.pad(
      x,
      [
        [1, 0],
        [2, 1],
      ],
      0.5,
    ),
  ),
  one('PadV2', [4], (x) => tf.pad(x, [[0, 0]])),
  one(
    'MirrorPad',
    [4, 5],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 2],
          [0, 3],
        ],
        'reflect',
      ),
    { kind: 'normal' },
  ),
  one('Reverse', [2, 3, 4], (x) => tf.reverse(x, [0, -1])),
  {
    kernel: 'GatherV2',
    run: (x, i) => tf.gather(x as tf.Tensor, i as tf.Tensor1D),
    inputs: [{ shape: [5, 3] }, { shape: [7], kind: 'index', below: 5 }],
  },
  {
    kernel: 'UnsortedSegmentSum',
    run: (x, i) => tf.gather(x as tf.Tensor, i as tf.Tensor1D),
    inputs: [{ shape: [5, 3] }, { shape: [7], kind: 'index', below: 5 }],
  },
  {
    kernel: 'GatherV2',
    run: (x, i) => tf.gather(x as tf.Tensor, i as tf.Tensor, 1),
    inputs: [{ shape: [5, 3, 2] }, { shape: [2, 2], kind: 'index', below: 3 }],
    noGradients: true,
  },
  {
    kernel: 'UnsortedSegmentSum',
    run: (x, i) => tf.unsortedSegmentSum(x as tf.Tensor, tf.cast(tf.sub(i as tf.Tensor, 1), 'int32') as tf.Tensor1D, 3),
    inputs: [{ shape: [6, 2] }, { shape: [6], kind: 'index', below: 4 }],
    noGradients: true,
  },
  one('OneHot', [2, 3], (x) => tf.oneHot(tf.cast(tf.sub(x, 1), 'int32'), 4), { kind: 'index', below: 4 }),
  one('OneHot', [3], (x) => tf.oneHot(x, 4, 2, -1), { kind: 'index', below: 6 }),
  one('Range', [4], (x) => tf.add(x, tf.range(0, 8, 2)), { kind: 'normal' }),
];
