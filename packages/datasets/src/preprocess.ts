import { availableParallelism } from 'node:os';
import { decodePicture, type DecodeOptions } from './decode-picture.js';
import { PictureError } from './errors.js';
import { refuseUnknownOptions, requireCount } from './options.js';
import { preprocessPicture, type PreprocessOptions } from './preprocess-picture.js';

/**
 * Decodes a picture file and prepares it for a network: resized, normalised, `[height, width, 3]`.
 *
 * @throws PictureError naming a file that cannot be decoded, DatasetError for options that cannot be
 */
export async function preprocess(
  path: string,
  { limits, ...options }: PreprocessOptions & DecodeOptions,
): Promise<Float32Array> {
  return preprocessPicture(await decodePicture(path, limits ? { limits } : {}), options);
}

export interface PreprocessAllOptions extends PreprocessOptions, DecodeOptions {
  /** Pictures in work at a time; the number of processors by default. */
  readonly concurrency?: number;
  /** Told of each picture that cannot be decoded, which is then skipped; without it the first one ends the iteration. */
  readonly onBadPicture?: (error: PictureError) => void;
  readonly signal?: AbortSignal;
}

/**
 * Prepares many pictures, in their order, several at a time and no further ahead than that.
 *
 * @throws PictureError for a picture that cannot be decoded, unless `onBadPicture` is given; the signal's reason when aborted
 */
export async function* preprocessAll<T extends { readonly path: string }>(
  items: readonly T[],
  { concurrency = availableParallelism(), onBadPicture, signal, ...options }: PreprocessAllOptions,
): AsyncGenerator<{ readonly item: T; readonly pixels: Float32Array }> {
  refuseUnknownOptions(options, ['imageSize', 'mean', 'deviation', 'limits']);
  requireCount(concurrency, 'concurrency');
  const inWork: Promise<Float32Array | PictureError>[] = [];
  let next = 0;
  for (const item of items) {
    signal?.throwIfAborted();
    while (inWork.length < concurrency && next < items.length)
      inWork.push(settled(preprocess(items[next++]!.path, options)));
    const pixels = await inWork.shift()!;
    if (!(pixels instanceof PictureError)) yield { item, pixels };
    else if (onBadPicture) onBadPicture(pixels);
    else throw pixels;
  }
}

/** A bad picture is reported when its turn comes, not while others are waited for. */
async function settled(work: Promise<Float32Array>): Promise<Float32Array | PictureError> {
  return work.catch((error: unknown) => {
    if (error instanceof PictureError) return error;
    throw error;
  });
}
