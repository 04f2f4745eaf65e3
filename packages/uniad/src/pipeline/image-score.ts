import * as tf from '@tensorflow/tfjs';
import type { ModelConfig } from '../config.js';
import { sharedEntries } from '../methods/shared-config.js';

/** Side of the average pooling before the maximum, in pixels. */
const POOL = 16;

/** The ways to make a score of a map, whatever the method. */
export type MapScore = (typeof sharedEntries.imageScore.options)[number];

/** Others are a method's own: see {@link AnomalyModel.scores}. */
export function isMapScore(imageScore: ModelConfig['imageScore']): imageScore is MapScore {
  return (sharedEntries.imageScore.options as readonly string[]).includes(imageScore);
}

/**
 * How anomalous whole pictures are: the maximum of the average-pooled map or the mean of the map (section 3.3), or its largest value.
 *
 * @param maps `[batch, height, width]`
 * @returns `[batch]`
 */
export function imageScores(maps: tf.Tensor3D, { imageScore }: { readonly imageScore: MapScore }): tf.Tensor1D {
  return tf.tidy(() => {
    if (imageScore === 'mean') return tf.mean(maps, [1, 2]);
    if (imageScore === 'max-pixel') return tf.max(maps, [1, 2]);
    // Rows, then columns: 32 values a pixel are read instead of 256.
    const rows = tf.avgPool(tf.expandDims(maps, -1) as tf.Tensor4D, [POOL, 1], 1, 'valid');
    return tf.max(tf.avgPool(rows, [1, POOL], 1, 'valid'), [1, 2, 3]);
  });
}
