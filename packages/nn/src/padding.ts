import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from './errors.js';

/** Rows, then columns, that are put before and after a picture. */
export type Padding = readonly [
  rows: readonly [before: number, after: number],
  columns: readonly [before: number, after: number],
];

/** How a square window moves over a picture. */
export interface WindowGeometry {
  readonly stride?: number;
  /** Rows and columns put on every side; default none. */
  readonly padding?: number | Padding;
}

/** A picture as every device takes it, and the padding that is left to the device. */
export interface PaddedPicture {
  readonly x: tf.Tensor4D;
  readonly pad: 'valid' | 'same';
}

/**
 * Pads a picture for a window so that every device can go on: tfjs-node knows only 'valid' and 'same', so whatever is
 * neither is put around the picture itself. For 'valid' most devices turn a 1x1 convolution into a matrix product.
 *
 * @param x `[batch, height, width, channels]`
 */
export function padForWindow(x: tf.Tensor4D, kernel: number, stride: number, padding: Padding): PaddedPicture {
  if (padding.flat().every((amount) => amount === 0)) return { x, pad: 'valid' };
  if (padding.every((side, i) => isSame(x.shape[i + 1]!, kernel, stride, side))) return { x, pad: 'same' };
  return { x: padded(x, padding), pad: 'valid' };
}

export function padded(x: tf.Tensor4D, [rows, columns]: Padding, value = 0): tf.Tensor4D {
  return tf.pad(x, [[0, 0], [...rows], [...columns], [0, 0]], value);
}

/** Takes the padding off again. */
export function cropped(
  x: tf.Tensor4D,
  [[top], [left]]: Padding,
  [batch, height, width, channels]: Shape,
): tf.Tensor4D {
  return tf.slice(x, [0, top, left, 0], [batch, height, width, channels]);
}

type Shape = tf.Tensor4D['shape'];

/**
 * The padding that a window reaches: rows that its last stride leaves over are not put there.
 *
 * @throws ArgumentError when the padding is no whole number below the kernel, or nothing of the picture fits the window
 */
export function reachedPadding(
  [, height, width]: Shape,
  kernel: number,
  stride: number,
  padding: number | Padding,
): Padding {
  const [rows, columns] =
    typeof padding === 'number'
      ? ([
          [padding, padding],
          [padding, padding],
        ] as const)
      : padding;
  return [reached(height, kernel, stride, rows), reached(width, kernel, stride, columns)];
}

function reached(
  size: number,
  kernel: number,
  stride: number,
  [before, after]: readonly [number, number],
): readonly [number, number] {
  if (![before, after].every((amount) => Number.isInteger(amount) && amount >= 0 && amount < kernel)) {
    throw new ArgumentError(
      `Expected whole numbers from 0 to below ${kernel}, the window's size, for the padding but received ${before} and ${after}`,
    );
  }
  const steps = Math.floor((size + before + after - kernel) / stride);
  if (steps < 0) {
    throw new ArgumentError(
      `Expected at least ${kernel - before - after} rows and columns for a window of ${kernel} but received ${size}`,
    );
  }
  return [before, Math.max(0, steps * stride + kernel - size - before)];
}

/** Whether this is what TensorFlow calls 'same': `⌈size / stride⌉` results, an odd zero at the end. */
function isSame(size: number, kernel: number, stride: number, [before, after]: readonly [number, number]): boolean {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  return before === Math.floor(total / 2) && after === total - before;
}
