import * as tf from '@tensorflow/tfjs';
import type { LayerNorm } from '@uniad/nn';

/**
 * A block with its residual connection and layer norm: norm(x + block(x)) for `post`, x + block(norm(x)) for `pre`.
 *
 * @param x `[batch, tokens, width]`, or with a batch of 1 where the block widens it
 */
export function residual(
  x: tf.Tensor3D,
  norm: LayerNorm,
  place: 'post' | 'pre',
  block: (x: tf.Tensor3D) => tf.Tensor3D,
): tf.Tensor3D {
  if (place === 'pre') return tf.add(x, block(norm.forward(x) as tf.Tensor3D));
  return norm.forward(tf.add(x, block(x))) as tf.Tensor3D;
}
