import * as tf from '@tensorflow/tfjs';

/** A window's place over a padded picture: its row and column inside the kernel. */
export type Place = readonly [row: number, column: number];

/** The places of a square kernel, row by row. */
export function placesOf(kernel: number): Place[] {
  return Array.from({ length: kernel * kernel }, (_, i) => [Math.floor(i / kernel), i % kernel]);
}

/** What one place of the kernel meets as the window moves: `[batch, rows, columns, channels]` of a padded picture. */
export function seenFrom(
  [row, column]: Place,
  x: tf.Tensor4D,
  [rows, columns]: readonly [rows: number, columns: number],
  stride: number,
): tf.Tensor4D {
  const [batch, , , channels] = x.shape;
  const end = [batch, row + (rows - 1) * stride + 1, column + (columns - 1) * stride + 1, channels];
  return tf.stridedSlice(x, [0, row, column, 0], end, [1, stride, stride, 1]) as tf.Tensor4D;
}

/** The other way round: values put where {@link seenFrom} takes them from, zeros elsewhere in `[batch, height, width, channels]`. */
export function putBack(
  [row, column]: Place,
  values: tf.Tensor4D,
  [height, width]: readonly [height: number, width: number],
  stride: number,
): tf.Tensor4D {
  const apart = spread(values, stride);
  const [, rows, columns] = apart.shape;
  return tf.pad(apart, [
    [0, 0],
    [row, height - row - rows],
    [column, width - column - columns],
    [0, 0],
  ]);
}

/** Puts `stride - 1` rows and columns of zeros between those of x. */
export function spread(x: tf.Tensor4D, stride: number): tf.Tensor4D {
  if (stride === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const zeros: [number, number][] = [
    [0, 0],
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ];
  const wide = tf.pad(tf.reshape(x, [batch * height, width, 1, channels]), zeros);
  const high = tf.pad(tf.reshape(wide, [batch, height, 1, width * stride * channels]), zeros);
  const ends: tf.Tensor4D['shape'] = [batch, (height - 1) * stride + 1, (width - 1) * stride + 1, channels];
  return tf.slice(tf.reshape<tf.Rank.R4>(high, [batch, height * stride, width * stride, channels]), [0, 0, 0, 0], ends);
}
