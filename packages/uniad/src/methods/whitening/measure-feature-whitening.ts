import type { Compile } from '../../device/device.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { measureMoments } from './measure-moments.js';
import type { Whitening } from './whitening.js';

/** In directions and channels in which good features hardly vary there is mostly noise to learn. */
const [SHRINKAGE, FLOOR] = [0.2, 0.1] as const;

export interface FeatureWhiteningOptions {
  /** As of {@link Whitening.set}. */
  readonly groups?: readonly number[] | undefined;
  readonly compile: Compile;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures a whitening on the features of all pictures.
 *
 * @throws the signal's reason when it is aborted
 */
export async function measureFeatureWhitening(
  whitening: Whitening,
  source: FeatureSource,
  { groups, compile, signal }: FeatureWhiteningOptions,
): Promise<void> {
  const [rows, columns, channels] = source.shape;
  const moments = await measureMoments(source, { channels, perPicture: rows * columns, compile, signal });
  whitening.set(moments, SHRINKAGE, FLOOR, groups);
}
