import * as tf from '@tensorflow/tfjs';

/** The features to learn from, one map a picture. */
export interface FeatureSource {
  readonly length: number;
  /** Of a map, `[rows, columns, channels]`. */
  readonly shape: readonly [rows: number, columns: number, channels: number];
  /** The kind of part that each picture shows; all are of one kind where it is absent. */
  readonly kinds?: readonly string[];
  /** `[rows, columns, channels]` of picture `index`. */
  read(index: number): Promise<Float32Array>;
}

/** `[batch, rows, columns, channels]` of some pictures. */
export async function readBatch(source: FeatureSource, indices: readonly number[]): Promise<tf.Tensor4D> {
  const { shape } = source;
  const size = shape[0] * shape[1] * shape[2];
  const values = new Float32Array(indices.length * size);
  await Promise.all(indices.map(async (index, i) => values.set(await source.read(index), i * size)));
  return tf.tensor4d(values, [indices.length, ...shape]);
}
