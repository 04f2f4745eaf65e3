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

/** The pictures to learn from, each `[height, width, 3]` and normalised, and what the backbone makes of them. */
export interface PictureSource extends FeatureSource {
  /**
   * `[batch, height, width, 3]` to the maps of the backbone's stages, op by op, as part of a larger graph.
   *
   * @param training whether a backbone that is trained along normalises by the batch; a frozen one never does
   */
  maps(images: tf.Tensor4D, training: boolean): tf.Tensor4D[];
}

/** The pictures of each kind, by their indices, in the order in which the kinds come first. */
export function picturesByKind({ length, kinds }: FeatureSource): number[][] {
  const groups = new Map<string, number[]>();
  for (let i = 0; i < length; i++) {
    const kind = kinds?.[i] ?? '';
    const group = groups.get(kind);
    if (group) group.push(i);
    else groups.set(kind, [i]);
  }
  return [...groups.values()];
}

/** Some pictures of a source, of one kind. */
export function sourceOfPictures(source: FeatureSource, pictures: readonly number[]): FeatureSource {
  return { length: pictures.length, shape: source.shape, read: (index) => source.read(pictures[index]!) };
}

/** `[batch, rows, columns, channels]` of some pictures. */
export async function readBatch(source: FeatureSource, indices: readonly number[]): Promise<tf.Tensor4D> {
  const { shape } = source;
  const size = shape[0] * shape[1] * shape[2];
  const values = new Float32Array(indices.length * size);
  await Promise.all(indices.map(async (index, i) => values.set(await source.read(index), i * size)));
  return tf.tensor4d(values, [indices.length, ...shape]);
}
