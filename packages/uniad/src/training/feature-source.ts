import * as tf from '@tensorflow/tfjs';
import type { UniAD } from '../model/uniad.js';

/** The features to learn from, one map a picture. */
export interface FeatureSource {
  readonly length: number;
  /** `[rows, columns, channels]` of picture `index`. */
  read(index: number): Promise<Float32Array>;
}

/** `[batch, rows, columns, channels]` for the model to train on. */
export async function readBatch(
  source: FeatureSource,
  indices: readonly number[],
  { config, channels }: UniAD,
): Promise<tf.Tensor4D> {
  const [rows, columns] = config.featureSize;
  const size = rows * columns * channels;
  const values = new Float32Array(indices.length * size);
  await Promise.all(indices.map(async (index, i) => values.set(await source.read(index), i * size)));
  return tf.tensor4d(values, [indices.length, rows, columns, channels]);
}
