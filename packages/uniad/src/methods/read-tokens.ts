import * as tf from '@tensorflow/tfjs';
import type { Compile } from '../device/device.js';
import { RunError } from '../errors.js';
import { BATCH } from '../pipeline/batch.js';
import { readBatch } from '../training/feature-source.js';
import type { FeatureSource } from '../training/feature-source.js';

/** What becomes of tokens on the way in: `[tokens, channels of the source]` to `[tokens, channels]`. */
export interface TokenMap {
  readonly channels: number;
  forward(tokens: tf.Tensor2D): tf.Tensor2D;
}

export interface ReadTokensOptions {
  readonly compile: Compile;
  readonly map?: TokenMap | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How many pictures have been read. */
  readonly onRead?: (pictures: number) => void;
}

/** A file of tensors larger than this is not read back. */
const LARGEST_BANK = 2 ** 31;

/**
 * Refuses tokens that could be written to a model's file but not read back.
 *
 * @param cure what would make them fewer
 * @throws RunError
 */
export function requireRoom(tokens: number, channels: number, cure: string): void {
  if (tokens * channels * Float32Array.BYTES_PER_ELEMENT < LARGEST_BANK) return;
  throw new RunError(
    `Expected a memory bank of less than 2 GiB but ${tokens} tokens of ${channels} channels need more: take ${cure}`,
  );
}

/**
 * The tokens of all pictures, row after row, `[pictures * rows * columns, channels]`; beside them one batch is held.
 *
 * @throws the signal's reason when it is aborted
 */
export async function readTokens(
  source: FeatureSource,
  { compile, map, signal, onRead }: ReadTokensOptions,
): Promise<Float32Array> {
  const [rows, columns, channels] = source.shape;
  const perPicture = rows * columns * (map?.channels ?? channels);
  const tokens = new Float32Array(source.length * perPicture);
  const forward = compile((batch) => [map!.forward(tf.reshape(batch, [-1, channels]) as tf.Tensor2D)], {
    freezeVariables: true,
  });
  const mapped = async (indices: readonly number[]): Promise<Float32Array> => {
    const batch = await readBatch(source, indices);
    const outputs = forward(batch);
    try {
      return (await outputs[0]!.data()) as Float32Array;
    } finally {
      tf.dispose([batch, outputs]);
    }
  };
  try {
    for (let start = 0; start < source.length; start += BATCH) {
      signal?.throwIfAborted();
      const indices = Array.from({ length: Math.min(BATCH, source.length - start) }, (_, i) => start + i);
      if (map) tokens.set(await mapped(indices), start * perPicture);
      else await Promise.all(indices.map(async (i) => tokens.set(await source.read(i), i * perPicture)));
      onRead?.(start + indices.length);
    }
  } finally {
    forward.dispose();
  }
  return tokens;
}

/**
 * Some tokens of all pictures, `[indices, channels]` in the order of `indices`.
 *
 * @param indices as {@link readTokens} counts them
 */
export async function pickTokens(source: FeatureSource, indices: Uint32Array): Promise<Float32Array> {
  const [rows, columns, channels] = source.shape;
  const picked = new Float32Array(indices.length * channels);
  const ofPicture = new Map<number, number[]>(); // picture -> positions in `indices`
  indices.forEach((index, position) => {
    const picture = Math.floor(index / (rows * columns));
    const before = ofPicture.get(picture);
    if (before) before.push(position);
    else ofPicture.set(picture, [position]);
  });
  for (const [picture, positions] of ofPicture) {
    const features = await source.read(picture);
    for (const position of positions) {
      const start = (indices[position]! % (rows * columns)) * channels;
      picked.set(features.subarray(start, start + channels), position * channels);
    }
  }
  return picked;
}
