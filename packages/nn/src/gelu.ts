import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient.js';

/**
 * x Φ(x), with Φ the distribution function of the standard normal distribution (Hendrycks and Gimpel 2016): the exact
 * form by erf, as torch.nn.functional.gelu has it unless told otherwise.
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  return withGradient({
    name: 'gelu',
    inputs: [x],
    forward: (x) => {
      const below = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5); // Φ(x)
      return [tf.mul(x, below), x, below];
    },
    backward: (dy, x, below) => {
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return [tf.mul(dy, tf.add(below, tf.mul(x, density)))];
    },
  });
}
