import * as tf from '@tensorflow/tfjs';
import { hostValues } from '@uniad/nn';
import type { Generator } from '@uniad/nn';

/**
 * Feature jittering: Gaussian noise of deviation `scale`·‖f‖₂ / channels on each token f, on a whole batch with the
 * given probability (UniAD, equation 3).
 *
 * @param tokens `[batch, tokens, channels]`
 */
export function jitter(
  tokens: tf.Tensor3D,
  { scale, probability }: { readonly scale: number; readonly probability: number },
  generator: Generator,
): tf.Tensor3D {
  if (scale === 0 || probability === 0) return tokens;
  return tf.tidy(() => {
    const channels = tokens.shape[2];
    const strength = hostValues(
      (values) => values.fill(generator.uniform() < probability ? scale / channels : 0),
      [],
      'float32',
    );
    const noise = hostValues((values) => generator.fillNormal(values, 0, 1), tokens.shape, 'float32');
    const norm = tf.sqrt(tf.sum(tf.square(tokens), -1, true)); // [batch, tokens, 1]
    return tf.add(tokens, tf.mul(noise, tf.mul(norm, strength)));
  });
}
