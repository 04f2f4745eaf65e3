import * as tf from '@tensorflow/tfjs';
import { matMul } from '@uniad/nn';
import type { Statistics } from '../statistics.js';

/** What good tokens do at each place of each kind, see `measurePlaces`. */
export interface KnownPlaces {
  readonly spread: tf.Tensor3D;
  readonly mean: tf.Tensor3D;
  readonly basis: tf.Tensor4D;
}

/** The same as the buffers hold it. */
export function knownPlaces(places: Statistics): KnownPlaces {
  const [spread, mean] = [places.get('spread') as tf.Tensor3D, places.get('mean') as tf.Tensor3D];
  return { spread, mean, basis: places.get('basis') as tf.Tensor4D };
}

/**
 * How far each token is from what good ones do at its place, in the kind that has a picture's tokens nearest on average: no
 * label is needed.
 *
 * @param tokens `[batch, places, channels]`
 * @param known what `measurePlaces` found: `spread` `[kinds, channels, channels]`, `mean` `[kinds, places, channels]` and `basis`
 *   `[kinds, places, channels, rank]`
 * @returns `distance` `[batch, places]`, and `kind` `[batch]`, which one it is, in the order of `known`
 */
export function placeDistances(
  tokens: tf.Tensor3D,
  { spread, mean, basis }: KnownPlaces,
): { readonly distance: tf.Tensor2D; readonly kind: tf.Tensor1D } {
  const [kinds, places, channels, rank] = basis.shape;
  const [distance, kind] = tf.tidy(() => {
    const byKind = Array.from({ length: kinds }, (_, kind) => {
      const center = tf.reshape(tf.slice(mean, [kind, 0, 0], [1, places, channels]), [places, channels]);
      const free = tf.reshape(tf.slice(basis, [kind, 0, 0, 0], [1, places, channels, rank]), [places, channels, rank]);
      const weight = tf.reshape(tf.slice(spread, [kind, 0, 0], [1, channels, channels]), [channels, channels]);
      const even = matMul(tf.reshape(tokens, [-1, channels]) as tf.Tensor2D, weight as tf.Tensor2D, false, true);
      const away = tf.sub(tf.reshape(even, tokens.shape), center); // [batch, places, channels]
      const along = matMul(tf.transpose(away, [1, 0, 2]), free); // [places, batch, rank]
      const forgiven = tf.transpose(tf.sum(tf.square(along), 2)); // [batch, places]
      return tf.sqrt(tf.relu(tf.sub(tf.sum(tf.square(away), 2), forgiven)));
    });
    if (kinds === 1) return [byKind[0], tf.zeros([tokens.shape[0]], 'int32')];
    const distances = tf.stack(byKind, 1); // [batch, kinds, places]
    const fitting = tf.argMin(tf.mean(distances, 2), 1) as tf.Tensor1D; // [batch]
    const isFitting = tf.oneHot(fitting, kinds); // [batch, kinds]
    return [tf.sum(tf.mul(distances, tf.expandDims(isFitting, -1)), 1) as tf.Tensor2D, fitting];
  }) as [tf.Tensor2D, tf.Tensor1D];
  return { distance, kind };
}
