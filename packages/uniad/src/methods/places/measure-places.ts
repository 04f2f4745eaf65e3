import * as tf from '@tensorflow/tfjs';
import { matMul } from '@uniad/nn';
import type { Generator, StateDict } from '@uniad/nn';
import type { Compile } from '../../device/device.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { mapTokens, readTokens } from '../memory/read-tokens.js';
import type { PlacesConfig } from './places-config.js';
import { whitenSpread } from './spread.js';
import { measureSubspace } from './subspace.js';

export interface MeasurePlacesOptions extends PlacesConfig {
  /** Draws where iterations start. */
  readonly generator: Generator;
  readonly compile: Compile;
  /** What becomes of tokens before they are measured. */
  readonly prepare: (tokens: tf.Tensor2D) => tf.Tensor2D;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures, for each kind and each place, how good tokens vary there; the tokens of one kind are held at a time.
 *
 * @returns `spread` `[kinds, channels, channels]`, see {@link whitenSpread}, and, of tokens times its transpose, `mean`
 *   `[kinds, places, channels]` and `basis` `[kinds, places, channels, rank]`, see {@link measureSubspace}
 * @throws the signal's reason when it is aborted
 */
export async function measurePlaces(
  source: FeatureSource,
  { rank, generator, compile, prepare, signal }: MeasurePlacesOptions,
): Promise<StateDict> {
  const [rows, columns, channels] = source.shape;
  const places = rows * columns;
  const kinds = picturesByKind(source);
  const spread = new Float32Array(kinds.length * channels ** 2);
  const mean = new Float32Array(kinds.length * places * channels);
  const basis = new Float32Array(mean.length * rank);
  for (const [kind, pictures] of kinds.entries()) {
    const ofKind = { ...source, length: pictures.length, read: (index: number) => source.read(pictures[index]!) };
    const prepared = await readTokens(ofKind, { compile, map: { channels, forward: prepare }, signal });
    const weight = await whitenSpread(prepared, pictures.length, channels);
    spread.set(weight, kind * channels ** 2);
    const tokens = await spreadEvenly(prepared, weight, channels, compile);
    for (let place = 0; place < places; place++) {
      signal?.throwIfAborted();
      const here = new Float64Array(pictures.length * channels);
      pictures.forEach((_, i) => {
        const start = (i * places + place) * channels;
        here.set(tokens.subarray(start, start + channels), i * channels);
      });
      const measured = measureSubspace(here, channels, rank, generator);
      mean.set(measured.mean, (kind * places + place) * channels);
      basis.set(measured.basis, (kind * places + place) * channels * rank);
    }
  }
  return {
    spread: { shape: [kinds.length, channels, channels], data: spread },
    mean: { shape: [kinds.length, places, channels], data: mean },
    basis: { shape: [kinds.length, places, channels, rank], data: basis },
  };
}

/** Tokens `[tokens, channels]` times the transpose of the weight. */
async function spreadEvenly(
  tokens: Float32Array,
  weight: Float32Array,
  channels: number,
  compile: Compile,
): Promise<Float32Array> {
  const matrix = tf.tensor2d(weight, [channels, channels]);
  try {
    const forward = (rows: tf.Tensor2D) => matMul(rows, matrix, false, true) as tf.Tensor2D;
    return await mapTokens(tokens, channels, { channels, forward }, compile);
  } finally {
    matrix.dispose();
  }
}

function picturesByKind({ length, kinds }: FeatureSource): number[][] {
  const groups = new Map<string, number[]>();
  for (let i = 0; i < length; i++) {
    const kind = kinds?.[i] ?? '';
    const group = groups.get(kind);
    if (group) group.push(i);
    else groups.set(kind, [i]);
  }
  return [...groups.values()];
}
