import * as tf from '@tensorflow/tfjs';
import type { Initialiser } from './initialisers.js';
import { product } from './mat-mul.js';
import type { Parameters } from './parameters.js';
import { withGradient } from './with-gradient.js';

/**
 * x weightᵀ + bias over the last axis.
 *
 * @param x `[..., in]`
 * @param weight `[out, in]`
 * @param bias `[out]`
 * @returns `[..., out]`
 */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const [outFeatures, inFeatures] = weight.shape as [number, number];
  return withGradient({
    name: bias ? 'linear' : 'linear without bias',
    inputs: bias ? [x, weight, bias] : [x, weight],
    forward: (x, weight, bias?: tf.Tensor) => {
      const rows = tf.reshape(x, [-1, inFeatures]) as tf.Tensor2D; // [rows, in]
      const value = multiplyAdd(rows, weight as tf.Tensor2D, bias); // [rows, out]
      return [tf.reshape(value, [...x.shape.slice(0, -1), outFeatures]), x, weight];
    },
    backward: (dy, x, weight) => {
      const [dyRows, rows] = [tf.reshape(dy, [-1, outFeatures]), tf.reshape(x, [-1, inFeatures])]; // [rows, out], [rows, in]
      const dx = tf.reshape(product(dyRows, weight), x.shape);
      const dWeight = product(dyRows, rows, true, false); // [out, in]
      return bias ? [dx, dWeight, tf.sum(dyRows, 0)] : [dx, dWeight];
    },
  });
}

function multiplyAdd(rows: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor | undefined): tf.Tensor {
  // The wasm kernel is slow with a transpose flag; see matMul.
  const transposeB = tf.getBackend() !== 'wasm';
  return tf.fused.matMul({ a: rows, b: transposeB ? weight : tf.transpose(weight), transposeB, ...(bias && { bias }) });
}

/** A linear map; parameters `weight` `[out, in]` and, when given an initialiser, `bias` `[out]`. */
export class Linear {
  readonly weight: tf.Variable;
  readonly bias: tf.Variable | undefined;

  constructor(
    parameters: Parameters,
    inFeatures: number,
    outFeatures: number,
    { weight, bias }: { readonly weight: Initialiser; readonly bias?: Initialiser },
  ) {
    this.weight = parameters.create('weight', [outFeatures, inFeatures], weight);
    this.bias = bias && parameters.create('bias', [outFeatures], bias);
  }

  /** `[..., in]` to `[..., out]`. */
  forward(x: tf.Tensor): tf.Tensor {
    return linear(x, this.weight, this.bias);
  }
}
