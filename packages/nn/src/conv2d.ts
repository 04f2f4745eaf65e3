import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from './errors.js';
import type { Initialiser } from './initialisers.js';
import { product } from './mat-mul.js';
import { cropped, padded, padForWindow, reachedPadding } from './padding.js';
import type { WindowGeometry } from './padding.js';
import type { Parameters } from './parameters.js';
import { placesOf, seenFrom } from './windows.js';
import { withGradient } from './with-gradient.js';

/**
 * A two-dimensional convolution, with PyTorch's padding and parameter layout.
 *
 * Its gradient uses no kernel for the filter's gradient, which some devices lack: that gradient is one matrix product
 * for each place in the filter.
 *
 * @param x `[batch, height, width, in]`
 * @param weight `[out, in, kernel, kernel]`
 * @param bias `[out]`
 * @returns `[batch, ⌊(height + padding - kernel) / stride⌋ + 1, likewise, out]`
 * @throws ArgumentError when the filter is not square or the padding does not fit it
 */
export function conv2d(
  x: tf.Tensor4D,
  weight: tf.Tensor,
  bias?: tf.Tensor,
  { stride = 1, padding = 0 }: WindowGeometry = {},
): tf.Tensor4D {
  const [, , kernel = 0, columns] = weight.shape;
  // tfjs's wasm kernel writes beyond its memory when a filter is taller than wide (tfjs issue 7605).
  if (kernel !== columns) throw new ArgumentError(`Expected a square filter but received ${kernel}x${columns}`);
  const around = reachedPadding(x.shape, kernel, stride, padding);
  const output = withGradient({
    name: `conv2d ${stride} ${JSON.stringify(around)}${bias ? '' : ' without bias'}`,
    inputs: bias ? [x, weight, bias] : [x, weight],
    forward: (x, weight, bias?: tf.Tensor) => {
      const filter = tf.transpose(weight as tf.Tensor4D, [2, 3, 1, 0]); // [kernel, kernel, in, out]
      const picture = padForWindow(x as tf.Tensor4D, kernel, stride, around);
      const value = tf.fused.conv2d({ ...picture, filter, strides: stride, ...(bias && { bias }) });
      return [value, x!, filter];
    },
    backward: (...tensors) => {
      const [dy, x, filter] = tensors as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      const picture = padForWindow(x, kernel, stride, around);
      const dPicture = tf.conv2dTranspose(dy, filter, picture.x.shape, stride, picture.pad);
      const dx = picture.x === x ? dPicture : cropped(dPicture, around, x.shape);
      const dWeight = filterGradient(padded(x, around), dy, filter.shape, stride);
      return bias ? [dx, dWeight, tf.sum(dy, [0, 1, 2])] : [dx, dWeight];
    },
  });
  return output as tf.Tensor4D;
}

/** Σ xᵀ dy over batch and places, where x is what each element of the filter saw: `[out, in, kernel, kernel]`. */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  [kernel, , inputs, outputs]: readonly [number, number, number, number],
  stride: number,
): tf.Tensor {
  const [, rows, columns] = dy.shape;
  const dyRows = tf.reshape(dy, [-1, outputs]); // [batch rows columns, out]
  const products = placesOf(kernel).map((place) => {
    const seen = seenFrom(place, x, [rows, columns], stride); // [batch, rows, columns, in]
    return product(tf.reshape(seen, [-1, inputs]), dyRows, true, false); // [in, out]
  });
  return tf.transpose(tf.reshape(tf.stack(products), [kernel, kernel, inputs, outputs]), [3, 2, 0, 1]);
}

/** A convolution; parameters `weight` `[out, in, kernel, kernel]` and, when given an initialiser, `bias` `[out]`. */
export class Conv2d {
  readonly weight: tf.Variable;
  readonly bias: tf.Variable | undefined;
  private readonly geometry: WindowGeometry;

  constructor(
    parameters: Parameters,
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    { weight, bias, ...geometry }: { readonly weight: Initialiser; readonly bias?: Initialiser } & WindowGeometry,
  ) {
    this.weight = parameters.create('weight', [outChannels, inChannels, kernelSize, kernelSize], weight);
    this.bias = bias && parameters.create('bias', [outChannels], bias);
    this.geometry = geometry;
  }

  /** `[batch, height, width, in]` to `[batch, height', width', out]`; see {@link conv2d}. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return conv2d(x, this.weight, this.bias, this.geometry);
  }
}
