import * as tf from '@tensorflow/tfjs';
import type { ReconstructionConfig } from './config.js';

/** Keeps the gradient of a norm finite at zero. */
const EPSILON = 1e-12;

/** Each token scaled to unit length. */
function unit(tokens: tf.Tensor): tf.Tensor {
  return tf.mul(tokens, tf.rsqrt(tf.add(tf.sum(tf.square(tokens), -1, true), EPSILON)));
}

/** 1 - cos of the angle between two tokens, one a token. */
function cosineDistance(features: tf.Tensor, reconstruction: tf.Tensor): tf.Tensor {
  return tf.sub(1, tf.sum(tf.mul(unit(features), unit(reconstruction)), -1));
}

/**
 * What training makes small: the mean squared error over all elements (equation 4), or its variants of section C.3,
 * summed over the channels of unit tokens (A2) or the cosine distance (A3), averaged over tokens.
 *
 * @param features and reconstruction `[..., channels]`
 */
export function reconstructionLoss(
  features: tf.Tensor,
  reconstruction: tf.Tensor,
  loss: ReconstructionConfig['loss'],
): tf.Scalar {
  return tf.tidy(() => {
    if (loss === 'cosine') return tf.mean(cosineDistance(features, reconstruction));
    if (loss === 'mse') return tf.mean(tf.square(tf.sub(features, reconstruction)));
    return tf.mean(tf.sum(tf.square(tf.sub(unit(features), unit(reconstruction))), -1));
  });
}

/**
 * How far each token is from its reconstruction: the L2 norm of the difference (equation 5), of the difference of unit
 * tokens, or the cosine distance, following the loss.
 *
 * @param features and reconstruction `[batch, height, width, channels]`
 * @returns `[batch, height, width]`
 */
export function tokenDifference(
  features: tf.Tensor4D,
  reconstruction: tf.Tensor4D,
  loss: ReconstructionConfig['loss'],
): tf.Tensor3D {
  return tf.tidy(() => {
    if (loss === 'cosine') return cosineDistance(features, reconstruction) as tf.Tensor3D;
    const difference = loss === 'mse' ? tf.sub(features, reconstruction) : tf.sub(unit(features), unit(reconstruction));
    return tf.sqrt(tf.sum(tf.square(difference), -1)) as tf.Tensor3D;
  });
}
