import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient.js';

/** Terms of the series: the next would be below 1e-9 of the sum. */
const TERMS = 9;

/**
 * log(1 + exp(x)), the same in every run: the last digit of ONNX Runtime's own softplus and logarithm depends on how its threads share the
 * work, and a training that is resumed would end otherwise than one that was not.
 */
export function softplus(x: tf.Tensor): tf.Tensor {
  return withGradient({
    name: 'softplus',
    inputs: [x],
    forward: (x) => {
      const small = tf.exp(tf.neg(tf.abs(x))); // In (0, 1]: softplus is max(x, 0) + log(1 + small).
      const s = tf.div(small, tf.add(small, 2)); // In (0, 1/3]: log(1 + small) is 2 atanh(s) = 2 (s + s³/3 + s⁵/5 + ...).
      const square = tf.square(s);
      let series: tf.Tensor = tf.fill(s.shape, 1 / (2 * TERMS - 1));
      for (let i = TERMS - 1; i > 0; i--) series = tf.add(tf.mul(series, square), 1 / (2 * i - 1));
      return [tf.add(tf.relu(x), tf.mul(tf.mul(s, 2), series)), x];
    },
    backward: (dy, x) => [tf.mul(dy, tf.sigmoid(x))],
  });
}
