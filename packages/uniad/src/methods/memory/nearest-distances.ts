import * as tf from '@tensorflow/tfjs';
import { matMul } from '@uniad/nn';

/** Rows of the bank that are compared at once: what is held goes with it, and beyond this nothing is faster. */
const CHUNK = 2048;

/**
 * How far each row is from its nearest neighbour in the bank, Euclidean.
 *
 * @param rows `[rows, channels]`, or `[batch, rows, channels]` with a bank of its own for each
 * @param bank `[patches, channels]`, or `[batch, patches, channels]`
 * @returns `[rows]`, or `[batch, rows]`
 */
export function nearestDistances(rows: tf.Tensor, bank: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const [patches, channels] = bank.shape.slice(-2) as [number, number];
    const batch = bank.shape.slice(0, -2);
    let least: tf.Tensor | undefined;
    for (let start = 0; start < patches; start += CHUNK) {
      const nearest = tf.tidy(() => {
        const size = Math.min(CHUNK, patches - start);
        const part = tf.slice(bank, [...batch.map(() => 0), start, 0], [...batch, size, channels]);
        return tf.min(beyondOwnNorm(rows, part), -1);
      });
      least = least ? tf.minimum(least, nearest) : nearest;
    }
    return tf.sqrt(tf.relu(tf.add(least!, tf.sum(tf.square(rows), -1))));
  });
}

/** Euclidean distances of all rows `[rows, channels]` to the whole bank `[patches, channels]`: `[rows, patches]`. */
export function distancesTo(rows: tf.Tensor2D, bank: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const own = tf.sum(tf.square(rows), 1, true); // [rows, 1]
    return tf.sqrt(tf.relu(tf.add(beyondOwnNorm(rows, bank), own))) as tf.Tensor2D;
  });
}

/** |x - y|² - |x|² = |y|² - 2 x·y of every row x and every patch y: a product does the work. */
function beyondOwnNorm(rows: tf.Tensor, bank: tf.Tensor): tf.Tensor {
  const norms = tf.expandDims(tf.sum(tf.square(bank), -1), -2); // [..., 1, patches]
  return tf.add(matMul(rows, tf.mul(bank, -2), false, true), norms);
}
