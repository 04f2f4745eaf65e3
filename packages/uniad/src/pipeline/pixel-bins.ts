import type { PixelMetrics } from '@uniad/metrics';

/** Pixels of test pictures of which every score is kept, 4 bytes each twice over: 1 GiB. MVTec-AD's are 86 million. */
const MOST_KEPT = 2 ** 27;

/** Scores of more pixels are counted in so many bins: together fall those that differ by less than 1 in 2048. */
const BINS = 2 ** 20;

/** How the scores of so many pixels are kept: each, or where memory would grow too large, counted. */
export function binsFor(pixels: number): { readonly bins?: number } {
  return pixels > MOST_KEPT ? { bins: BINS } : {};
}

/** Says by how much figures of pixels that were counted in bins can be off. */
export function sayBinned(pixels: PixelMetrics): string {
  const bounds = Object.values(pixels.errorBounds()).filter((bound) => !Number.isNaN(bound));
  const off = bounds.reduce((most, bound) => Math.max(most, bound), 0);
  return `too many pixels to keep the score of each: figures of all of them are off by at most ${off.toExponential(1)}`;
}
