import * as tf from '@tensorflow/tfjs';
import { keptMask } from './dropout.js';
import type { Generator } from './generator.js';
import { withGradient } from './with-gradient.js';

/**
 * dropout(relu(x)) as one operation: what of its result is positive passed both, so the gradient needs nothing else.
 *
 * @throws ArgumentError when the rate is not in [0, 1)
 */
export function reluDropout(x: tf.Tensor, rate: number, generator: Generator): tf.Tensor {
  if (rate === 0) return tf.relu(x);
  return tf.tidy(() =>
    withGradient({
      name: `reluDropout ${rate}`,
      inputs: [x],
      constants: [keptMask(x.shape, rate, generator)],
      forward: (x, kept) => {
        const value = tf.div(tf.mul(tf.relu(x), tf.cast(kept, 'float32')), 1 - rate);
        return [value, value];
      },
      backward: (dy, value) => [tf.div(tf.mul(dy, tf.step(value)), 1 - rate)],
    }),
  );
}
