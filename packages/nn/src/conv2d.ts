import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from './errors.js';
import type { Initialiser } from './initialisers.js';
import { product } from './mat-mul.js';
import type { Parameters } from './parameters.js';
import { withGradient } from './with-gradient.js';

/** How a square window moves over a picture. */
export interface Conv2dGeometry {
  readonly stride?: number;
  /** Rows and columns of zeros put on every side. */
  readonly padding?: number;
}

/**
 * A two-dimensional convolution, with PyTorch's padding and parameter layout.
 *
 * Its gradient uses no kernel for the filter's gradient, which some devices lack: that gradient is one matrix product
 * for each place in the filter.
 *
 * @param x `[batch, height, width, in]`
 * @param weight `[out, in, kernel, kernel]`
 * @param bias `[out]`
 * @returns `[batch, ⌊(height + 2 padding - kernel) / stride⌋ + 1, likewise, out]`
 * @throws ArgumentError when the filter is not square
 */
export function conv2d(
  x: tf.Tensor4D,
  weight: tf.Tensor,
  bias?: tf.Tensor,
  { stride = 1, padding = 0 }: Conv2dGeometry = {},
): tf.Tensor4D {
  // tfjs's wasm kernel writes beyond its memory when a filter is taller than wide (tfjs issue 7605).
  if (weight.shape[2] !== weight.shape[3])
    throw new ArgumentError(`Expected a square filter but received ${weight.shape[2]}x${weight.shape[3]}`);
  const output = withGradient({
    name: `conv2d ${stride} ${padding}${bias ? '' : ' without bias'}`,
    inputs: bias ? [x, weight, bias] : [x, weight],
    forward: (x, weight, bias?: tf.Tensor) => {
      const filter = tf.transpose(weight as tf.Tensor4D, [2, 3, 1, 0]); // [kernel, kernel, in, out]
      const value = tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter,
        strides: stride,
        pad: padding,
        dimRoundingMode: 'floor',
        ...(bias && { bias }),
      });
      return [value, x, filter];
    },
    backward: (...tensors) => {
      const [dy, x, filter] = tensors as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      const dx = tf.conv2dTranspose(dy, filter, x.shape, stride, padding, 'floor');
      const dWeight = filterGradient(x, dy, filter.shape, stride, padding);
      return bias ? [dx, dWeight, tf.sum(dy, [0, 1, 2])] : [dx, dWeight];
    },
  });
  return output as tf.Tensor4D;
}

/** Σ xᵀ dy over batch and places, where x is what each element of the filter saw: `[out, in, kernel, kernel]`. */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filter: readonly [number, number, number, number],
  stride: number,
  padding: number,
): tf.Tensor {
  const [kernel, , inputs, outputs] = filter;
  const [batch, height, width] = dy.shape;
  const padded = tf.pad(x, [
    [0, 0],
    [padding, padding],
    [padding, padding],
    [0, 0],
  ]);
  const dyRows = tf.reshape(dy, [-1, outputs]); // [batch height width, out]
  const places = Array.from({ length: kernel * kernel }, (_, place) => {
    const [row, column] = [Math.floor(place / kernel), place % kernel];
    const end = [batch, row + (height - 1) * stride + 1, column + (width - 1) * stride + 1, inputs];
    const seen = tf.stridedSlice(padded, [0, row, column, 0], end, [1, stride, stride, 1]); // [batch, height, width, in]
    return product(tf.reshape(seen, [-1, inputs]), dyRows, true, false); // [in, out]
  });
  return tf.transpose(tf.reshape(tf.stack(places), [kernel, kernel, inputs, outputs]), [3, 2, 0, 1]);
}

/** A convolution; parameters `weight` `[out, in, kernel, kernel]` and, when given an initialiser, `bias` `[out]`. */
export class Conv2d {
  readonly weight: tf.Variable;
  readonly bias: tf.Variable | undefined;
  private readonly geometry: Conv2dGeometry;

  constructor(
    parameters: Parameters,
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    { weight, bias, ...geometry }: { readonly weight: Initialiser; readonly bias?: Initialiser } & Conv2dGeometry,
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
