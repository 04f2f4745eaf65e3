import * as tf from '@tensorflow/tfjs';
import type { Size } from '../config.js';

/**
 * Token differences upsampled to the picture, bilinear with corners aligned (UniAD, section 3.3).
 *
 * @param difference `[batch, height, width]` of tokens
 * @returns `[batch, height, width]` of pixels
 */
export function anomalyMap(difference: tf.Tensor3D, imageSize: Size): tf.Tensor3D {
  return tf.tidy(() => {
    const map = tf.image.resizeBilinear(tf.expandDims(difference, -1) as tf.Tensor4D, [...imageSize], true);
    return tf.squeeze(map, [-1]) as tf.Tensor3D;
  });
}
