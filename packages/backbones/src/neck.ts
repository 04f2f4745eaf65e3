import * as tf from '@tensorflow/tfjs';
import { BackboneError } from './error.js';

/**
 * Joins feature maps: each resized to one size (bilinear, corners aligned), then side by side (UniAD, section 3.3).
 *
 * @param features maps `[batch, height, width, channels]`
 * @param size rows and columns of the result
 * @returns `[batch, rows, columns, sum of channels]`
 * @throws BackboneError when there is no map or the size is not positive whole numbers
 */
export function neck(features: readonly tf.Tensor4D[], size: readonly [rows: number, columns: number]): tf.Tensor4D {
  if (features.length === 0) throw new BackboneError('Expected at least one feature map but received none');
  if (!size.every((side) => Number.isInteger(side) && side > 0)) {
    throw new BackboneError(
      `Expected positive whole numbers for the size of the neck but received [${size.join(', ')}]`,
    );
  }
  return tf.tidy(() =>
    tf.concat(
      features.map((map) => tf.image.resizeBilinear(map, [...size], true)),
      3,
    ),
  );
}
