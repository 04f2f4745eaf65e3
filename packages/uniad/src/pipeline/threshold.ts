import type { Inspection } from './detector.js';
import type { Threshold } from './model-files.js';

/** Share of normal pictures that stay below the threshold. */
const QUANTILE = 0.99;

/** Heat starts above this share of the pixels of normal pictures. */
const COLD_SHARE = 0.95;

/** Linear interpolation between order statistics, as NumPy's default. */
export function quantile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort();
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  return low + (position - below) * ((sorted[below + 1] ?? low) - low);
}

/**
 * A threshold from the inspection of normal pictures alone.
 *
 * @param normal at least one inspection
 * @param origin which pictures they were, in words
 */
export function thresholdFromNormal(normal: readonly Pick<Inspection, 'score' | 'map'>[], origin: string): Threshold {
  const score = quantile(
    Float32Array.from(normal, (inspection) => inspection.score),
    QUANTILE,
  );
  const pixels = Float32Array.from(normal.flatMap(({ map }) => Array.from(map.filter((_, i) => i % 16 === 0))));
  const low = quantile(pixels, COLD_SHARE);
  // The threshold's own value is drawn half-hot.
  const high = low + Math.max(2 * (score - low), Number.EPSILON + Math.abs(low) * 0.1);
  return { score, source: `${QUANTILE * 100}th percentile of ${normal.length} ${origin}`, mapRange: [low, high] };
}
