import * as tf from '@tensorflow/tfjs';
import { matMul } from '@uniad/nn';

/**
 * How far each token is from what good ones do at its place, in the kind that has a picture's tokens nearest on average: no
 * label is needed.
 *
 * @param tokens `[batch, places, channels]`
 * @param mean `[kinds, places, channels]`
 * @param basis `[kinds, places, channels, rank]`
 * @returns `[batch, places]`
 */
export function placeDistances(tokens: tf.Tensor3D, mean: tf.Tensor3D, basis: tf.Tensor4D): tf.Tensor2D {
  const [kinds, places, channels, rank] = basis.shape;
  return tf.tidy(() => {
    const byKind = Array.from({ length: kinds }, (_, kind) => {
      const center = tf.reshape(tf.slice(mean, [kind, 0, 0], [1, places, channels]), [places, channels]);
      const free = tf.reshape(tf.slice(basis, [kind, 0, 0, 0], [1, places, channels, rank]), [places, channels, rank]);
      const away = tf.sub(tokens, center); // [batch, places, channels]
      const along = matMul(tf.transpose(away, [1, 0, 2]), free); // [places, batch, rank]
      const forgiven = tf.transpose(tf.sum(tf.square(along), 2)); // [batch, places]
      return tf.sqrt(tf.relu(tf.sub(tf.sum(tf.square(away), 2), forgiven)));
    });
    if (kinds === 1) return byKind[0] as tf.Tensor2D;
    const distances = tf.stack(byKind, 1); // [batch, kinds, places]
    const nearest = tf.oneHot(tf.argMin(tf.mean(distances, 2), 1) as tf.Tensor1D, kinds); // [batch, kinds]
    return tf.sum(tf.mul(distances, tf.expandDims(nearest, -1)), 1) as tf.Tensor2D;
  });
}
