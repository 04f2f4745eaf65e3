import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from './errors.js';
import type { Generator } from './generator.js';
import { hostValues } from './host-values.js';
import { withGradient } from './with-gradient.js';

/**
 * Sets elements to zero with probability `rate` and divides the others by the probability of staying.
 *
 * @throws ArgumentError when the rate is not in [0, 1)
 */
export function dropout(x: tf.Tensor, rate: number, generator: Generator): tf.Tensor {
  if (rate === 0) return x;
  const masked = (values: tf.Tensor, kept: tf.Tensor) => tf.div(tf.mul(values, tf.cast(kept, 'float32')), 1 - rate);
  return tf.tidy(() =>
    withGradient({
      name: `dropout ${rate}`,
      inputs: [x],
      constants: [keptMask(x.shape, rate, generator)],
      forward: (x, kept) => [masked(x, kept), kept],
      backward: (dy, kept) => [masked(dy, kept)],
    }),
  );
}

/**
 * What {@link dropout} keeps of a tensor of this shape: true with probability 1 - `rate`.
 *
 * @throws ArgumentError when the rate is not in [0, 1)
 */
export function keptMask(shape: readonly number[], rate: number, generator: Generator): tf.Tensor {
  if (!(rate >= 0 && rate < 1)) throw new ArgumentError(`Expected a number in [0, 1) for rate but received ${rate}`);
  return hostValues((mask) => generator.fillKept(mask, rate), shape, 'bool');
}
