import * as tf from '@tensorflow/tfjs';
import { fused } from './fused.js';

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
  const names = Object.keys(gradients);
  const [norm, ...clipped] = fused(`clipByGlobalNorm ${maxNorm}`, Object.values(gradients), (...all) => {
    const norm = tf.sqrt(total(all.map((gradient) => tf.sum(tf.square(gradient)))));
    const scale = tf.minimum(tf.div(maxNorm, tf.add(norm, EPSILON)), 1);
    return [norm, ...all.map((gradient) => tf.mul(gradient, scale))];
  });
  return { gradients: Object.fromEntries(names.map((name, i) => [name, clipped[i]!])), norm: norm as tf.Scalar };
}

/** Added up few at a time: a graphics card takes no more than that into one operation. */
const AT_ONCE = 7;

function total(tensors: readonly tf.Tensor[]): tf.Tensor {
  if (tensors.length <= AT_ONCE) return tf.addN([...tensors]);
  const parts = Array.from({ length: Math.ceil(tensors.length / AT_ONCE) }, (_, part) =>
    tensors.slice(part * AT_ONCE, (part + 1) * AT_ONCE),
  );
  return total(parts.map(total));
}
