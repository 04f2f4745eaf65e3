import type * as tf from '@tensorflow/tfjs';
import { matMul } from '@uniad/nn';
import type { Generator, NamedTensor } from '@uniad/nn';
import type { Compile } from '../../device/device.js';
import type { FeatureSource } from '../../training/feature-source.js';
import type { FitHooks } from '../../training/gradient-descent.js';
import { chooseCoreset } from './coreset.js';
import type { CoresetConfig } from './coreset-config.js';
import { projectedChannels, sparseProjection } from './projection.js';
import { mapTokens, pickTokens, readTokens, requireRoom } from './read-tokens.js';
import type { TokenMap } from './read-tokens.js';

export interface RememberOptions extends CoresetConfig {
  /** Draws the projection and the first token. */
  readonly generator: Generator;
  readonly compile: Compile;
  /** What becomes of tokens before they are compared and kept; nothing by default. */
  readonly prepare?: ((tokens: tf.Tensor2D) => tf.Tensor2D) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: FitHooks['onProgress'] | undefined;
}

/**
 * A memory bank of tokens of good pictures, thinned to a coreset (Roth et al. 2022, section 3.2).
 *
 * @returns `[patches, channels]`
 * @throws RunError for more than a model's file can hold; the signal's reason when it is aborted
 */
export async function remember(
  source: FeatureSource,
  channels: number,
  { ratio, epsilon, generator, compile, prepare, signal, onProgress }: RememberOptions,
): Promise<NamedTensor> {
  const patches = source.length * source.shape[0] * source.shape[1];
  const size = Math.max(1, Math.floor(ratio * patches));
  requireRoom(size, channels, 'a smaller coreset.ratio or featureSize');
  const total = source.length + size;
  const projected = projectedChannels(patches, epsilon);
  const projection = projected < channels ? sparseProjection(channels, projected, generator) : undefined;
  const kept: TokenMap | undefined = prepare && { channels, forward: prepare };
  const compared: TokenMap | undefined = projection
    ? {
        channels: projected,
        forward: (tokens) => matMul(prepare ? prepare(tokens) : tokens, projection) as tf.Tensor2D,
      }
    : kept;
  try {
    const onRead = (pictures: number) => onProgress?.({ done: pictures, total });
    const points = await readTokens(source, { compile, map: compared, signal, onRead });
    const chosen = await chooseCoreset(points, {
      channels: compared?.channels ?? channels,
      size,
      generator,
      compile,
      signal,
      onChosen: (count) => onProgress?.({ done: source.length + count, total }),
    });
    const tokens = await pickTokens(source, chosen);
    return { shape: [size, channels], data: kept ? await mapTokens(tokens, channels, kept, compile) : tokens };
  } finally {
    projection?.dispose();
  }
}
