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
  if (!(rate >= 0 && rate < 1)) throw new ArgumentError(`Expected a number in [0, 1) for rate but received ${rate}`);
  if (rate === 0) return x;
  const masked = (values: tf.Tensor, mask: tf.Tensor) => tf.div(tf.mul(values, mask), 1 - rate);
  return withGradient(
    [x],
    () => {
      const mask = tf.cast(hostValues(() => generator.fillKept(new Uint8Array(x.size), rate), x.shape, 'bool'), 'float32');
      return { value: masked(x, mask), saved: [mask] };
    },
    (dy, [mask]) => [masked(dy, mask!)],
  );
}
