import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient.js';

/**
 * The matrix product a b over the last two axes, either matrix transposed first when asked.
 *
 * tf.matMul with another gradient and, on the `wasm` device, another way there: its kernel is some 40 times slower with a
 * transpose flag or a batch of more than one, so there matrices are transposed beforehand and multiplied one by one.
 *
 * @param a `[..., m, k]`, or `[..., k, m]` when transposed
 * @param b `[..., k, n]`, or `[..., n, k]` when transposed; the leading axes are those of a
 * @returns `[..., m, n]`
 */
export function matMul(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
  return withGradient({
    name: `matMul ${transposeA} ${transposeB}`,
    inputs: [a, b],
    forward: (a, b) => [product(a, b, transposeA, transposeB), a, b],
    backward: (dy, a, b) => {
      const da = transposeA ? product(b, dy, transposeB, true) : product(dy, b, false, !transposeB);
      const db = transposeB ? product(dy, a, true, transposeA) : product(a, dy, !transposeA, false);
      return [da, db];
    },
  });
}

/** The product without a gradient of its own, for use inside hand-written gradients. */
export function product(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, transposeA, transposeB);
  return tf.tidy(() => {
    const left = transposeA ? transposed(a) : a;
    const right = transposeB ? transposed(b) : b;
    if (a.rank === 2) return tf.matMul(left, right);
    const rights = matrices(right);
    const products = matrices(left).map((matrix, i) => tf.matMul(matrix, rights[i]!));
    return tf.reshape(tf.concat(products), [...left.shape.slice(0, -1), right.shape.at(-1)!]);
  });
}

function transposed(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/** The matrices over the last two axes; tf.split would copy the whole of x for each of them on `wasm`. */
function matrices(x: tf.Tensor): tf.Tensor2D[] {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const size = rows * columns;
  const values = x.dataSync();
  return Array.from({ length: values.length / size }, (_, i) =>
    tf.tensor2d(values.subarray(i * size, (i + 1) * size), [rows, columns]),
  );
}
