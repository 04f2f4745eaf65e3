import * as tf from '@tensorflow/tfjs';
import { smoothingRadius } from '../methods/shared-config.js';

/**
 * Smooths maps by a Gaussian, reflected at the borders.
 *
 * @param maps `[batch, height, width]`, each side longer than the radius
 * @param sigma its deviation in pixels
 */
export function smooth(maps: tf.Tensor3D, sigma: number): tf.Tensor3D {
  const radius = smoothingRadius(sigma);
  if (radius === 0) return maps;
  const bell = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const total = bell.reduce((sum, value) => sum + value, 0);
  return tf.tidy(() => {
    const weights = tf.tensor1d(bell.map((value) => value / total));
    const rows = tf.reshape(weights, [2 * radius + 1, 1, 1, 1]) as tf.Tensor4D;
    const columns = tf.reshape(weights, [1, 2 * radius + 1, 1, 1]) as tf.Tensor4D;
    const padded = tf.mirrorPad(maps, [[0, 0], [radius, radius], [radius, radius]], 'reflect'); // prettier-ignore
    const pictures = tf.expandDims(padded, -1) as tf.Tensor4D;
    const smoothed = tf.conv2d(tf.conv2d(pictures, rows, 1, 'valid'), columns, 1, 'valid');
    return tf.squeeze(smoothed, [-1]) as tf.Tensor3D;
  });
}
