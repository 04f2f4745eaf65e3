import * as tf from '@tensorflow/tfjs';
import { matMul } from '@uniad/nn';
import { cholesky, inverseOfLower } from '../cholesky.js';
import { trustIn } from './subspace.js';

/** Keeps the covariance from vanishing where pictures are many. */
const FLOOR = 0.05;

/** Tokens that are multiplied at once. */
const CHUNK = 8192;

/**
 * How the good tokens of one kind spread around the means of their places, all places together: where the pictures are too few to know
 * a place's own covariance, it is like this.
 *
 * @param tokens `[pictures, places, channels]`
 * @param channels of a token
 * @returns `[channels, channels]`, lower triangular, row by row: a token times its transpose has that share of a place's covariance
 *   white which the place's own pictures cannot tell
 */
export async function whitenSpread(tokens: Float32Array, pictures: number, channels: number): Promise<Float32Array> {
  const perPicture = tokens.length / pictures;
  const mean = new Float64Array(perPicture);
  tokens.forEach((value, i) => (mean[i % perPicture]! += value / pictures));
  const away = tokens.map((value, i) => value - mean[i % perPicture]!);
  const covariance = new Float64Array(channels ** 2);
  for (let start = 0; start < away.length; start += CHUNK * channels) {
    const products = tf.tidy(() => {
      const part = away.subarray(start, start + CHUNK * channels);
      const rows = tf.tensor2d(part, [part.length / channels, channels]);
      return matMul(rows, rows, true);
    });
    const sums = await products.data();
    products.dispose();
    sums.forEach((sum, i) => (covariance[i]! += sum / (tokens.length / channels)));
  }
  const unknown = 1 - trustIn(pictures, channels);
  const mixed = covariance.map((value, i) => unknown * value + (i % (channels + 1) === 0 ? FLOOR : 0));
  return Float32Array.from(inverseOfLower(cholesky(mixed, channels), channels));
}
