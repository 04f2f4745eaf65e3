import * as tf from '@tensorflow/tfjs';
import type { Compile } from '../../device/device.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { sumOver } from '../sum-over.js';
import type { Moments } from './whitening.js';

/** What to sum over. */
export interface MomentsOptions {
  /** What the source gives, a batch of it, to tokens `[..., channels]`; by default they are what it gives. */
  readonly tokensOf?: (batch: tf.Tensor4D) => tf.Tensor;
  readonly channels: number;
  /** Tokens of each picture. */
  readonly perPicture: number;
  readonly compile: Compile;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sums over the tokens of all pictures.
 *
 * @throws the signal's reason when it is aborted
 */
export async function measureMoments(
  source: FeatureSource,
  { tokensOf = (batch) => batch, channels, perPicture, compile, signal }: MomentsOptions,
): Promise<Moments> {
  const sumsOf = compile(
    (batch) => {
      const tokens = tf.reshape(tokensOf(batch as tf.Tensor4D), [-1, channels]);
      return [tf.sum(tokens, 0), tf.matMul(tokens, tokens, true)];
    },
    { freezeVariables: true },
  );
  const [sum, products] = await sumOver(source, sumsOf, signal);
  return { tokens: source.length * perPicture, sum: sum!, products: products! };
}
