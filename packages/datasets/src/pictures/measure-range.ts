import { availableParallelism } from 'node:os';
import type { Sample } from '../dataset.js';
import { DatasetError } from '../errors.js';
import { refuseUnknownOptions } from '../options.js';
import type { Extent, PictureLimits, ValueRange } from './picture.js';
import { rangeOfOne } from './wide-values.js';

/** What a picture may cost, who is told, and what stops it. */
export interface MeasureRangeOptions {
  readonly limits?: PictureLimits;
  /** Told after each few pictures. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** Whole numbers are of as many bits as cameras have. */
const bitDepths = [8, 10, 12, 14, 16];

/**
 * The range of values over all pictures of more than 8 bits a channel, to be kept and given to every decoding, so that
 * training and prediction read a file alike: for 16-bit files `[0, 2^bits - 1]` with the fewest of 8, 10, 12, 14 or 16
 * bits that hold all values, for floating point the smallest and largest value.
 *
 * @returns undefined when all pictures have 8 bits a channel
 * @throws PictureError for one that cannot be decoded, DatasetError for a set of both 16 bits and floating point, which
 * no one range fits; the signal's reason when aborted
 */
export async function measureRange(
  samples: readonly Sample[],
  options: MeasureRangeOptions = {},
): Promise<ValueRange | undefined> {
  refuseUnknownOptions(options, ['limits', 'onProgress', 'signal']);
  const { limits, onProgress, signal } = options;
  let total: { sample: Sample; extent: Extent } | undefined;
  const atOnce = availableParallelism();
  for (let start = 0; start < samples.length; start += atOnce) {
    signal?.throwIfAborted();
    const some = samples.slice(start, start + atOnce);
    const extents = await Promise.all(some.map((sample) => sample.extent?.(limits)));
    for (const [i, extent] of extents.entries()) {
      if (extent) total = total ? joined(total, some[i]!, extent) : { sample: some[i]!, extent };
    }
    onProgress?.({ done: start + some.length, total: samples.length });
  }
  if (!total) return undefined;
  const { isWhole, high } = total.extent;
  if (!isWhole) return rangeOfOne(total.extent);
  return [0, 2 ** bitDepths.find((bits) => high < 2 ** bits)! - 1];
}

function joined(
  total: { sample: Sample; extent: Extent },
  sample: Sample,
  { isWhole, low, high }: Extent,
): { sample: Sample; extent: Extent } {
  const { extent } = total;
  if (extent.isWhole !== isWhole) {
    const [whole, floating] = isWhole ? [sample, total.sample] : [total.sample, sample];
    throw new DatasetError(
      `Expected pictures of either 16 bits or floating point but found ${whole.path} and ${floating.path}`,
    );
  }
  return {
    sample: total.sample,
    extent: { isWhole, low: Math.min(extent.low, low), high: Math.max(extent.high, high) },
  };
}
