import * as tf from '@tensorflow/tfjs';
import { matMul } from '@uniad/nn';
import { BATCH } from '../../pipeline/batch.js';
import type { Compile } from '../../device/device.js';
import { readBatch } from '../../training/feature-source.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { cholesky, inverseOfLower } from '../cholesky.js';
import { trustIn } from './subspace.js';

/** Keeps the covariance from vanishing where pictures are many. */
const FLOOR = 0.05;

export interface MeasureSpreadOptions {
  readonly compile: Compile;
  /** What becomes of tokens before they are measured. */
  readonly prepare: (tokens: tf.Tensor2D) => tf.Tensor2D;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures how good tokens of one kind spread around the means of their places, all places together: what the pictures are too few to
 * tell of a place's own covariance is taken from there.
 *
 * @param source pictures of one kind
 * @returns `[channels, channels]`, lower triangular: L⁻¹ of L Lᵀ, that share of the common covariance and a little of a white one
 * @throws the signal's reason when it is aborted
 */
export async function measureSpread(
  source: FeatureSource,
  { compile, prepare, signal }: MeasureSpreadOptions,
): Promise<Float32Array> {
  const [rows, columns, channels] = source.shape;
  const places = rows * columns;
  const sums = new Float64Array(places * channels);
  const covariance = new Float64Array(channels ** 2);
  const momentsOf = compile(
    (features) => {
      const tokens = prepare(tf.reshape(features, [-1, channels]) as tf.Tensor2D);
      return [tf.sum(tf.reshape(tokens, [-1, places, channels]), 0), matMul(tokens, tokens, true)];
    },
    { freezeVariables: true },
  );
  try {
    for (let start = 0; start < source.length; start += BATCH) {
      signal?.throwIfAborted();
      const indices = Array.from({ length: Math.min(BATCH, source.length - start) }, (_, i) => start + i);
      const features = await readBatch(source, indices);
      const moments = momentsOf(features);
      features.dispose();
      const [sum, products] = await Promise.all(moments.map((tensor) => tensor.data()));
      tf.dispose(moments);
      sum!.forEach((value, i) => (sums[i]! += value));
      products!.forEach((value, i) => (covariance[i]! += value / (source.length * places)));
    }
  } finally {
    momentsOf.dispose();
  }
  const share = source.length ** 2 * places;
  for (let place = 0; place < places; place++) {
    const own = sums.subarray(place * channels, (place + 1) * channels);
    for (let i = 0; i < channels ** 2; i++) {
      covariance[i]! -= (own[Math.floor(i / channels)]! * own[i % channels]!) / share;
    }
  }
  const unknown = 1 - trustIn(source.length, channels);
  const mixed = covariance.map((value, i) => unknown * value + (i % (channels + 1) === 0 ? FLOOR : 0));
  return Float32Array.from(inverseOfLower(cholesky(mixed, channels), channels));
}
