import * as tf from '@tensorflow/tfjs';

/** Keeps the quotient finite for a gradient of zero, as torch.nn.utils.clip_grad_norm_ does. */
const EPSILON = 1e-6;

/**
 * Scales all gradients down together so that their global L2 norm is at most `maxNorm`.
 *
 * @returns the gradients under the same names, and the norm before scaling
 */
export function clipByGlobalNorm(gradients: Readonly<Record<string, tf.Tensor>>, maxNorm: number): { gradients: Record<string, tf.Tensor>; norm: tf.Scalar } {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.tidy(() => tf.sqrt(tf.addN(squares))) as tf.Scalar;
  const scale = tf.tidy(() => tf.minimum(tf.div(maxNorm, tf.add(norm, EPSILON)), 1));
  const clipped = Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, scale)]));
  tf.dispose([squares, scale]);
  return { gradients: clipped, norm };
}
