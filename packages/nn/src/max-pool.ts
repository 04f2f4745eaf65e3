import * as tf from '@tensorflow/tfjs';
import { cropped, padded, reachedPadding } from './padding.js';
import type { WindowGeometry } from './padding.js';
import { placesOf, putBack, seenFrom } from './windows.js';
import { withGradient } from './with-gradient.js';

/** The lowest 32-bit float: what lies around a picture never is its maximum, and takes part in no infinities. */
const LOWEST = -3.4028234663852886e38;

/** How the window moves, and over what. */
export interface MaxPoolOptions extends WindowGeometry {
  /**
   * What is put around the picture, default the lowest number. Behind a ReLU zero does as well, and ONNX Runtime folds it
   * into the pooling.
   */
  readonly around?: number;
}

/**
 * The maximum of each window, with PyTorch's padding; of equal ones the first gets the gradient.
 *
 * @param x `[batch, height, width, channels]`
 * @returns `[batch, ⌊(height + padding - kernel) / stride⌋ + 1, likewise, channels]`
 * @throws ArgumentError when the padding does not fit the window
 */
export function maxPool(
  x: tf.Tensor4D,
  kernel: number,
  { stride = kernel, padding = 0, around = LOWEST }: MaxPoolOptions = {},
): tf.Tensor4D {
  const reached = reachedPadding(x.shape, kernel, stride, padding);
  const isNone = reached.flat().every((amount) => amount === 0);
  const surround = (x: tf.Tensor4D): tf.Tensor4D => (isNone ? x : padded(x, reached, around));
  const output = withGradient({
    name: `maxPool ${kernel} ${stride} ${JSON.stringify([reached, around])}`,
    inputs: [x],
    forward: (x) => {
      const y = tf.maxPool(surround(x as tf.Tensor4D), kernel, stride, 'valid');
      return [y, x!, y];
    },
    backward: (...tensors) => {
      const [dy, x, y] = tensors as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      return [cropped(gradient(dy, surround(x), y, kernel, stride), reached, x.shape)];
    },
  });
  return output as tf.Tensor4D;
}

/** Of the padded picture; made of plain operations, as not every device has a kernel for it. */
function gradient(dy: tf.Tensor4D, picture: tf.Tensor4D, y: tf.Tensor4D, kernel: number, stride: number): tf.Tensor4D {
  const [, height, width] = picture.shape;
  const [, rows, columns] = y.shape;
  let open = tf.onesLike(y); // 1 where the maximum has not been found yet
  const parts = placesOf(kernel).map((place) => {
    const found = tf.mul(open, tf.cast(tf.equal(seenFrom(place, picture, [rows, columns], stride), y), 'float32'));
    open = tf.sub(open, found);
    return putBack(place, tf.mul<tf.Tensor4D>(dy, found), [height, width], stride);
  });
  return tf.addN(parts);
}
