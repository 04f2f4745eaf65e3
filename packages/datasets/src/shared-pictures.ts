import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Category, Sample } from './dataset.js';
import { PictureError } from './errors.js';
import { FileSample } from './file-sample.js';

/** A test picture and the training picture whose bytes are the same. */
export interface SharedPicture {
  readonly train: Sample;
  readonly test: Sample;
}

/**
 * Test pictures that are training pictures too, byte for byte: what a model makes of them says nothing. One picture is held at a
 * time; only files of the same size are read.
 * One that cannot be read is the same as none.
 */
export async function sharedPictures(categories: readonly Category[], signal?: AbortSignal): Promise<SharedPicture[]> {
  const bySize = new Map<number, Sample[]>();
  for (const sample of categories.flatMap(({ train }) => train)) {
    signal?.throwIfAborted();
    const size = await sizeOf(sample);
    const same = bySize.get(size);
    if (same) same.push(sample);
    else bySize.set(size, [sample]);
  }
  const digests = new Map<number, Map<string, Sample>>(); // size -> digest -> training picture
  const shared: SharedPicture[] = [];
  for (const test of categories.flatMap((category) => category.test)) {
    signal?.throwIfAborted();
    const size = await sizeOf(test);
    const candidates = bySize.get(size);
    if (!candidates) continue;
    if (!digests.has(size)) {
      const own = new Map<string, Sample>();
      for (const sample of candidates) {
        const digest = await digestOf(sample);
        if (digest !== undefined) own.set(digest, sample);
      }
      digests.set(size, own);
    }
    const digest = await digestOf(test);
    const train = digest === undefined ? undefined : digests.get(size)!.get(digest);
    if (train) shared.push({ train, test });
  }
  return shared;
}

/** Records within a file are all of one size. */
const sizeOf = async (sample: Sample): Promise<number> =>
  sample instanceof FileSample
    ? stat(sample.path).then(
        ({ size }) => size,
        () => -1,
      )
    : 0;

async function digestOf(sample: Sample): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await sample.content())
      .digest('base64');
  } catch (error) {
    if (error instanceof PictureError) return undefined;
    throw error;
  }
}
