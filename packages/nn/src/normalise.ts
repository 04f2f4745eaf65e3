import * as tf from '@tensorflow/tfjs';

/** The normalised x, and what turned x into it: all but `normalised` keep the reduced axes with size 1. */
export interface Normalised {
  readonly normalised: tf.Tensor;
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly inverseDeviation: tf.Tensor;
}

/** (x - mean) / √(variance + epsilon), mean and variance over the given axes. */
export function normalise(x: tf.Tensor, axes: number[], epsilon: number): Normalised {
  const mean = tf.mean(x, axes, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), axes, true);
  const inverseDeviation = tf.rsqrt(tf.add(variance, epsilon));
  return { normalised: tf.mul(centred, inverseDeviation), mean, variance, inverseDeviation };
}

/**
 * The gradients of normalised · gamma + beta with respect to x, gamma and beta.
 *
 * With x̂ the normalised x and g = ∂y · gamma: ∂x = (g - mean(g) - x̂ · mean(g · x̂)) · inverseDeviation, the means over
 * the axes that were normalised.
 *
 * @param axes that were normalised
 * @param shared the axes along which gamma and beta are repeated
 */
export function normaliseGradients(
  dy: tf.Tensor,
  normalised: tf.Tensor,
  inverseDeviation: tf.Tensor,
  gamma: tf.Tensor,
  axes: number[],
  shared: number[],
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const scaled = tf.mul(dy, gamma);
  const along = tf.mul(normalised, tf.mean(tf.mul(scaled, normalised), axes, true));
  const dx = tf.mul(tf.sub(tf.sub(scaled, tf.mean(scaled, axes, true)), along), inverseDeviation);
  return [dx, tf.sum(tf.mul(dy, normalised), shared), tf.sum(dy, shared)];
}
