import * as tf from '@tensorflow/tfjs';
import { matMul } from '@uniad/nn';
import type { Compile } from '../../device/device.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { cholesky, inverseOfLower } from '../cholesky.js';
import { sumOver } from '../sum-over.js';
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
  const momentsOf = compile(
    (features) => {
      const tokens = prepare(tf.reshape(features, [-1, channels]) as tf.Tensor2D);
      return [tf.sum(tf.reshape(tokens, [-1, places, channels]), 0), matMul(tokens, tokens, true)];
    },
    { freezeVariables: true },
  );
  const [sums, products] = await sumOver(source, momentsOf, signal);
  const covariance = products!.map((value) => value / (source.length * places));
  const share = source.length ** 2 * places;
  for (let place = 0; place < places; place++) {
    const own = sums!.subarray(place * channels, (place + 1) * channels);
    for (let i = 0; i < channels ** 2; i++) {
      covariance[i]! -= (own[Math.floor(i / channels)]! * own[i % channels]!) / share;
    }
  }
  const unknown = 1 - trustIn(source.length, channels);
  const mixed = covariance.map((value, i) => unknown * value + (i % (channels + 1) === 0 ? FLOOR : 0));
  return Float32Array.from(inverseOfLower(cholesky(mixed, channels), channels));
}
