import * as tf from '@tensorflow/tfjs';

/** Keeps the quotient finite for gradients of zero, as torch.nn.utils.clip_grad_norm_ does. */
const EPSILON = 1e-6;

/**
 * Scales all gradients down together so that their global L2 norm is at most `maxNorm`.
 *
 * @returns new gradients under the same names, and the norm before scaling
 */
export function clipByGlobalNorm(
  gradients: Readonly<Record<string, tf.Tensor>>,
  maxNorm: number,
): { gradients: Record<string, tf.Tensor>; norm: tf.Scalar } {
  return tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
    const norm = tf.sqrt(tf.addN(squares)) as tf.Scalar;
    const scale = tf.minimum(tf.div(maxNorm, tf.add(norm, EPSILON)), 1);
    return { gradients: Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, scale)])), norm };
  });
}
