import * as tf from '@tensorflow/tfjs';
import { runDeviceKernel } from './device-kernels.js';
import { ones, zeros } from './initialisers.js';
import { normalise, normaliseGradients } from './normalise.js';
import type { Parameters } from './parameters.js';
import { withGradient } from './with-gradient.js';

/**
 * (x - mean) / √(variance + epsilon) · gamma + beta, mean and variance over the last axis.
 *
 * A device may bring a kernel `LayerNorm` ({@link DeviceKernels}); it is composed of plain operations elsewhere.
 *
 * @param x `[..., features]`
 * @param gamma `[features]`
 * @param beta `[features]`
 */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor {
  return withGradient({
    name: `layerNorm ${epsilon}`,
    inputs: [x, gamma, beta],
    forward: (x, gamma, beta) => {
      const outputs = runDeviceKernel('LayerNorm', { x, gamma, beta }, { epsilon });
      const [value, mean, inverseDeviation] = outputs ?? composed(x, gamma, beta, epsilon);
      return [value, x, mean, inverseDeviation, gamma];
    },
    backward: (dy, x, mean, inverseDeviation, gamma) => {
      const normalised = tf.mul(tf.sub(x, mean), inverseDeviation);
      const leading = x.shape.slice(0, -1).map((_, axis) => axis);
      return normaliseGradients(dy, normalised, inverseDeviation, gamma, [x.rank - 1], leading);
    },
  });
}

function composed(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): [value: tf.Tensor, mean: tf.Tensor, inverseDeviation: tf.Tensor] {
  const { normalised, mean, inverseDeviation } = normalise(x, [x.rank - 1], epsilon);
  return [tf.add(tf.mul(normalised, gamma), beta), mean, inverseDeviation];
}

/** A layer norm over the last axis; parameters `weight` and `bias`, both `[features]`. */
export class LayerNorm {
  readonly weight: tf.Variable;
  readonly bias: tf.Variable;

  constructor(
    parameters: Parameters,
    features: number,
    readonly epsilon = 1e-5,
  ) {
    this.weight = parameters.create('weight', [features], ones);
    this.bias = parameters.create('bias', [features], zeros);
  }

  /** `[..., features]` to the same shape. */
  forward(x: tf.Tensor): tf.Tensor {
    return layerNorm(x, this.weight, this.bias, this.epsilon);
  }
}
