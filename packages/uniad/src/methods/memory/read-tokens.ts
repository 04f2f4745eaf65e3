import * as tf from '@tensorflow/tfjs';
import type { Compile, CompiledFunction } from '../../device/device.js';
import { RunError } from '../../errors.js';
import { BATCH } from '../../pipeline/batch.js';
import type { FeatureSource } from '../../training/feature-source.js';

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

/** Tokens that are mapped at once where they are not read picture by picture. */
const CHUNK = 2048;

/** A file of tensors larger than this is not read back. */
const LARGEST_BANK = 2 ** 31;

/**
 * Refuses tokens that could be written to a model's file but not read back.
 *
 * @throws RunError
 */
export function requireRoom(tokens: number, channels: number): void {
  if (tokens * channels * Float32Array.BYTES_PER_ELEMENT < LARGEST_BANK) return;
  throw new RunError(
    `Expected a memory bank of less than 2 GiB but ${tokens} tokens of ${channels} channels need more: take fewer pictures, a smaller featureSize, or the method patchcore`,
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
  const perPicture = rows * columns * channels;
  const mapped = map && new MappedTokens(map, channels, compile);
  const tokens = new Float32Array(source.length * rows * columns * (map?.channels ?? channels));
  try {
    for (let start = 0, at = 0; start < source.length; start += BATCH) {
      signal?.throwIfAborted();
      const pictures = Array.from({ length: Math.min(BATCH, source.length - start) }, (_, i) => source.read(start + i));
      const batch = new Float32Array(pictures.length * perPicture);
      (await Promise.all(pictures)).forEach((picture, i) => batch.set(picture, i * perPicture));
      const read = mapped ? await mapped.of(batch) : batch;
      tokens.set(read, at);
      at += read.length;
      onRead?.(start + pictures.length);
    }
  } finally {
    mapped?.dispose();
  }
  return tokens;
}

/** The same map of tokens `[tokens, channels]` that were read before; without one, the tokens themselves. */
export async function mapTokens(
  tokens: Float32Array,
  channels: number,
  map: TokenMap | undefined,
  compile: Compile,
): Promise<Float32Array> {
  if (!map) return tokens;
  const mapped = new MappedTokens(map, channels, compile);
  const result = new Float32Array((tokens.length / channels) * map.channels);
  try {
    for (let start = 0; start < tokens.length; start += CHUNK * channels) {
      const part = await mapped.of(tokens.subarray(start, start + CHUNK * channels));
      result.set(part, (start / channels) * map.channels);
    }
  } finally {
    mapped.dispose();
  }
  return result;
}

/** A map of tokens, compiled. */
class MappedTokens {
  private readonly run: CompiledFunction;

  constructor(
    map: TokenMap,
    private readonly channels: number,
    compile: Compile,
  ) {
    this.run = compile((tokens) => [map.forward(tokens as tf.Tensor2D)], { freezeVariables: true });
  }

  /** Of `[tokens, channels]`. */
  async of(tokens: Float32Array): Promise<Float32Array> {
    const batch = tf.tensor2d(tokens, [tokens.length / this.channels, this.channels]);
    const outputs = this.run(batch);
    try {
      return (await outputs[0]!.data()) as Float32Array;
    } finally {
      tf.dispose([batch, outputs]);
    }
  }

  dispose(): void {
    this.run.dispose();
  }
}

/**
 * Some tokens of all pictures, `[indices, channels]` in the order of `indices`.
 *
 * @param indices as {@link readTokens} counts them
 */
export async function pickTokens(
  source: FeatureSource,
  indices: Uint32Array,
  { signal, onRead }: Pick<ReadTokensOptions, 'signal' | 'onRead'> = {},
): Promise<Float32Array> {
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
    signal?.throwIfAborted();
    const features = await source.read(picture);
    for (const position of positions) {
      const start = (indices[position]! % (rows * columns)) * channels;
      picked.set(features.subarray(start, start + channels), position * channels);
    }
    onRead?.(picture + 1);
  }
  return picked;
}
