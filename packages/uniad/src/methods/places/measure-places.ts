import * as tf from '@tensorflow/tfjs';
import { matMul } from '@uniad/nn';
import type { Generator, StateDict } from '@uniad/nn';
import type { Compile } from '../../device/device.js';
import { picturesByKind } from '../../training/feature-source.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { readTokens } from '../memory/read-tokens.js';
import type { PlacesConfig } from './places-config.js';
import { measureSpread } from './spread.js';
import { measureSubspace } from './subspace.js';

export interface MeasurePlacesOptions extends PlacesConfig {
  /** Draws where iterations start. */
  readonly generator: Generator;
  readonly compile: Compile;
  /** What becomes of tokens before they are measured. */
  readonly prepare: (tokens: tf.Tensor2D) => tf.Tensor2D;
  readonly signal?: AbortSignal | undefined;
  /** Numbers of tokens. */
  readonly mostHeld?: number;
}

/** Numbers of tokens that are held at a time, 128 MiB: with more pictures of a kind, they are read again for the next places. */
const MOST_HELD = 2 ** 25;

/**
 * Measures, for each kind and each place, how good tokens vary there; of one kind the tokens of some places are held at a time.
 *
 * @returns `spread` `[kinds, channels, channels]`, see {@link measureSpread}, and, of tokens times its transpose, `mean`
 *   `[kinds, places, channels]` and `basis` `[kinds, places, channels, rank]`, see {@link measureSubspace}
 * @throws the signal's reason when it is aborted
 */
export async function measurePlaces(
  source: FeatureSource,
  { rank, generator, compile, prepare, signal, mostHeld = MOST_HELD }: MeasurePlacesOptions,
): Promise<StateDict> {
  const [rows, columns, channels] = source.shape;
  const places = rows * columns;
  const kinds = picturesByKind(source);
  const spread = new Float32Array(kinds.length * channels ** 2);
  const mean = new Float32Array(kinds.length * places * channels);
  const basis = new Float32Array(mean.length * rank);
  for (const [kind, pictures] of kinds.entries()) {
    const weight = await measureSpread(placesOf(source, pictures, 0, places), { compile, prepare, signal });
    spread.set(weight, kind * channels ** 2);
    const even = tf.tensor2d(weight, [channels, channels]);
    const forward = (tokens: tf.Tensor2D) => matMul(prepare(tokens), even, false, true) as tf.Tensor2D;
    try {
      const atOnce = Math.min(places, Math.max(1, Math.floor(mostHeld / (pictures.length * channels))));
      for (let first = 0; first < places; first += atOnce) {
        const some = placesOf(source, pictures, first, Math.min(first + atOnce, places));
        const tokens = await readTokens(some, { compile, map: { channels, forward }, signal });
        for (let place = first, width = some.shape[1]; place < first + width; place++) {
          signal?.throwIfAborted();
          const here = new Float64Array(pictures.length * channels);
          pictures.forEach((_, i) => {
            const start = (i * width + place - first) * channels;
            here.set(tokens.subarray(start, start + channels), i * channels);
          });
          const measured = measureSubspace(here, channels, rank, generator);
          mean.set(measured.mean, (kind * places + place) * channels);
          basis.set(measured.basis, (kind * places + place) * channels * rank);
        }
      }
    } finally {
      even.dispose();
    }
  }
  return {
    spread: { shape: [kinds.length, channels, channels], data: spread },
    mean: { shape: [kinds.length, places, channels], data: mean },
    basis: { shape: [kinds.length, places, channels, rank], data: basis },
  };
}

/** Some pictures, and of these the places from `first` to before `end`, as one row. */
function placesOf(source: FeatureSource, pictures: readonly number[], first: number, end: number): FeatureSource {
  const channels = source.shape[2];
  return {
    length: pictures.length,
    shape: [1, end - first, channels],
    read: async (index) => (await source.read(pictures[index]!)).subarray(first * channels, end * channels),
  };
}
