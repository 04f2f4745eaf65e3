import type { Sample } from './dataset.js';
import { PictureError } from './errors.js';
import { refuseUnknownOptions } from './options.js';

/** How {@link readable} goes about it. */
export interface ReadableOptions {
  /** Whether masks are tried too. */
  readonly masks?: boolean;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** A mask is decoded at its own size whatever size is asked for. */
const ANY_SIZE = [1, 1] as const;

/** Pictures that are tried at the same time. */
const TOGETHER = 8;

/**
 * Tries every picture, so that one that cannot be read does not end hours of work in their midst.
 *
 * @returns those that can be read, in their order, and why the others cannot
 */
export async function readable(
  samples: readonly Sample[],
  options: ReadableOptions = {},
): Promise<{ readable: Sample[]; unreadable: PictureError[] }> {
  refuseUnknownOptions(options, ['masks', 'onProgress', 'signal']);
  const { masks = false, onProgress, signal } = options;
  const kept: Sample[] = [];
  const unreadable: PictureError[] = [];
  for (let start = 0; start < samples.length; start += TOGETHER) {
    signal?.throwIfAborted();
    const batch = samples.slice(start, start + TOGETHER);
    const reasons = await Promise.all(batch.map((sample) => whyUnreadable(sample, masks)));
    reasons.forEach((reason, i) => (reason ? unreadable.push(reason) : kept.push(batch[i]!)));
    onProgress?.({ done: start + batch.length, total: samples.length });
  }
  return { readable: kept, unreadable };
}

async function whyUnreadable(sample: Sample, masks: boolean): Promise<PictureError | undefined> {
  try {
    await sample.picture();
    if (masks && sample.anomalous && sample.hasMask) await sample.mask(ANY_SIZE, { onWarning: () => {} });
    return undefined;
  } catch (error) {
    if (error instanceof PictureError) return error;
    throw error;
  }
}
