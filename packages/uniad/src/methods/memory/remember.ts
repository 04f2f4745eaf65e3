import type * as tf from '@tensorflow/tfjs';
import { matMul } from '@uniad/nn';
import type { Generator, NamedTensor } from '@uniad/nn';
import type { Compile } from '../../device/device.js';
import type { FeatureSource } from '../../training/feature-source.js';
import type { FitHooks } from '../../training/gradient-descent.js';
import type { BankSize } from './bank-size.js';
import { chooseCoreset } from './coreset.js';
import type { CoresetConfig } from './coreset-config.js';
import { drawSorted } from './draw-sorted.js';
import { projectedChannels, sparseProjection } from './projection.js';
import { mapTokens, pickTokens, readTokens } from './read-tokens.js';
import type { TokenMap } from './read-tokens.js';

export interface RememberOptions {
  /** How many tokens to choose from, and how many to keep. */
  readonly size: BankSize;
  readonly epsilon: CoresetConfig['epsilon'];
  /** Draws the projection and the first token. */
  readonly generator: Generator;
  readonly compile: Compile;
  /** What becomes of tokens before they are compared and kept; nothing by default. */
  readonly map?: TokenMap | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: FitHooks['onProgress'] | undefined;
}

/**
 * A memory bank of tokens of good pictures, thinned to a coreset (Roth et al. 2022, section 3.2).
 *
 * @returns `[patches, channels]`
 * @throws the signal's reason when it is aborted
 */
export async function remember(
  source: FeatureSource,
  { size: { candidates, kept: size }, epsilon, generator, compile, map, signal, onProgress }: RememberOptions,
): Promise<NamedTensor> {
  const [, , given] = source.shape;
  const channels = map?.channels ?? given;
  const patches = source.length * source.shape[0] * source.shape[1];
  const drawn = candidates < patches ? drawSorted(candidates, patches, generator.fork('candidates')) : undefined;
  const total = source.length + size;
  const projected = projectedChannels(candidates, epsilon);
  const projection = projected < channels ? sparseProjection(channels, projected, generator) : undefined;
  const compared: TokenMap | undefined = projection
    ? {
        channels: projected,
        forward: (tokens) => matMul(map ? map.forward(tokens) : tokens, projection) as tf.Tensor2D,
      }
    : map;
  try {
    const onRead = (pictures: number) => onProgress?.({ done: pictures, total });
    const points = drawn
      ? await mapTokens(await pickTokens(source, drawn, { signal, onRead }), given, compared, compile)
      : await readTokens(source, { compile, map: compared, signal, onRead });
    const chosen = await chooseCoreset(points, {
      channels: compared?.channels ?? channels,
      size,
      generator,
      compile,
      signal,
      onChosen: (count) => onProgress?.({ done: source.length + count, total }),
    });
    const tokens = await pickTokens(source, drawn ? chosen.map((index) => drawn[index]!) : chosen, { signal });
    return { shape: [size, channels], data: await mapTokens(tokens, given, map, compile) };
  } finally {
    projection?.dispose();
  }
}
