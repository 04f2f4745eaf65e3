import * as tf from '@tensorflow/tfjs';

/**
 * Distances of tokens side by side brought to the cells that they are means of, interpolated between their centres.
 *
 * @param distance `[batch, rows, columns]` of tokens
 * @returns `[batch, rows * tokenSize, columns * tokenSize]`
 */
export function tokensToCells(distance: tf.Tensor3D, tokenSize: number): tf.Tensor3D {
  if (tokenSize === 1) return distance;
  const [, rows, columns] = distance.shape;
  return tf.tidy(() => {
    const map = tf.expandDims(distance, -1) as tf.Tensor4D;
    return tf.squeeze(tf.image.resizeBilinear(map, [rows * tokenSize, columns * tokenSize], false, true), [-1]);
  });
}

/**
 * Distances of squares at every place, one cell from each to the next, brought to the cells: each cell has that of the square
 * around its centre or, of an even side, the mean of the four around its corners. Beyond the outermost the last ones count again.
 *
 * @param distance `[batch, rows - tokenSize + 1, columns - tokenSize + 1]`
 * @returns `[batch, rows, columns]` of cells
 */
export function everywhereToCells(distance: tf.Tensor3D, tokenSize: number): tf.Tensor3D {
  if (tokenSize === 1) return distance;
  return tf.tidy(() => {
    const padded = [1, 2].reduce(
      (map, axis) => tf.gather(map, withBorder(map.shape[axis]!, tokenSize), axis),
      distance,
    );
    if (tokenSize % 2 === 1) return padded;
    return tf.squeeze(tf.avgPool(tf.expandDims(padded, -1) as tf.Tensor4D, 2, 1, 'valid'), [-1]);
  });
}

/** Indices of so many squares, the first and the last as often again as lets the cells of the border have some. */
function withBorder(squares: number, tokenSize: number): tf.Tensor1D {
  const beyond = Math.floor(tokenSize / 2);
  const indices = Array.from({ length: squares + 2 * beyond }, (_, i) =>
    Math.min(Math.max(i - beyond, 0), squares - 1),
  );
  return tf.tensor1d(indices, 'int32');
}
