import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from './errors.js';
import { padded, padForWindow, reachedPadding } from './padding.js';
import type { Padding, WindowGeometry } from './padding.js';
import { placesOf, seenFrom, spread } from './windows.js';
import { withGradient } from './with-gradient.js';

/**
 * A convolution that filters each channel by itself, with PyTorch's padding and parameter layout (`groups = channels`).
 *
 * Its gradient uses no kernel for depthwise gradients, which some devices lack: that of x is a depthwise convolution with
 * the filter turned round, that of the filter a sum for each place in it.
 *
 * @param x `[batch, height, width, channels]`
 * @param weight `[channels, 1, kernel, kernel]`
 * @returns `[batch, ⌊(height + padding - kernel) / stride⌋ + 1, likewise, channels]`
 * @throws ArgumentError when the filter is not square or not of one channel each, or the padding does not fit it
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  weight: tf.Tensor,
  { stride = 1, padding = 0 }: WindowGeometry = {},
): tf.Tensor4D {
  const [channels, multiplier, kernel = 0, columns] = weight.shape;
  if (weight.rank !== 4 || channels !== x.shape[3] || multiplier !== 1 || kernel !== columns) {
    throw new ArgumentError(
      `Expected a filter of shape [${x.shape[3]}, 1, kernel, kernel] but received [${weight.shape.join(', ')}]`,
    );
  }
  const around = reachedPadding(x.shape, kernel, stride, padding);
  const output = withGradient({
    name: `depthwiseConv2d ${stride} ${JSON.stringify(around)}`,
    inputs: [x, weight],
    forward: (...tensors) => {
      const [x, weight] = tensors as [tf.Tensor4D, tf.Tensor4D];
      const filter = tf.transpose(weight, [2, 3, 0, 1]); // [kernel, kernel, channels, 1]
      const picture = padForWindow(x, kernel, stride, around);
      return [tf.depthwiseConv2d(picture.x, filter, stride, picture.pad), x, filter];
    },
    backward: (...tensors) => {
      const [dy, x, filter] = tensors as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      return [inputGradient(dy, filter, x.shape, stride, around), filterGradient(dy, x, kernel, stride, around)];
    },
  });
  return output as tf.Tensor4D;
}

/** What each element of x gave, gathered by the filter turned round: `[batch, height, width, channels]`. */
function inputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  [, height, width]: tf.Tensor4D['shape'],
  stride: number,
  [[top], [left]]: Padding,
): tf.Tensor4D {
  const kernel = filter.shape[0];
  const apart = spread(dy, stride);
  const surroundings: Padding = [
    [kernel - 1 - top, height + top - apart.shape[1]],
    [kernel - 1 - left, width + left - apart.shape[2]],
  ];
  return tf.depthwiseConv2d(padded(apart, surroundings), tf.reverse(filter, [0, 1]), 1, 'valid');
}

/** Σ x dy over batch and places, where x is what each element of the filter saw: `[channels, 1, kernel, kernel]`. */
function filterGradient(dy: tf.Tensor4D, x: tf.Tensor4D, kernel: number, stride: number, around: Padding): tf.Tensor {
  const [, rows, columns, channels] = dy.shape;
  const picture = padded(x, around);
  const sums = placesOf(kernel).map((place) =>
    tf.sum(tf.mul(seenFrom(place, picture, [rows, columns], stride), dy), [0, 1, 2]),
  ); // [channels] each
  return tf.reshape(tf.transpose(tf.stack(sums)), [channels, 1, kernel, kernel]);
}
