import * as tf from '@tensorflow/tfjs';
import { withGradient } from '@uniad/nn';

/** Of the Gaussian window (Wang et al. 2004). */
const [SIDE, DEVIATION] = [11, 1.5] as const;

/** (0.01 L)² and (0.03 L)², of values from 0 to L = 1. */
const [C1, C2] = [1e-4, 9e-4] as const;

/** Keeps a quotient finite. */
const EPSILON = 1e-12;

/**
 * Structural similarity at each pixel (Wang et al. 2004), pictures mirrored at their borders.
 *
 * @param a and b `[batch, height, width, channels]`, values from 0 to 1
 * @returns the same shape, 1 where they are alike
 */
export function ssim(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
  const [meanA, meanB] = [blur(a), blur(b)];
  const [squareA, squareB, product] = [tf.square(meanA), tf.square(meanB), tf.mul(meanA, meanB)];
  const varianceA = tf.sub(blur(tf.square(a)), squareA);
  const varianceB = tf.sub(blur(tf.square(b)), squareB);
  const covariance = tf.sub(blur(tf.mul(a, b)), product);
  const above = tf.mul(tf.add(tf.mul(product, 2), C1), tf.add(tf.mul(covariance, 2), C2));
  const below = tf.mul(tf.add(tf.add(squareA, squareB), C1), tf.add(tf.add(varianceA, varianceB), C2));
  return tf.div(above, tf.add(below, EPSILON));
}

/** By the window, as a matrix for each axis: every device multiplies matrices, and its gradient is the product with their transposes. */
function blur(x: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  const [rows, columns] = [windowMatrix(height), windowMatrix(width)];
  const both = (y: tf.Tensor4D, down: tf.Tensor2D, across: tf.Tensor2D) => alongAxis(alongAxis(y, down, 1), across, 2);
  return withGradient({
    inputs: [x],
    constants: [rows, columns],
    forward: (x, rows, columns) => {
      const [down, across] = [rows as tf.Tensor2D, columns as tf.Tensor2D];
      return [both(x as tf.Tensor4D, down, across), tf.transpose(down), tf.transpose(across)];
    },
    backward: (dy, rows, columns) => [both(dy as tf.Tensor4D, rows as tf.Tensor2D, columns as tf.Tensor2D)],
  }) as tf.Tensor4D;
}

/** The product of a matrix with an axis of x: that axis goes first, so that it is one product of two matrices. */
function alongAxis(x: tf.Tensor4D, matrix: tf.Tensor2D, axis: 1 | 2): tf.Tensor4D {
  const order = axis === 1 ? [1, 0, 2, 3] : [2, 1, 0, 3]; // Each is its own inverse.
  const first = tf.transpose(x, order);
  const product = tf.matMul(matrix, tf.reshape(first, [x.shape[axis], -1]) as tf.Tensor2D);
  return tf.transpose(tf.reshape(product, first.shape), order);
}

/** `[size, size]`: the weights that each place gives all others, those beyond a border mirrored. */
function windowMatrix(size: number): tf.Tensor2D {
  const around = (SIDE - 1) / 2;
  const weights = Array.from({ length: SIDE }, (_, i) => Math.exp(-((i - around) ** 2) / (2 * DEVIATION ** 2)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const matrix = new Float32Array(size * size);
  for (let place = 0; place < size; place++) {
    weights.forEach((weight, i) => {
      const at = Math.abs(place + i - around);
      matrix[place * size + (at < size ? at : 2 * (size - 1) - at)]! += weight / sum;
    });
  }
  return tf.tensor2d(matrix, [size, size]);
}
